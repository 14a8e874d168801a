/* The threads and the instruction set that the library computes with. */
#pragma once

#include "base/status.h"

/* The highest --threads. */
enum { MAX_THREADS = 1024 };

/* *execution with n_threads of --threads and the instruction set of $MNIST_ISA, which must outlive it. Fails if the
 * machine does not have that one. */
status get_execution(size_t n_threads, sm_execution *execution, failure *f);
