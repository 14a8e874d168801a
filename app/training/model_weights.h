/*
 * Between the weights of a model and the parameters of a training: its objective is of standardized columns, and of the
 * classes that have a sample.
 */
#pragma once

#include "training/training_set.h"
#include "model/model.h"

/* Sets x [n_parameters] to the initial weights of --from. Fails if that model has other features, images or classes. */
status read_initial_weights(const char *path, const training_set *set, double *x, failure *f);

/* Sets the weights of a model, of the shape that the set has, to x [n_parameters]. */
void set_model_weights(const training_set *set, const double *x, model *m);
