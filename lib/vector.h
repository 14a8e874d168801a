/* Sums over vectors of doubles in a fixed order. Private to the library. */
#pragma once

#include <math.h>
#include <stddef.h>

/* In eight partial sums, whose additions do not depend on each other. */
static inline double sm_dot(size_t n, const double *a, const double *b)
{
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            sums[j] += a[i + j] * b[i + j];
    for (size_t j = 0; i < n; i++, j++)
        sums[j] += a[i] * b[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

static inline double sm_norm(size_t n, const double *a)
{
    return sqrt(sm_dot(n, a, a));
}

static inline double sm_max_magnitude(size_t n, const double *a)
{
    double max = 0;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, fabs(a[i]));
    return max;
}

/* y += factor * x */
static inline void sm_add_scaled(size_t n, double factor, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}
