/* The peak performance of the machine, to which the benchmarks compare. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

/* Seconds since an arbitrary moment. */
double bench_seconds(void);

/* The peak rate of n_threads threads in multiply-adds of single floats per second, with the widest vectors of the
 * instruction set. */
double bench_multiply_adds(const char *isa, size_t n_threads);

/* Bytes per second that n_threads threads read from memory. */
double bench_bandwidth(size_t n_threads);

#endif
