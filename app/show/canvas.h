/* A picture to draw on: rectangles and small letters. */
#pragma once

#include "formats/png.h"

typedef struct rgb {
    uint8_t red, green, blue;
} rgb;

extern const rgb colour_white, colour_black;

/* A picture of this size, all white, whose values the caller frees. */
status canvas_create(size_t width, size_t height, picture *p, failure *f);

/* Fills a rectangle; what lies outside the picture is left out. */
void canvas_fill(picture *p, size_t left, size_t top, size_t width, size_t height, rgb colour);

/* Letters are 5 x 7 cells of `scale` pixels with a cell between them; digits, lower-case letters and
 * " .,-+%/|()" are known, others are left blank. */
enum { CANVAS_LETTER_WIDTH = 6, CANVAS_LETTER_HEIGHT = 7 };

/* The width in pixels of a text. */
size_t canvas_text_width(const char *text, size_t scale);

/* Writes a text with its upper left corner at (left, top). */
void canvas_text(picture *p, size_t left, size_t top, size_t scale, const char *text, rgb colour);

/* The same with the middle of the text at (x, y). */
void canvas_text_centred(picture *p, size_t x, size_t y, size_t scale, const char *text, rgb colour);
