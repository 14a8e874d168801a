/* CSV, read from bytes: cells between commas, a row per line, as in RFC 4180, except that a cell ends with its
 * line. */
#pragma once

#include "base/status.h"

enum { CSV_CELL_SIZE = 256 };

typedef struct csv_cell {
    size_t row, column; /* from 1 */
    bool ends_row;
    bool is_number; /* in decimal form */
    double value;   /* of a number; may be infinite */
    size_t length;
    char text[CSV_CELL_SIZE]; /* without its quotes and the blanks around it */
} csv_cell;

/* A text that is being read, and the cell that was read last. */
typedef struct csv_reader {
    const char *name; /* for the failure's line */
    const char *text;
    size_t size, at;
    csv_cell cell;
} csv_reader;

/* Starts before the first cell; name and content [size] must outlive the reader. */
csv_reader csv_start(const char *name, const uint8_t *content, size_t size);

/* Whether only empty lines follow. */
bool csv_is_at_end(const csv_reader *r);

/* Reads the next cell into r->cell. */
status csv_next(csv_reader *r, failure *f);

/* An upper bound of the number of rows of n_cells cells that follow, which the size of the content limits. */
size_t csv_max_rows(const csv_reader *r, size_t n_cells);
