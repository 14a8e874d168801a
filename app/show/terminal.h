/* Small pictures in a terminal: half blocks in 24-bit colour, or plain characters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether a stream is a terminal of 24-bit colours and of UTF-8, and the person wants colours ($NO_COLOR). */
bool terminal_has_colours(FILE *stream);

/* What the values of a picture stand for, and so how they are shown. */
typedef enum terminal_values {
    TERMINAL_INK,   /* 0 to 1: white for ink */
    TERMINAL_SIGNED /* -1 to 1: blue for positive, red for negative; # and +, = and - in plain characters */
} terminal_values;

/* A picture made small enough for a terminal. */
typedef struct terminal_picture {
    size_t n_columns, n_rows; /* of cells; two rows of them make a row of characters */
    double *cells;            /* [n_rows, n_columns]; the owner frees it */
} terminal_picture;

/* Makes values [n_rows, n_columns] fit max_columns characters, and half as many rows of them. False if memory ran
 * out. */
bool terminal_picture_create(size_t n_rows, size_t n_columns, const double *values, size_t max_columns,
                             terminal_picture *p);

/* How many rows of characters it has. */
size_t terminal_picture_height(const terminal_picture *p);

/* Prints one of them, without a newline; blanks below the last. */
void terminal_picture_print_row(FILE *out, bool colours, const terminal_picture *p, size_t row,
                                terminal_values kind);
