/*
 * A digit in the form of a model's images. The makers of MNIST fitted a digit into 20 x 20 pixels,
 * keeping its proportions, and put its centre of mass at the centre of 28 x 28 (LeCun et al. 1998, section III.A);
 * this does the same, and in the same proportions for other sizes.
 */
#pragma once

#include "digits/connected_components.h"

/* Whether a picture has this form already: black except for a digit of the right size in the centre, of which *box
 * is then the box. */
bool is_normalised(const grey_image *picture, size_t n_rows, size_t n_columns, digit_box *box);

/* Normalises a digit that is alone in a map of foreground: pixels [n_rows, n_columns], and *edges, its box. Thin
 * strokes are drawn wider. *is_digit is false for shapes that are not written with a pen. */
status normalise_digit(const grey_image *alone, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *edges,
                       bool *is_digit, failure *f);
