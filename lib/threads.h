/* Threads, with OpenMP or without. Private to the library. */
#pragma once

#include <stddef.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* The most shards that samples are cut into, which are summed apart and may run on different threads. */
enum { SM_MAX_SHARDS = 32 };

/* The threads of a parallel region if the caller asked for n_threads; 0: as many as OpenMP would take. */
static inline size_t sm_thread_count(size_t n_threads)
{
#ifdef _OPENMP
    enum { MAX_THREADS = 1024 }; /* no work is cut finer */
    const size_t wanted = n_threads ? n_threads : (size_t)omp_get_max_threads();
    return wanted < MAX_THREADS ? wanted : MAX_THREADS;
#else
    (void)n_threads;
    return 1;
#endif
}

/* The index of the calling thread in its parallel region. */
static inline size_t sm_thread_index(void)
{
#ifdef _OPENMP
    return (size_t)omp_get_thread_num();
#else
    return 0;
#endif
}
