/* Bilinear interpolation in images [n_rows, n_columns] of bytes, which are 0 outside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in an image: the four pixels around it, [upper, lower][left, right], and their weights. */
typedef struct bilinear {
    bool is_inside[2][2];
    size_t pixels[2][2]; /* indices; 0 outside */
    double down, right;  /* distance from the upper left pixel, 0 to 1 */
} bilinear;

bilinear bilinear_at(size_t n_rows, size_t n_columns, double row, double column);

double bilinear_weight(const bilinear *b, size_t i, size_t j);

/* Pixel [i][j] around the place. */
double bilinear_pixel(const bilinear *b, const uint8_t *image, size_t i, size_t j);

/* The image at the place: the weighted sum of the four pixels, 0 to 255. */
double bilinear_value(const bilinear *b, const uint8_t *image);
