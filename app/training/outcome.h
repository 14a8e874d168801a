/* What is known of the model that a training leaves. */
#pragma once

#include "training/training.h"

/* Finds it for t->best, as rounded to the floats of a model file, where that can make a difference. */
status outcome_find(training *t, outcome *found, failure *f);
