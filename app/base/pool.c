#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sizes.h"

/* Chunks are large, so that malloc reuses their pages instead of returning them to the system. */
enum { ALIGNMENT = 64, CHUNK_BYTES = 1 << 21 };

/* At the start of a chunk; its first array follows after ALIGNMENT bytes. */
struct pool_chunk {
    struct pool_chunk *before;
};

static bool add_chunk(pool *p, size_t n_bytes)
{
    const size_t n_taken = size_max(CHUNK_BYTES, ALIGNMENT + n_bytes);
    struct pool_chunk *chunk = aligned_alloc(ALIGNMENT, n_taken);
    if (!chunk)
        return false;
    chunk->before = p->last;
    p->last = chunk;
    p->next = (char *)chunk + ALIGNMENT;
    p->n_left = n_taken - ALIGNMENT;
    return true;
}

void *pool_take(pool *p, size_t n, size_t size)
{
    const bool is_possible = size == 0 || n <= (SIZE_MAX - 2 * ALIGNMENT) / size;
    const size_t n_bytes = is_possible ? (n * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : 0;
    const bool has_room = p->last && n_bytes <= p->n_left;
    if (!is_possible || (!has_room && !add_chunk(p, n_bytes))) {
        p->has_failed = true;
        return NULL;
    }
    void *array = p->next;
    p->next += n_bytes;
    p->n_left -= n_bytes;
    return memset(array, 0, n_bytes);
}

void pool_free(pool *p)
{
    while (p->last) {
        struct pool_chunk *chunk = p->last;
        p->last = chunk->before;
        free(chunk);
    }
    p->n_left = 0;
}
