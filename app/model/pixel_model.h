/* How a model's scores depend on the pixels: its weights if it reads pixels, else gradients. */
#pragma once

#include "data/dataset.h"
#include "model/model.h"

/* Makes a model of pixels to look at, for model_destroy. If the model reads pixels, the weights are its own, and data
 * is not used. Otherwise the weights of a class are the mean, over the images of that class in the data, of the
 * gradient of its score with respect to the pixels, from 0 to 1; 0 for a class without images. The data must be of the
 * model's shape. The same bits on any number of threads and any instruction set. */
status pixel_model(const model *m, const dataset *data, const sm_execution *execution, model *shown, failure *f);

/* Whether pixel_model uses its data. */
bool pixel_model_needs_data(const model *m);

/* gradient [n_rows, n_columns], with respect to the pixels of an image, of the inner product of its features with a
 * vector [n_features]; for a model of pixels the vector itself. */
status pixel_gradient(const model *m, const uint8_t *image, const float *vector, float *gradient, failure *f);
