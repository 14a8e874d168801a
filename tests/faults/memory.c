/*
 * Wrappers of the allocations by the program, and by libpng, zlib and jansson on its behalf. Allocations by libc pass
 * through, since libc can do without them (a stream without a buffer, a sort in place), and so do those by OpenMP,
 * which ends the program if one fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* glibc's own names for the wrapped functions. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

/* Memory that was allocated and not yet freed: a table hashed by address. Holes keep probe chains intact. */
typedef struct allocation {
    const void *memory, *caller;
} allocation;

enum { N_SLOTS = 1 << 16 };

static allocation live[N_SLOTS];
static const char hole;

static allocation *find_slot(const void *memory, bool for_new)
{
    size_t at = ((uintptr_t)memory >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
    for (size_t n = 0; n < N_SLOTS; n++, at = (at + 1) % N_SLOTS)
        if (live[at].memory == memory || !live[at].memory || (for_new && live[at].memory == &hole))
            return &live[at];
    abort();
}

static void *remember(void *memory, const void *caller)
{
    if (memory)
        *find_slot(memory, true) = (allocation){memory, caller};
    return memory;
}

static void forget(const void *memory)
{
    allocation *slot = memory ? find_slot(memory, false) : NULL;
    if (slot && slot->memory)
        slot->memory = &hole;
}

/* Whether an address lies in the program, or in a library that allocates for it. */
static bool is_for_program(const void *caller)
{
    static const char *const others[] = {"libc.so", "libc-2", "ld-", "libgomp", "libomp", "libiomp", "libdl"};
    Dl_info about;
    if (!is_counting() || !dladdr(caller, &about) || !about.dli_fname)
        return false;
    const char *slash = strrchr(about.dli_fname, '/'), *name = slash ? slash + 1 : about.dli_fname;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

/* ---------------------------------------------------------------------------------------------- */

void *malloc(size_t size)
{
    const void *caller = __builtin_return_address(0);
    if (!is_for_program(caller))
        return __libc_malloc(size);
    return next_verdict(CALL_MEMORY) == CALL_WORKS ? remember(__libc_malloc(size), caller) : NULL;
}

void *calloc(size_t n, size_t size)
{
    const void *caller = __builtin_return_address(0);
    if (!is_for_program(caller))
        return __libc_calloc(n, size);
    return next_verdict(CALL_MEMORY) == CALL_WORKS ? remember(__libc_calloc(n, size), caller) : NULL;
}

void *realloc(void *old, size_t size)
{
    const void *caller = __builtin_return_address(0);
    if (!is_for_program(caller))
        return __libc_realloc(old, size);
    if (next_verdict(CALL_MEMORY) != CALL_WORKS)
        return NULL;
    const uintptr_t address = (uintptr_t)old;
    void *memory = __libc_realloc(old, size);
    if (memory)
        forget((const void *)address); /* by now it may belong to another thread */
    return remember(memory, caller);
}

static void *align(size_t alignment, size_t size, const void *caller)
{
    if (!is_for_program(caller))
        return __libc_memalign(alignment, size);
    return next_verdict(CALL_MEMORY) == CALL_WORKS ? remember(__libc_memalign(alignment, size), caller) : NULL;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return align(alignment, size, __builtin_return_address(0));
}

void *memalign(size_t alignment, size_t size)
{
    return align(alignment, size, __builtin_return_address(0));
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *found = align(alignment, size, __builtin_return_address(0));
    if (found)
        *memory = found;
    return found ? 0 : ENOMEM;
}

void free(void *memory)
{
    forget(memory);
    __libc_free(memory);
}

static char *copy(const char *text, size_t size, const void *caller)
{
    const bool counts = is_for_program(caller);
    if (counts && next_verdict(CALL_MEMORY) != CALL_WORKS)
        return NULL;
    char *made = __libc_malloc(size + 1);
    if (made) {
        memcpy(made, text, size);
        made[size] = '\0';
    }
    return counts ? remember(made, caller) : made;
}

char *strdup(const char *text)
{
    return copy(text, strlen(text), __builtin_return_address(0));
}

char *strndup(const char *text, size_t size)
{
    return copy(text, strnlen(text, size), __builtin_return_address(0));
}

/* ---------------------------------------------------------------------------------------------- */

void report_memory(int descriptor)
{
    size_t n_live = 0;
    for (size_t i = 0; i < N_SLOTS; i++) {
        const void *caller = live[i].caller;
        Dl_info about;
        if (!live[i].memory || live[i].memory == &hole)
            continue;
        n_live++;
        if (dladdr(caller, &about))
            dprintf(descriptor, "# allocated at %s+%#jx\n", about.dli_fname,
                    (uintmax_t)((uintptr_t)caller - (uintptr_t)about.dli_fbase));
    }
    dprintf(descriptor, "live %zu\n", n_live);
}
