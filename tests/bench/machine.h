/* What the machine can do at best: the yardstick of the benchmarks. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

/* Seconds since some moment. */
double bench_seconds(void);

/* Multiply-adds of single floats a second that n_threads threads reach with nothing else to do, in the
 * widest vectors of the instruction set. */
double bench_multiply_adds(const char *isa, size_t n_threads);

/* Bytes a second that n_threads threads read from memory. */
double bench_bandwidth(size_t n_threads);

#endif
