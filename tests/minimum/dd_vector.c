#include "dd_vector.h"

#include <stdlib.h>

#include "problem.h"

dd_array dd_allocate(size_t n)
{
    return (dd_array){allocate(n, sizeof(double)), allocate(n, sizeof(double))};
}

void dd_free(dd_array a)
{
    free(a.hi);
    free(a.lo);
}

size_t dd_padded(size_t n)
{
    return (n + DD_LANES - 1) / DD_LANES * DD_LANES;
}

dd dd_dot(size_t n, dd_array a, dd_array b)
{
    double hi[DD_LANES] = {0}, lo[DD_LANES] = {0};
    for (size_t first = 0; first < n; first += DD_LANES)
#pragma omp simd
        for (size_t lane = 0; lane < DD_LANES; lane++) {
            const size_t i = first + lane;
            const dd product = dd_multiply((dd){a.hi[i], a.lo[i]}, (dd){b.hi[i], b.lo[i]});
            const dd sum = dd_add((dd){hi[lane], lo[lane]}, product);
            hi[lane] = sum.hi;
            lo[lane] = sum.lo;
        }
    dd sum = dd_of(0);
    for (size_t lane = 0; lane < DD_LANES; lane++)
        sum = dd_add(sum, (dd){hi[lane], lo[lane]});
    return sum;
}

void dd_add_scaled(size_t n, dd factor, dd_array b, dd_array a)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const dd sum = dd_add((dd){a.hi[i], a.lo[i]}, dd_multiply(factor, (dd){b.hi[i], b.lo[i]}));
        a.hi[i] = sum.hi;
        a.lo[i] = sum.lo;
    }
}
