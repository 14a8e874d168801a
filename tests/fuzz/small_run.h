/* Trainings small enough to be resumed thousands of times a second. */
#ifndef TESTS_FUZZ_SMALL_RUN_H
#define TESTS_FUZZ_SMALL_RUN_H

#include "training/settings.h"

/* A run by L-BFGS, two that choose l2 first, on a validation split and by folds, and one by SGD. */
enum { N_SMALL_RUNS = 4 };

const settings *small_run(size_t i);

#endif
