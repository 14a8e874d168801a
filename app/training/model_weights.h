/*
 * Between the weights of a model and the parameters of a training: its objective is of standardised columns, and of the
 * classes that have a sample.
 */
#pragma once

#include "training/training_set.h"

/* Sets x [n_parameters] to the initial weights of the set, the reverse of set_model_weights. */
void get_initial_weights(const training_set *set, double *x);

/* Sets the weights of a model, of the shape that the set has, to x [n_parameters]. */
void set_model_weights(const training_set *set, const double *x, model *m);
