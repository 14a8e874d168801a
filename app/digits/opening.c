#include "digits/opening.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/sizes.h"

/* Reconstruction stops after this many passes, complete or not. */
enum { MAX_PASSES = 32 };

/* The minimum of the many pixels of a square is this many deviations of the noise below their mean. */
static const float DEVIATIONS_LOST = 4;

/* Replaces each of n values, `stride` apart, by the minimum of the `side` values from it on; after the last they
 * are 0. The padded values are cut into segments of `side`: each window is the end of one and the start of the
 * next. (van Herk 1992, A fast algorithm for local minimum and maximum filters, Pattern Recognition Letters 13.)
 * scratch is [3 * (n + 2 * side)]. */
static void slide_minimum(float *values, size_t n, size_t stride, size_t side, float *scratch)
{
    const size_t n_padded = ((n + side - 1) / side + 1) * side;
    float *padded = scratch, *from_start = padded + n_padded, *to_end = from_start + n_padded;
    for (size_t i = 0; i < n_padded; i++) {
        padded[i] = i < n ? values[i * stride] : 0;
        from_start[i] = i % side == 0 ? padded[i] : float_min(from_start[i - 1], padded[i]);
    }
    for (size_t i = n_padded; i-- > 0;)
        to_end[i] = (i + 1) % side == 0 ? padded[i] : float_min(to_end[i + 1], padded[i]);
    for (size_t i = 0; i < n; i++)
        values[i * stride] = float_min(to_end[i], from_start[i + side - 1]);
}

/* Erosion: at each pixel, the minimum over the square of which it is the first. Reconstruction raises the rest of
 * the square to that, so there is no need of a dilation. */
static status erode(const grey_image *map, size_t side, failure *f)
{
    const size_t width = map->width, height = map->height;
    float *scratch = calloc(3 * (size_max(width, height) + 2 * side), sizeof *scratch);
    if (!scratch)
        return fail_memory(f);
    for (size_t row = 0; row < height; row++)
        slide_minimum(map->values + row * width, width, 1, side, scratch);
    for (size_t column = 0; column < width; column++)
        slide_minimum(map->values + column, height, width, side, scratch);
    free(scratch);
    return STATUS_OK;
}

/* Raises a pixel to a neighbour, but to at most `most`; returns whether that changed it. */
static bool raise_to(float *value, float neighbour, float most)
{
    const float raised = neighbour < most ? neighbour : most;
    const bool is_more = raised > *value;
    *value = is_more ? raised : *value;
    return is_more;
}

/* Raises a row by an adjacent one, or NULL, then from left to right and back. */
static bool raise_row(const float *most, const float *adjacent, size_t width, float *row)
{
    bool changed = false;
    for (size_t column = 0; adjacent && column < width; column++)
        for (size_t j = column > 0 ? column - 1 : 0; j <= column + 1 && j < width; j++)
            changed |= raise_to(&row[column], adjacent[j], most[column]);
    for (size_t column = 1; column < width; column++)
        changed |= raise_to(&row[column], row[column - 1], most[column]);
    for (size_t column = width - 1; column-- > 0;)
        changed |= raise_to(&row[column], row[column + 1], most[column]);
    return changed;
}

/* Raises each pixel to the largest value of `broad` that reaches it on a path where the map is nowhere smaller. */
static void reconstruct(const grey_image *map, float *broad)
{
    const size_t width = map->width, height = map->height;
    bool changed = true;
    for (size_t pass = 0; changed && pass < MAX_PASSES; pass++) {
        changed = false;
        for (size_t row = 0; row < height; row++)
            changed |= raise_row(map->values + row * width, row > 0 ? broad + (row - 1) * width : NULL, width,
                                 broad + row * width);
        for (size_t row = height - 1; row-- > 0;)
            changed |= raise_row(map->values + row * width, broad + (row + 1) * width, width, broad + row * width);
    }
}

status remove_broad(const grey_image *contrast, size_t side, double noise, failure *f)
{
    const size_t n = contrast->width * contrast->height;
    grey_image broad;
    status result = grey_image_create(contrast->width, contrast->height, &broad, f);
    if (result != STATUS_OK)
        return result;
    memcpy(broad.values, contrast->values, n * sizeof *broad.values);
    result = erode(&broad, side, f);
    bool any = false;
    for (size_t i = 0; result == STATUS_OK && i < n; i++)
        any |= broad.values[i] > 0;
    if (any)
        reconstruct(contrast, broad.values);
    for (size_t i = 0; any && i < n; i++)
        if (broad.values[i] > 0)
            contrast->values[i] =
                float_max(contrast->values[i] - broad.values[i] - DEVIATIONS_LOST * (float)noise, 0);
    free(broad.values);
    return result;
}
