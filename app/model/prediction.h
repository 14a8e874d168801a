/* The probabilities that a model gives: for images, for the rows of a table, for the digits found in a picture. */
#pragma once

#include "data/dataset.h"
#include "model/model.h"

/* Predicts every sample of a data set of the model's shape; labels may be missing. On success *probabilities
 * [n_samples, n_classes], at the model's temperature, is the caller's to free, and *mean_loss, if it is not NULL, is
 * the mean cross-entropy of the labels. `name` is for the failure's line; otherwise nothing of the outputs is
 * changed. The same bits on any number of threads and any instruction set. */
status predict(const char *name, const dataset *data, const model *m, const sm_execution *execution,
               float **probabilities, double *mean_loss, failure *f);

/* Writes the n classes of the highest probabilities [n_classes] to classes [n], the likeliest first and equal ones in
 * ascending order; returns how many there are, n_classes if that is fewer. */
size_t likeliest_classes(size_t n_classes, const float *probabilities, size_t n, size_t *classes);
