/* Drawing on a picture: rectangles and letters; and maps from numbers to colours. */
#pragma once

#include "formats/png.h"
#include "show/letters.h"

typedef struct rgb {
    uint8_t red, green, blue;
} rgb;

extern const rgb colour_white, colour_black;

/* A white picture of this size; the caller frees its values. If it is too large, or memory ran out, they are NULL,
 * drawing on it does nothing, and canvas_check fails. */
picture canvas_create(size_t width, size_t height);
status canvas_check(const picture *p, failure *f);

/* Fills a rectangle; what is outside the picture is cut off. */
void canvas_fill(picture *p, size_t left, size_t top, size_t width, size_t height, rgb colour);

/* The width in pixels of a text. */
size_t canvas_text_width(const char *text, letter_size size);

/* Draw a text whose capitals have their upper left corner at (left, top), or which is centred on (x, y). */
void canvas_text(picture *p, size_t left, size_t top, letter_size size, const char *text, rgb colour);
void canvas_text_centred(picture *p, size_t x, size_t y, letter_size size, const char *text, rgb colour);

/* Draws a text that was turned to the left by a right angle, with its lower left corner at (left, bottom). */
void canvas_text_upwards(picture *p, size_t left, size_t bottom, letter_size size, const char *text, rgb colour);

/* From one colour (share 0) to another (share 1), linear in each channel; other shares are clamped. */
rgb colour_mix(rgb from, rgb to, double share);

/* The largest magnitude of values [n]: 1 on the scale of colour_diverging. */
double colour_range(size_t n, const float *values);

/* -1 red, 0 white, 1 blue, and linear in between; other values are clamped. */
rgb colour_diverging(double value);

/* From 0, white, to 1, dark blue, linearly; other values are clamped. */
rgb colour_sequential(double value);

/* Black or white, whichever is legible on this background. */
rgb colour_legible_on(rgb background);
