/* What is known about the trained model. */
#pragma once

#include "training/training.h"

/* With the weights that the model's file has. */
typedef struct outcome {
    double objective;
    double gap; /* a bound of how far that is above its minimum, as a fraction of it, rounded up to three digits;
                 * HUGE_VAL if none is known */
    bool has_converged;  /* the gap is within the tolerance; without a gap, the gradient is */
    bool has_no_minimum; /* l2 is 0, and the weights separate the classes: with larger ones, the loss is lower */
} outcome;

/* Finds it for t->best, as rounded to the floats of a model file, where that can make a difference; t->current is scratch. */
status outcome_find(training *t, outcome *found, failure *f);
