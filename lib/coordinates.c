/* The coordinates in which minimisers see the parameters. */
#include "coordinates.h"

#include <math.h>
#include <stdlib.h>

bool sm_coordinates_create(size_t n_features, size_t n_classes, sm_coordinates *coordinates)
{
    *coordinates = (sm_coordinates){.n_features = n_features,
                                    .n_classes = n_classes,
                                    .centre = calloc(n_features, sizeof *coordinates->centre),
                                    .scale = calloc(n_features, sizeof *coordinates->scale)};
    if (!coordinates->centre || !coordinates->scale)
        return false;
    for (size_t d = 0; d < n_features; d++)
        coordinates->scale[d] = 1;
    return true;
}

void sm_coordinates_destroy(sm_coordinates *coordinates)
{
    free(coordinates->scale);
    free(coordinates->centre);
    *coordinates = (sm_coordinates){0};
}

double sm_scale_of(double magnitude)
{
    return magnitude > 0 && isfinite(magnitude) ? ldexp(1, -ilogb(magnitude)) : 1;
}

double sm_coordinates_squared_norm(const sm_coordinates *coordinates, const double *v)
{
    double sums[8] = {0}; /* as those of sm_dot */
    for (size_t i = 0, d = 0; i < coordinates->n_classes * coordinates->n_features; i++) {
        const double w = v[i] * coordinates->scale[d];
        sums[i % 8] += w * w;
        d = d + 1 < coordinates->n_features ? d + 1 : 0;
    }
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}
