/* Tables: rows of numbers, each with a label. Softmax regression takes them as it takes images. */
#pragma once

#include "data/class_names.h"
#include "base/status.h"

/* How a table is to be read. */
typedef struct table_format {
    bool has_no_labels;
    const char *label; /* the column of the labels: its number from 1, or in CSV its name; NULL for the last */
    const class_names *known; /* the classes that a label may be; NULL to take those that are found */
} table_format;

typedef struct table {
    size_t n_rows, n_columns; /* columns without that of the labels */
    float *values;            /* [n_rows, n_columns], all finite */
    uint8_t *labels;          /* [n_rows], indices into names; NULL without labels */
    class_names *names;       /* the known ones, or those found, sorted; NULL without labels */
} table;

/* Reads a file in CSV, whose first line is a header if none of its cells is a number or if format->label names one
 * of them, or in NumPy's format; plain or compressed by gzip. The path "-" is standard input, which is plain. *t is
 * for table_destroy, and untouched after a failure. */
status table_read(const char *path, const table_format *format, table *t, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line, which gives row and column. */
status table_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, table *t,
                   failure *f);

/* Frees what it holds; {0} is allowed. */
void table_destroy(table *t);
