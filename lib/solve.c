/* Small linear systems, by elimination. */
#include "softmax.h"

/* A pivot up to here is rounding. */
static const double NO_PIVOT = 1e-9;

void sm_solve(size_t n, double *equations, double *solution)
{
    const size_t stride = n + 1;
    for (size_t i = 0; i < n; i++) {
        const double *row = equations + i * stride;
        if (!(row[i] > NO_PIVOT))
            continue;
        for (size_t j = 0; j < n; j++) {
            double *other = equations + j * stride;
            const double factor = j == i ? 0 : other[i] / row[i];
            for (size_t k = i; k <= n; k++)
                other[k] -= factor * row[k];
        }
    }
    for (size_t i = 0; i < n; i++) {
        const double *row = equations + i * stride;
        solution[i] = row[i] > NO_PIVOT ? row[n] / row[i] : 0;
    }
}
