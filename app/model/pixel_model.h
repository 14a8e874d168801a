/* What moves a model's scores, in pixels: its weights where it reads pixels, slopes where it reads other features. */
#pragma once

#include "data/dataset.h"
#include "model/model.h"

/* Makes a model of pixels to look at, for model_destroy. Its weights are those of the model if that reads pixels,
 * and then data is not used. Otherwise those of a class are the mean, over the images of that class in the data, of
 * the gradient of its score with respect to pixels from 0 to 1; 0 for a class without an image. The data must be of
 * the model's shape. The same on any number of threads and any instruction set. */
status pixel_model(const model *m, const dataset *data, const sm_execution *execution, model *shown, failure *f);

/* Whether it takes data to look at the model. */
bool pixel_model_needs_data(const model *m);

/* gradient [n_rows, n_columns]: what each pixel of an image does to the inner product of its features with a vector
 * [n_features]; for a model of pixels the vector itself. */
status pixel_gradient(const model *m, const uint8_t *image, const float *vector, float *gradient, failure *f);
