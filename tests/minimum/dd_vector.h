/* Arrays of double-doubles, as two arrays of doubles. */
#ifndef MINIMUM_DD_VECTOR_H
#define MINIMUM_DD_VECTOR_H

#include <stddef.h>

#include "dd.h"

/* What is computed at once, several vectors wide. */
enum { DD_LANES = 32 };

typedef struct dd_array {
    double *hi, *lo;
} dd_array;

/* n of them, 0. */
dd_array dd_allocate(size_t n);
void dd_free(dd_array a);

/* n, rounded up to a multiple of DD_LANES. */
size_t dd_padded(size_t n);

/* sum_i a_i b_i, where n is a multiple of DD_LANES. */
dd dd_dot(size_t n, dd_array a, dd_array b);

/* a += factor b */
void dd_add_scaled(size_t n, dd factor, dd_array b, dd_array a);

static inline dd dd_get(dd_array a, size_t i)
{
    return (dd){a.hi[i], a.lo[i]};
}

static inline void dd_set(dd_array a, size_t i, dd value)
{
    a.hi[i] = value.hi;
    a.lo[i] = value.lo;
}

static inline dd_array dd_from(dd_array a, size_t i)
{
    return (dd_array){a.hi + i, a.lo + i};
}

#endif
