/* The machine: its clock, its memory, and the threads and the instruction set that the library computes with. */
#pragma once

#include "base/options.h"

/* Seconds on a clock that is never set back. */
double seconds_now(void);

/* Half of the machine's memory in bytes, or of the memory that its container may use. */
size_t half_of_memory(void);

/* --threads, the same for every command that has it. */
option_spec threads_option(size_t *n_threads);

/* *execution with n_threads of --threads and the instruction set of $MNIST_ISA, which must outlive it. Fails if the
 * machine does not have that one. */
status get_execution(size_t n_threads, sm_execution *execution, failure *f);
