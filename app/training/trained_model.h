/* The model that a training makes, and its file. */
#pragma once

#include "training/outcome.h"

/* Makes a model of the best weights, rounded to floats. *m, which is {0} before, is for model_destroy, after a failure as
 * well. */
status trained_model_create(const training *t, model *m, failure *f);

/* Adds to the model how it was trained, and writes model.safetensors to the folder for results. */
status trained_model_write(const training *t, const outcome *o, model *m, failure *f);
