/*
 * A picture of ink as it stands, and set upright: an affine map that takes its mean and its second moments to, or
 * nearer to, common ones, so that less is left of how somebody holds the pen. (Hu 1962, Visual pattern recognition
 * by moment invariants; Liu, Nakashima, Sako & Fujisawa 2003, Handwritten digit recognition: benchmarking.)
 *
 * With the ink p(x, y), its centre (x0, y0), the variances sxx and syy and the covariance sxy, pixel (x, y) of the
 * result, from the middle, is the image, 0 outside, at
 *     (x0 + across x + slant down y, y0 + down y)
 *     slant  = sxy / syy
 *     down   = (sqrt(syy) / 5.2)^(1/2)
 *     across = (sqrt(sxx - sxy^2 / syy) / 4)^(1/2)      lengths in pixels of an image whose longer side has 28
 * with both factors kept between 1/1.4 and 1.4, between the pixels in proportion, and rounded to a byte.
 */
#ifndef FEATURES_POSE_H
#define FEATURES_POSE_H

#include <stddef.h>
#include <stdint.h>

/* Writes upright [n_rows, n_columns] of an image of that size. One without ink stays as it is. */
void pose_set_upright(const uint8_t *image, size_t n_rows, size_t n_columns, uint8_t *upright);

/* Adds to gradient [n_rows, n_columns] the slopes with respect to the image's pixels of the inner product of vector
 * with those of the result, rounding left out: the transposed Jacobian times vector. */
void pose_pull_back(const uint8_t *image, size_t n_rows, size_t n_columns, const float *vector, float *gradient);

#endif
