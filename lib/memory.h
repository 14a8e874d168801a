/* Sizes, and memory aligned to cache lines, so that no aligned vector crosses one. Private to the library. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline size_t sm_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The least multiple that is not below n. */
static inline size_t sm_round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* n zeros of value_bytes each, for free(); NULL if memory ran out or the size overflows. */
static inline void *sm_calloc(size_t n, size_t value_bytes)
{
    enum { ALIGNMENT = 64 };
    if (n > (SIZE_MAX - ALIGNMENT) / value_bytes)
        return NULL;
    const size_t size = sm_round_up(n * value_bytes, ALIGNMENT);
    void *memory = aligned_alloc(ALIGNMENT, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}
