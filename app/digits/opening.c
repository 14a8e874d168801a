#include "digits/opening.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What winds more often than this is not followed to its end: it would take too long. */
enum { MAX_PASSES = 32 };

/* The least of the many pixels of a square is that much less than their mean. */
static const float DEVIATIONS_LOST = 4;

static float extreme(float a, float b, bool largest)
{
    return (a > b) == largest ? a : b;
}

/* For each of n values, `stride` apart, the least or the largest of `side` values that begin before places before
 * it; what is outside counts as 0. The padded values are cut into pieces of `side`, and each window is the end of
 * one and the start of the next. (van Herk 1992, A fast algorithm for local minimum and maximum filters, Pattern
 * Recognition Letters 13.) scratch is [3 * (n + 2 * side)]. */
static void slide(float *values, size_t n, size_t stride, size_t before, size_t side, bool largest, float *scratch)
{
    const size_t n_pieces = (n + side - 1) / side + 1, n_padded = n_pieces * side;
    float *padded = scratch, *from_start = padded + n_padded, *to_end = from_start + n_padded;
    memset(padded, 0, n_padded * sizeof *padded);
    for (size_t i = 0; i < n; i++)
        padded[before + i] = values[i * stride];
    for (size_t i = 0; i < n_padded; i++)
        from_start[i] = i % side == 0 ? padded[i] : extreme(from_start[i - 1], padded[i], largest);
    for (size_t i = n_padded; i-- > 0;)
        to_end[i] = (i + 1) % side == 0 ? padded[i] : extreme(to_end[i + 1], padded[i], largest);
    for (size_t i = 0; i < n; i++)
        values[i * stride] = extreme(to_end[i], from_start[i + side - 1], largest);
}

/* The largest that a square of so many pixels a side holds all over, for each pixel that is in one. */
static status open_by_square(const grey_image *map, size_t side, failure *f)
{
    const size_t width = map->width, height = map->height, longer = width > height ? width : height;
    float *scratch = calloc(3 * (longer + 2 * side), sizeof *scratch);
    if (!scratch)
        return fail_memory(f);
    /* The minimum looks ahead and the maximum back, so that a square comes to lie where it was. */
    for (int largest = 0; largest < 2; largest++) {
        const size_t before = largest ? side - 1 : 0;
        for (size_t row = 0; row < height; row++)
            slide(map->values + row * width, width, 1, before, side, largest, scratch);
        for (size_t column = 0; column < width; column++)
            slide(map->values + column, height, width, before, side, largest, scratch);
    }
    free(scratch);
    return STATUS_OK;
}

/* Lets a pixel be as much as a neighbour, but no more than in the map; returns whether that changed it. */
static bool raise_by(float *value, float neighbour, float most)
{
    const float raised = neighbour < most ? neighbour : most;
    const bool is_more = raised > *value;
    *value = is_more ? raised : *value;
    return is_more;
}

/* Raises a row by one beside it, then from its left to its right and back. */
static bool raise_row(const float *most, const float *beside, size_t width, float *row)
{
    bool changed = false;
    for (size_t column = 0; beside && column < width; column++)
        for (size_t j = column > 0 ? column - 1 : 0; j <= column + 1 && j < width; j++)
            changed |= raise_by(&row[column], beside[j], most[column]);
    for (size_t column = 1; column < width; column++)
        changed |= raise_by(&row[column], row[column - 1], most[column]);
    for (size_t column = width - 1; column-- > 0;)
        changed |= raise_by(&row[column], row[column + 1], most[column]);
    return changed;
}

/* Raises each pixel to the largest that is reached from a pixel of `broad` by a way on the map that is nowhere
 * less. */
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

status remove_broad(const grey_image *ink, size_t side, double noise, failure *f)
{
    const size_t n = ink->width * ink->height;
    float *broad = calloc(n, sizeof *broad);
    if (!broad)
        return fail_memory(f);
    memcpy(broad, ink->values, n * sizeof *broad);
    const status result = open_by_square(&(grey_image){ink->width, ink->height, broad}, side, f);
    bool any = false;
    for (size_t i = 0; result == STATUS_OK && i < n; i++)
        any |= broad[i] > 0;
    if (any)
        reconstruct(ink, broad);
    for (size_t i = 0; any && i < n; i++)
        if (broad[i] > 0)
            ink->values[i] = fmaxf(ink->values[i] - broad[i] - DEVIATIONS_LOST * (float)noise, 0);
    free(broad);
    return result;
}
