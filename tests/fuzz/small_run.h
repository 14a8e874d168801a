/* Trainings small enough to be resumed thousands of times a second. */
#ifndef TESTS_FUZZ_SMALL_RUN_H
#define TESTS_FUZZ_SMALL_RUN_H

#include "training/settings.h"

/* A run by L-BFGS, one that chooses l2 first, and one by SGD. */
enum { N_SMALL_RUNS = 3 };

const settings *small_run(size_t i);

#endif
