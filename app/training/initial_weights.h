/* Initial weights from a model, for --from. */
#pragma once

#include "training/training_set.h"

/* Sets x [n_parameters], the parameters of the training's objective, to those of a model file. Fails if the model has
 * other features, images or classes than the training. */
status initial_weights_read(const char *path, const training_set *set, double *x, failure *f);
