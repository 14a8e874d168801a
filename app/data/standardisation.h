/* Columns of a table brought to a common scale. */
#pragma once

#include "data/dataset.h"

/* A column that deviates by no more than this is constant: a model's weight for the original column is that for the
 * standardised one divided by the deviation, and must be a float. */
static const double MIN_DEVIATION = 1e-30;

/* The standardisation of a column: (value - mean) / unit. */
typedef struct column_scale {
    double mean, unit;
    bool is_constant; /* the unit is 1 */
} column_scale;

/* Gives each column of a table mean 0 and mean square 1 over the first n samples; one that is constant there keeps
 * its unit. Fails if a value of the other samples is too far from the mean. *scales [n_columns] is the caller's to
 * free. */
status dataset_standardise(dataset *data, size_t n, column_scale **scales, failure *f);
