/*
 * Anybody's picture of a digit made into what the model was trained on. MNIST's makers took the ink of a digit,
 * fitted it into 20 x 20 pixels keeping its proportions, and put its centre of mass into the centre of 28 x 28
 * (LeCun et al. 1998, section III.A); this does the same, in the same proportions for other sizes.
 */
#ifndef DATA_DIGIT_H
#define DATA_DIGIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/ink.h"
#include "status.h"

/* Where ink was found, in pixels of the picture. */
typedef struct digit_box {
    size_t left, top, width, height;
} digit_box;

/* Finds the digit in a picture and writes it to pixels [n_rows, n_columns], 0 paper to 255 ink; *box says where it
 * was. *found is false, and pixels are all 0, where there is no ink. */
status digit_normalise(const grey_image *picture, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *box,
                       bool *found, failure *f);

#endif
