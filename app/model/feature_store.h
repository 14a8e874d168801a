/* The features of the images of a data set, for the library: kept in memory, or computed at each use. */
#pragma once

#include "data/dataset.h"
#include "features/features.h"

typedef struct feature_store {
    const dataset *data;
    feature_transform transform;
    uint8_t *rows; /* [n_samples, n_features] of the map's type; NULL if they are computed at each use */
} feature_store;

/* Prepares the features of a data set, which must outlive the store. They are kept in memory if they take at most
 * memory_bytes; they are the same, bit for bit, if not. *store is for feature_store_destroy, also after a failure. Fails with a line that
 * names the file of the images if the map does not take their size. */
status feature_store_create(const dataset *data, const feature_choice *choice, const sm_execution *execution,
                            size_t memory_bytes, feature_store *store, failure *f);
void feature_store_destroy(feature_store *store);

/* Computes the features of all images of an open store, and keeps them; without a map there is nothing to keep. */
status feature_store_keep(feature_store *store, const sm_execution *execution, failure *f);
void feature_store_forget(feature_store *store);

/* The context of a source of features: samples from `first` on. */
typedef struct feature_range {
    const feature_store *store;
    size_t first;
    sm_matrix matrix;
} feature_range;

/* The features of samples first .. first + n - 1, with n_classes classes. *range must live as long as the source,
 * and the store longer. */
sm_source feature_store_source(const feature_store *store, size_t first, size_t n, size_t n_classes,
                               feature_range *range);
