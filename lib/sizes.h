/* Arithmetic of sizes. Private to the library. */
#ifndef SM_SIZES_H
#define SM_SIZES_H

#include <stddef.h>

static inline size_t sm_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The least multiple that is not below n. */
static inline size_t sm_round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

#endif
