/* Small pictures in a terminal: half blocks in colour, or plain characters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How many colours there are. */
typedef enum terminal_depth { DEPTH_NONE, DEPTH_256, DEPTH_24_BIT } terminal_depth;

/* The colours of a stream: 24-bit if $COLORTERM announces them, or 256 if $TERM does; none unless the stream is a
 * terminal with UTF-8 whose user has not refused colours ($NO_COLOR). */
terminal_depth terminal_colours(FILE *stream);

/* The columns of a stream: $COLUMNS if it is set, else those of the terminal, or 80 if it is none. */
size_t terminal_columns(FILE *stream);

/* An image, weights, or their product. An image alone is white on black. With weights, positive values are blue, or
 * # and + in plain characters, and negative ones red, or = and -. */
typedef struct terminal_picture {
    size_t n_rows, n_columns;
    const uint8_t *pixels; /* [n_rows, n_columns], 0 to 255, which counts as 1; NULL for weights alone */
    const float *weights;  /* [n_rows, n_columns]; NULL for the image alone */
    double range;          /* the magnitude shown at full strength */
    size_t max_columns;    /* in characters; a larger picture is reduced to them and half as many lines */
} terminal_picture;

/* The largest magnitude among the values. */
double terminal_picture_peak(const terminal_picture *p);

/* Its size in characters. */
size_t terminal_picture_width(const terminal_picture *p);
size_t terminal_picture_height(const terminal_picture *p);

/* Prints one of its lines, without a newline; blanks below the last. */
void terminal_picture_print_line(FILE *out, terminal_depth colours, const terminal_picture *p, size_t line);
