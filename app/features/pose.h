/*
 * A picture of ink as it stands, or set upright by an affine map that takes its mean and its second moments to, or
 * nearer to, common ones, so that less is left of how somebody holds the pen; and either of them from nearer, so
 * that more is seen of what is in the middle. (Hu 1962, Visual pattern recognition by moment invariants; Liu,
 * Nakashima, Sako & Fujisawa 2003, Handwritten digit recognition: benchmarking.)
 *
 * Pixel (x, y) of what is seen, from the middle, is the image, 0 outside, at
 *     (x0 + across x + slant down y, y0 + down y)
 * between the pixels in proportion, and rounded to a byte. As it stands, (x0, y0) is the middle of the image, slant
 * is 0, and across and down are the scale. Upright, (x0, y0) is the centre of the ink p(x, y), and with its variances
 * sxx and syy and its covariance sxy
 *     slant  = sxy / syy
 *     down   = scale (sqrt(syy) / 5.2)^(1/2)
 *     across = scale (sqrt(sxx - sxy^2 / syy) / 4)^(1/2)
 * Lengths are in pixels of an image whose longer side has 28, and both roots are kept between 1/1.4 and 1.4. What has
 * no ink is seen as it stands.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pose_view {
    bool is_upright;
    double scale; /* pixels of the image to one that is seen, above 0: below 1 it is seen from nearer */
} pose_view;

/* Writes what is seen [n_rows, n_columns] of an image of that size. As it stands at scale 1 it is the image. */
void pose_see(const pose_view *view, const uint8_t *image, size_t n_rows, size_t n_columns, uint8_t *seen);

/* Adds to gradient [n_rows, n_columns] the slopes with respect to the image's pixels of the inner product of vector
 * with those that are seen, rounding left out: the transposed Jacobian times vector. */
void pose_pull_back(const pose_view *view, const uint8_t *image, size_t n_rows, size_t n_columns,
                    const float *vector, float *gradient);
