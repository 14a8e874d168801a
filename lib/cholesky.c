/* Cholesky factorisation by rows, a strip of SM_OUTER_ROWS rows at a time. */
#include "cholesky.h"

#include <math.h>
#include <stdlib.h>

static size_t round_down(size_t n, size_t multiple)
{
    return n / multiple * multiple;
}

/* Finishes the rows of a strip from which all rows above it have been subtracted. */
static bool factor_strip(const sm_kernels *kernels, size_t first, size_t end, size_t stride, float *matrix)
{
    const size_t left = round_down(first, SM_LANES);
    for (size_t i = first; i < end; i++) {
        float *row = matrix + i * stride;
        for (size_t k = first; k < i; k++) {
            const float *above = matrix + k * stride;
            kernels->add_scaled(stride - left, -above[i], above + left, row + left);
        }
        const float pivot = row[i];
        if (!(pivot > 0) || !isfinite(pivot))
            return false;
        const float scale = 1 / sqrtf(pivot);
        for (size_t j = left; j < stride; j++)
            row[j] *= scale;
    }
    return true;
}

sm_status sm_cholesky_factor(const sm_kernels *kernels, size_t n, size_t stride, float *matrix)
{
    const float **rows = calloc(n, sizeof *rows);
    if (!rows)
        return SM_ERROR_MEMORY;
    bool ok = true;
    for (size_t first = 0; ok && first < n; first += SM_OUTER_ROWS) {
        const size_t end = first + SM_OUTER_ROWS < n ? first + SM_OUTER_ROWS : n;
        kernels->outer(first, rows, -1, first, stride, matrix);
        ok = factor_strip(kernels, first, end, stride, matrix);
        for (size_t i = first; i < end; i++)
            rows[i] = matrix + i * stride;
    }
    free(rows);
    return ok ? SM_OK : SM_ERROR_NOT_FINITE;
}

void sm_cholesky_solve(const sm_kernels *kernels, size_t n, size_t stride, const float *factor, float *vector)
{
    /* U'y = vector, from the top. What is left of the diagonal must not be touched, so each row starts
     * with single values up to the next whole vector. */
    for (size_t i = 0; i < n; i++) {
        const float *row = factor + i * stride;
        const size_t right = round_down(i + SM_LANES, SM_LANES);
        const float y = vector[i] / row[i];
        vector[i] = y;
        for (size_t j = i + 1; j < right; j++)
            vector[j] -= y * row[j];
        kernels->add_scaled(stride - right, -y, row + right, vector + right);
    }
    /* U x = y, from the bottom. */
    for (size_t i = n; i-- > 0;) {
        const float *row = factor + i * stride;
        const size_t right = round_down(i + SM_LANES, SM_LANES);
        float rest = vector[i];
        for (size_t j = i + 1; j < right; j++)
            rest -= row[j] * vector[j];
        vector[i] = (rest - kernels->dot(stride - right, row + right, vector + right)) / row[i];
    }
}
