/* Data sets from tables: rows of numbers, each with a label. Softmax regression takes them as it takes images. */
#pragma once

#include "data/dataset.h"

/* How a table is to be read. */
typedef struct table_format {
    bool has_no_labels;
    const char *label; /* the column of the labels: its number from 1, or in CSV its name; NULL for the last */
    const class_names *known; /* the classes that labels may name; NULL to take those found */
} table_format;

/* Reads a file in CSV, whose first line is a header if none of its cells is a number or if format->label names one
 * of them, or in NumPy's format; plain or compressed by gzip. The path "-" is standard input, which is plain. Its rows
 * become samples, its labels indices into the known names or those found, sorted; without labels the data has neither.
 * *data is for dataset_destroy, and untouched after a failure. */
status table_load(const char *path, const table_format *format, dataset *data, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line, which gives row and column. */
status table_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, dataset *data,
                   failure *f);
