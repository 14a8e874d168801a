/* The threads and the instruction set that the library computes with. */
#pragma once

#include "base/options.h"

/* --threads, the same for every command that has it. */
option_spec threads_option(size_t *n_threads);

/* *execution with n_threads of --threads and the instruction set of $MNIST_ISA, which must outlive it. Fails if the
 * machine does not have that one. */
status get_execution(size_t n_threads, sm_execution *execution, failure *f);
