/* What is known about the trained model. */
#pragma once

#include "training/training.h"

/* How training ended. */
typedef enum ending {
    ENDING_CONVERGED,     /* the kept model is within the tolerance */
    ENDING_MISSED,        /* L-BFGS could not bring it there */
    ENDING_STOPPED_EARLY, /* the validation loss no longer fell */
    ENDING_COMPLETE /* nothing was left to do: SGD has no tolerance, and L-BFGS passed the lowest validation loss */
} ending;

/* With the weights that the model's file has. */
typedef struct outcome {
    double objective;
    double gap; /* a bound of how far that is above its minimum, as a fraction of it, rounded up to three digits;
                 * HUGE_VAL if none is known */
    ending ending;
    bool is_earlier;     /* the kept model is that of t->best_iteration, not the last one */
    bool has_no_minimum; /* l2 is 0, and the weights separate the classes: with larger ones, the loss is lower */
} outcome;

/* Finds it for a model made of t->best; t->current is scratch. */
status outcome_find(training *t, const model *m, outcome *found, failure *f);
