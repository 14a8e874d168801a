/* Drawing samples with a probability in proportion to a weight. Private to the library. */
#pragma once

#include <stddef.h>

/* Draws n_drawn of n samples into drawn [n_drawn], in order, evenly spaced along the running sum of their weights, which
 * lie `stride` values apart (systematic sampling, Madow 1949), and returns the whole sum. A sample may be drawn more
 * than once. */
double sm_draw(const float *weights, size_t stride, size_t n, size_t n_drawn, size_t *drawn);
