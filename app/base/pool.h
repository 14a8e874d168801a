/* Arrays that are freed together. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* {0} is an empty pool. */
typedef struct pool {
    struct pool_chunk *last;
    char *next;      /* where the next array goes */
    size_t n_left;   /* bytes from there on */
    bool has_failed; /* an array is missing */
} pool;

/* An array of n elements of `size` bytes, all 0 and aligned to 64 bytes. NULL if memory ran out: the pool has
 * failed. */
void *pool_take(pool *p, size_t n, size_t size);

/* Frees all arrays. */
void pool_free(pool *p);
