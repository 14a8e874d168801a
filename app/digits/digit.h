/* The digits in a picture, each in the form of a model's images. */
#pragma once

#include "digits/connected_components.h"

/* Digits that were found, line by line and from left to right. */
typedef struct digits {
    size_t n, n_rows, n_columns;
    digit_box *boxes; /* [n], in the picture */
    size_t *lines;    /* [n], 0 for the topmost line of writing */
    uint8_t *pixels;  /* [n, n_rows, n_columns], 0 background to 255 foreground */
} digits;

/* Finds the digit in a picture, or if `all` every digit in it, and normalises each to an image of a model [n_rows,
 * n_columns]; finds none if nothing stands out from the background. *found is for digits_destroy, also after a
 * failure. */
status digits_find(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found, failure *f);

/* digits_find for the one digit in a picture, and *n_apart, how many digits there are that could be told apart. */
status digits_find_one(const grey_image *picture, size_t n_rows, size_t n_columns, digits *found, size_t *n_apart,
                       failure *f);

/* Sets *found as digits_find does, to the one digit of an image that is normalised already. */
status digits_take(const grey_image *image, const digit_box *box, digits *found, failure *f);
void digits_destroy(digits *d);
