/* The pixels themselves, from 0 to 1: one feature a pixel. */
#include <string.h>

#include "features/features.h"

static const feature_parameter no_parameters[] = {{0}};

static status count(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
{
    (void)values;
    (void)f;
    *n_features = n_rows * n_columns;
    return STATUS_OK;
}

static bool pull_back(const feature_transform *t, size_t n, const uint8_t *const *images,
                      const float *const *vectors, float *gradients)
{
    (void)images;
    for (size_t i = 0; i < n; i++)
        memcpy(gradients + i * t->n_features, vectors[i], t->n_features * sizeof *gradients);
    return true;
}

const feature_map feature_map_pixels = {
    .name = "pixels",
    .summary = "the pixels as they are",
    .input = "pixels divided by 255",
    .parameters = no_parameters,
    .type = SM_U8,
    .unit = 1.0 / 255,
    .count = count,
    .pull_back = pull_back,
};
