/*
 * Moment normalisation: an affine map that brings the centre and the second moments of an image to, or nearer to,
 * common ones, so that position, slant and size of the writing matter less. (Hu 1962, Visual pattern recognition by
 * moment invariants; Liu, Nakashima, Sako & Fujisawa 2003, Handwritten digit recognition: benchmarking.)
 *
 * Pixel (x, y) of the result, counted from the middle, is the image at
 *     (x0 + across x + slant down y, y0 + down y)
 * by bilinear interpolation, rounded to a byte. Here (x0, y0) is the centre of the pixel values p(x, y), and with
 * their variances sxx and syy and their covariance sxy
 *     slant  = sxy / syy
 *     down   = scale (sqrt(syy) / 5.2)^(1/2)
 *     across = scale (sqrt(sxx - sxy^2 / syy) / 4)^(1/2)
 * Lengths are in pixels of an image whose longer side has 28, and both roots are clamped to 1/1.4 .. 1.4. The scale
 * is in image pixels per output pixel, above 0; below 1 it zooms in. A blank image has its middle for (x0, y0),
 * slant 0, and the scale for down and across.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The side that lengths refer to, the deviations that are common to all results, and the largest root. */
static const double MOMENTS_COMMON_SIDE = 28, MOMENTS_COMMON_DOWN = 5.2, MOMENTS_COMMON_ACROSS = 4,
                    MOMENTS_MAX_ROOT = 1.4;

/* Moments of the pixel values p of an image, x along a row and y down a column. */
typedef struct moments {
    double mass; /* sum p; where it is 0, so are all others */
    double x, y; /* the centre (x0, y0) */
    double xx;   /* sum p (x - x0)^2 */
    double xy;   /* sum p (x - x0) (y - y0) */
    double yy;   /* sum p (y - y0)^2 */
} moments;

moments find_moments(const uint8_t *image, size_t n_rows, size_t n_columns);

/* Of the regression of x on y: xy / yy, or 0 for a single row. */
double slant_of(const moments *m);

/* Writes the result [n_rows, n_columns] for an image of that size. */
void normalise_moments(double scale, const uint8_t *image, size_t n_rows, size_t n_columns, uint8_t *result);

/* Adds to gradient [n_rows, n_columns] the vector-Jacobian product, rounding left out: the slopes with respect to
 * the pixels of the image of the inner product of vector with the pixels of the result. */
void normalise_moments_vjp(double scale, const uint8_t *image, size_t n_rows, size_t n_columns, const float *vector,
                           float *gradient);
