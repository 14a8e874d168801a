/*
 * Deskewing: each row of pixels is shifted sideways, in proportion to its distance from the centre (x0, y0) of the
 * pixel values, so that x and y are no longer correlated (LeCun et al. 1998, Gradient-based learning applied to
 * document recognition, section III.B). Pixel (x, y) of the result is the image at (x + slant (y - y0), y),
 * linearly interpolated along the row; slant is that of moment_normalisation.h.
 */
#include <math.h>
#include <string.h>

#include "features/features.h"
#include "features/moment_normalisation.h"

/* How far row y is shifted: whole pixels, and the rest. */
static double split_shift(const moments *m, size_t y, double *rest)
{
    const double shift = slant_of(m) * ((double)y - m->y), whole = floor(shift);
    *rest = shift - whole;
    return whole;
}

static bool is_inside(size_t n_columns, double x)
{
    return x >= 0 && x < (double)n_columns;
}

static double pixel_at(const uint8_t *row, size_t n_columns, double x)
{
    return is_inside(n_columns, x) ? row[(size_t)x] : 0;
}

static void deskew(const feature_transform *t, const uint8_t *image, uint8_t *upright)
{
    const moments m = find_moments(image, t->n_rows, t->n_columns);
    for (size_t y = 0; y < t->n_rows; y++) {
        const uint8_t *row = image + y * t->n_columns;
        double rest;
        const double whole = split_shift(&m, y, &rest);
        for (size_t x = 0; x < t->n_columns; x++) {
            const double here = (double)x + whole;
            const double value =
                (1 - rest) * pixel_at(row, t->n_columns, here) + rest * pixel_at(row, t->n_columns, here + 1);
            upright[y * t->n_columns + x] = (uint8_t)(value + 0.5);
        }
    }
}

static bool transform(const feature_transform *t, size_t n, const uint8_t *const *images, void *rows)
{
    for (size_t i = 0; i < n; i++)
        deskew(t, images[i], (uint8_t *)rows + i * t->n_features);
    return true;
}

/* Adds to the gradient of a row through the interpolation; returns the slope with respect to the row's shift. */
static double row_vjp(const uint8_t *row, size_t n_columns, double whole, double rest, const float *vector,
                      float *gradient)
{
    double slope = 0;
    for (size_t x = 0; x < n_columns; x++) {
        const double here = (double)x + whole, v = (double)vector[x];
        slope += v * (pixel_at(row, n_columns, here + 1) - pixel_at(row, n_columns, here)) / 255;
        if (is_inside(n_columns, here))
            gradient[(size_t)here] += (float)((1 - rest) * v);
        if (is_inside(n_columns, here + 1))
            gradient[(size_t)(here + 1)] += (float)(rest * v);
    }
    return slope;
}

/* A pixel changes the result through the interpolation, the slant and the centre. */
static void image_vjp(const feature_transform *t, const uint8_t *image, const float *vector, float *gradient)
{
    const moments m = find_moments(image, t->n_rows, t->n_columns);
    const double slant = slant_of(&m);
    double of_slant = 0, of_y0 = 0;
    memset(gradient, 0, t->n_features * sizeof *gradient);
    for (size_t y = 0; y < t->n_rows; y++) {
        const size_t first = y * t->n_columns;
        double rest;
        const double whole = split_shift(&m, y, &rest);
        const double slope = row_vjp(image + first, t->n_columns, whole, rest, vector + first, gradient + first);
        of_slant += slope * ((double)y - m.y);
        of_y0 -= slope * slant;
    }
    for (size_t y = 0; m.yy > 0 && y < t->n_rows; y++) {
        for (size_t x = 0; x < t->n_columns; x++) {
            const double dx = (double)x - m.x, dy = (double)y - m.y;
            gradient[y * t->n_columns + x] +=
                (float)(255 * (of_slant * dy * (dx - slant * dy) / m.yy + of_y0 * dy / m.mass));
        }
    }
}

static bool vjp(const feature_transform *t, size_t n, const uint8_t *const *images, const float *const *vectors,
                float *gradients)
{
    for (size_t i = 0; i < n; i++)
        image_vjp(t, images[i], vectors[i], gradients + i * t->n_features);
    return true;
}

const feature_map feature_map_deskew = {
    .name = "deskew",
    .summary = "slanted writing set upright",
    .input = "pixels divided by 255, after deskewing",
    .type = SM_U8,
    .unit = 1.0 / 255,
    .transform = transform,
    .vjp = vjp,
};
