/* Rows of numbers, each with a label: what softmax regression takes besides images. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/class_names.h"
#include "base/status.h"

/* How a table is to be read. */
typedef struct table_format {
    bool has_no_labels;
    const char *label; /* the column of the labels: its number from 1, or in CSV its name; NULL for the last */
    const class_names *known; /* the classes that there are; NULL for those that are found */
} table_format;

typedef struct table {
    size_t n_rows, n_columns; /* columns without that of the labels */
    float *values;            /* [n_rows, n_columns], all finite */
    uint8_t *labels;          /* [n_rows], numbers of names; NULL without labels */
    class_names *names;       /* the known ones, or those found, in their order; NULL without labels */
} table;

/* Reads a file in CSV or in NumPy's format, plain or compressed by gzip; the path "-" is standard input, which is
 * plain. *t is for table_destroy. */
status table_read(const char *path, const table_format *format, table *t, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line, which has row and column. */
status table_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, table *t,
                   failure *f);

/* Frees what it holds; {0} is allowed. */
void table_destroy(table *t);

/* ---------------------------------------------------------------------------------------------- */
/* For those who read a format */

/* Reads CSV into *t, {0} before; the classes that were found are not yet in their order. After a failure *t is for
 * table_destroy. */
status csv_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, table *t,
                 failure *f);

/* Where a cell stands: in a line of a text or a row of an array, and a column, from 1. */
typedef struct table_place {
    const char *name, *unit; /* of the file; "line" or "row" */
    size_t row, column;
} table_place;

/* One line on a cell: where it stands, its text, and what is wrong with it. */
status fail_cell(const table_place *place, const char *text, const char *what, failure *f);

/* Makes room for up to n_rows rows in a table that has its number of columns. */
status table_make_room(table *t, size_t n_rows, const table_format *format, failure *f);

/* Puts the numbers of a row and its label where they belong. The text of a value is what it is called if it is
 * refused; NULL for the usual form. */
status table_set_value(table *t, size_t row, size_t column, double value, const char *text,
                       const table_place *place, failure *f);
status table_set_label(table *t, size_t row, const char *text, const table_format *format, const table_place *place,
                       failure *f);

/* Writes what the class of a whole number is called, its decimal form; false for a number that is not whole, or
 * that a double may not hold exactly. */
bool table_number_label(double value, char text[CLASS_NAME_SIZE]);

/* The number of a column that a label is named by; 0 for a text that is none. */
size_t table_column_number(const char *label);

/* Brings the classes that were found into their order. */
void table_sort_classes(table *t);
