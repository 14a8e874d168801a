#include "factor.h"

#include <stddef.h>

/* Rows that are subtracted from those below at once. */
enum { PANEL = 8 };

/* Subtracts rows first .. first + n_rows - 1 of U from row i, at most PANEL of them; i is below them. */
static void subtract_panel(size_t n, double *U, size_t first, size_t n_rows, size_t i)
{
    double *row = U + i * n;
    if (n_rows == PANEL) {
        const double *u = U + first * n;
        double f[PANEL];
        for (size_t q = 0; q < PANEL; q++)
            f[q] = u[q * n + i];
#pragma omp simd
        for (size_t j = i; j < n; j++)
            row[j] -= ((f[0] * u[j] + f[1] * u[n + j]) + (f[2] * u[2 * n + j] + f[3] * u[3 * n + j])) +
                      ((f[4] * u[4 * n + j] + f[5] * u[5 * n + j]) + (f[6] * u[6 * n + j] + f[7] * u[7 * n + j]));
        return;
    }
    for (size_t q = first; q < first + n_rows; q++)
        for (size_t j = i; j < n; j++)
            row[j] -= U[q * n + i] * U[q * n + j];
}

bool factor(size_t n, double least, double *U)
{
    for (size_t first = 0; first < n; first += PANEL) {
        const size_t end = first + PANEL < n ? first + PANEL : n;
        for (size_t i = first; i < end; i++) {
            subtract_panel(n, U, first, i - first, i);
            const double pivot = U[i * n + i];
            if (!(pivot > least))
                return false;
            const double scale = 1 / sqrt(pivot);
            for (size_t j = i; j < n; j++)
                U[i * n + j] *= scale;
        }
        for (size_t i = end; i < n; i++)
            subtract_panel(n, U, first, end - first, i);
    }
    return true;
}

bool dd_factor(size_t n, double least, dd_array U)
{
    for (size_t i = 0; i < n; i++) {
        const double pivot = U.hi[i * n + i];
        if (!(pivot > least))
            return false;
        /* U' D^-1 U, with the pivots as D: their roots come last. */
        const dd scale = dd_divide(dd_of(1), dd_get(U, i * n + i));
        for (size_t j = i + 1; j < n; j++)
            dd_add_scaled(n - j, dd_negative(dd_multiply(scale, dd_get(U, i * n + j))), dd_from(U, i * n + j),
                          dd_from(U, j * n + j));
    }
    for (size_t i = 0; i < n; i++) {
        const double root = sqrt(U.hi[i * n + i]);
        for (size_t j = i; j < n; j++)
            U.hi[i * n + j] /= root;
    }
    return true;
}

void factor_solve(size_t n, const double *U, double *x)
{
    for (size_t i = 0; i < n; i++) {
        x[i] /= U[i * n + i];
        for (size_t j = i + 1; j < n; j++)
            x[j] -= U[i * n + j] * x[i];
    }
    for (size_t i = n; i-- > 0;) {
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t j = i + 1; j < n; j++)
            sum += U[i * n + j] * x[j];
        x[i] = (x[i] - sum) / U[i * n + i];
    }
}
