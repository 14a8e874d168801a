/* Memory aligned to cache lines, so that no aligned vector crosses one. Private to the library. */
#ifndef SM_MEMORY_H
#define SM_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SM_ALIGNMENT = 64 };

/* n zeros of value_bytes each, for free(); NULL if memory ran out or the size overflows. */
static inline void *sm_calloc(size_t n, size_t value_bytes)
{
    if (n > (SIZE_MAX - SM_ALIGNMENT) / value_bytes)
        return NULL;
    const size_t size = (n * value_bytes + SM_ALIGNMENT - 1) / SM_ALIGNMENT * SM_ALIGNMENT;
    void *memory = aligned_alloc(SM_ALIGNMENT, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

#endif
