/*
 * Anybody's picture of a digit made into what the model was trained on. MNIST's makers took the ink of a digit,
 * fitted it into 20 x 20 pixels keeping its proportions, and put its centre of mass into the centre of 28 x 28
 * (LeCun et al. 1998, section III.A); this does the same, in the same proportions for other sizes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digits/ink.h"
#include "digits/parts.h"
#include "base/status.h"

/* Digits that were found, line by line and from left to right. */
typedef struct digits {
    size_t n, n_rows, n_columns;
    digit_box *boxes; /* [n], in the picture */
    size_t *lines;    /* [n], 0 for the uppermost line of writing */
    uint8_t *pixels;  /* [n, n_rows, n_columns], 0 paper to 255 ink */
} digits;

/* Finds the digit in a picture, or, where `all`, each of those in it, and brings them into the form of a model's
 * images [n_rows, n_columns]. There is none where nothing stands out from the paper. *found is for digits_destroy,
 * also after a failure. */
status digits_find(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found, failure *f);

/* One digit of which the pixels [n_rows, n_columns] are known; what digits_find says of *found is true here. */
status digits_take(const uint8_t *pixels, size_t n_rows, size_t n_columns, const digit_box *box, digits *found,
                   failure *f);

/* Frees what it holds; {0} is allowed. */
void digits_destroy(digits *d);
