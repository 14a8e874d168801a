/*
 * Slanted writing set upright: each row of pixels is shifted sideways, in proportion to its distance from the
 * centre of mass, by so much that x and y are no longer correlated under the image's ink (LeCun et al. 1998,
 * Gradient-based learning applied to document recognition, section III.B). With mass p, its centre (x0, y0) and
 *
 *   slant = sum p (x - x0) (y - y0) / sum p (y - y0)^2
 *
 * pixel (x, y) of the result is the image at (x + slant (y - y0), y), between two pixels of the row in proportion.
 */
#include <math.h>
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

/* Where an image's mass is, and how it leans. */
typedef struct posture {
    double mass, x, y, slant;
    double height; /* sum p (y - y0)^2; 0 for a single row, which cannot lean */
} posture;

/* The first sums are whole numbers, and exact. */
static posture find_posture(const feature_transform *t, const uint8_t *image)
{
    uint64_t mass = 0, sum_x = 0, sum_y = 0;
    for (size_t y = 0; y < t->n_rows; y++) {
        for (size_t x = 0; x < t->n_columns; x++) {
            const uint64_t p = image[y * t->n_columns + x];
            mass += p;
            sum_x += p * x;
            sum_y += p * y;
        }
    }
    posture found = {.mass = (double)mass};
    if (mass == 0)
        return found;
    found.x = (double)sum_x / found.mass;
    found.y = (double)sum_y / found.mass;
    double covariance = 0;
    for (size_t y = 0; y < t->n_rows; y++) {
        const double dy = (double)y - found.y;
        double row_mass = 0, row_moment = 0;
        for (size_t x = 0; x < t->n_columns; x++) {
            const double p = image[y * t->n_columns + x];
            row_mass += p;
            row_moment += p * ((double)x - found.x);
        }
        found.height += row_mass * dy * dy;
        covariance += row_moment * dy;
    }
    found.slant = found.height > 0 ? covariance / found.height : 0;
    return found;
}

/* How far row y is shifted: whole pixels, and what is left of one. */
static double split_shift(const posture *p, size_t y, double *left)
{
    const double shift = p->slant * ((double)y - p->y), whole = floor(shift);
    *left = shift - whole;
    return whole;
}

/* A pixel of a row; beyond its ends there is none. */
static double pixel_at(const uint8_t *row, size_t n_columns, double x)
{
    return x >= 0 && x < (double)n_columns ? row[(size_t)x] : 0;
}

static void deskew(const feature_transform *t, const uint8_t *image, uint8_t *upright)
{
    const posture p = find_posture(t, image);
    for (size_t y = 0; y < t->n_rows; y++) {
        const uint8_t *row = image + y * t->n_columns;
        double left;
        const double whole = split_shift(&p, y, &left);
        for (size_t x = 0; x < t->n_columns; x++) {
            const double here = (double)x + whole;
            const double value =
                (1 - left) * pixel_at(row, t->n_columns, here) + left * pixel_at(row, t->n_columns, here + 1);
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

/* ---------------------------------------------------------------------------------------------- */

/* Adds what the interpolation gives to the gradient, and returns the slope of the inner product along the shift of
 * the row. */
static double pull_back_row(const uint8_t *row, size_t n_columns, double whole, double left, const float *vector,
                            float *gradient)
{
    double slope = 0;
    for (size_t x = 0; x < n_columns; x++) {
        const double here = (double)x + whole, v = (double)vector[x];
        slope += v * (pixel_at(row, n_columns, here + 1) - pixel_at(row, n_columns, here)) / 255;
        if (here >= 0 && here < (double)n_columns)
            gradient[(size_t)here] += (float)((1 - left) * v);
        if (here + 1 >= 0 && here + 1 < (double)n_columns)
            gradient[(size_t)(here + 1)] += (float)(left * v);
    }
    return slope;
}

/* A pixel moves the result in its own place, and by way of the slant and of the centre, about which rows are
 * shifted. */
static void pull_back_image(const feature_transform *t, const uint8_t *image, const float *vector, float *gradient)
{
    const posture p = find_posture(t, image);
    double along_slant = 0, along_y = 0;
    memset(gradient, 0, t->n_rows * t->n_columns * sizeof *gradient);
    for (size_t y = 0; y < t->n_rows; y++) {
        const size_t at = y * t->n_columns;
        double left;
        const double whole = split_shift(&p, y, &left);
        const double slope = pull_back_row(image + at, t->n_columns, whole, left, vector + at, gradient + at);
        along_slant += slope * ((double)y - p.y);
        along_y -= slope * p.slant;
    }
    if (!(p.height > 0))
        return;
    for (size_t y = 0; y < t->n_rows; y++) {
        for (size_t x = 0; x < t->n_columns; x++) {
            const double dx = (double)x - p.x, dy = (double)y - p.y;
            gradient[y * t->n_columns + x] +=
                (float)(255 * (along_slant * dy * (dx - p.slant * dy) / p.height + along_y * dy / p.mass));
        }
    }
}

static bool pull_back(const feature_transform *t, size_t n, const uint8_t *const *images,
                      const float *const *vectors, float *gradients)
{
    for (size_t i = 0; i < n; i++)
        pull_back_image(t, images[i], vectors[i], gradients + i * t->n_features);
    return true;
}

const feature_map feature_map_deskew = {
    .name = "deskew",
    .summary = "slanted writing set upright",
    .input = "pixels divided by 255, after deskewing",
    .parameters = no_parameters,
    .type = SM_U8,
    .unit = 1.0 / 255,
    .count = count,
    .transform = transform,
    .pull_back = pull_back,
};
