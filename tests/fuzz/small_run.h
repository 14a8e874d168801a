/* Training runs that are small enough to be resumed thousands of times a second. */
#ifndef TESTS_FUZZ_SMALL_RUN_H
#define TESTS_FUZZ_SMALL_RUN_H

#include "training/training.h"

enum { N_SMALL_RUNS = 3 };

/* One by L-BFGS, one that chooses l2 first, and one by SGD. */
extern const train_options small_runs[N_SMALL_RUNS];

#endif
