/* The features of a data set's images, for the library: kept in memory, or computed wherever they are asked for. */
#pragma once

#include "data/dataset.h"
#include "features/features.h"

typedef struct feature_store {
    const dataset *data;
    feature_transform transform;
    void *rows; /* [n_samples, n_features] of the map's type; NULL where they are computed anew each time */
} feature_store;

/* Makes the features of a data set ready, which must outlive them; they are kept if they take no more than
 * memory_bytes, which changes no bit of them. *store is for feature_store_destroy. Fails with a line that names the
 * images' file if the map cannot serve their size. */
status feature_store_create(const dataset *data, const feature_choice *choice, const sm_execution *execution,
                            size_t memory_bytes, feature_store *store, failure *f);

/* Frees what it holds; {0} is allowed. */
void feature_store_destroy(feature_store *store);

/* What an sm_source points to: samples from `first` on. */
typedef struct feature_range {
    const feature_store *store;
    size_t first;
    sm_matrix matrix;
} feature_range;

/* The features of samples first .. first + n - 1, with n_classes classes. *range must live as long as the source,
 * and the store longer. */
sm_source feature_store_source(const feature_store *store, size_t first, size_t n, size_t n_classes,
                               feature_range *range);
