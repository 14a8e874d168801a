/* NumPy's format for one array (.npy). */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

/* Adds the bytes of a file of floats [n_rows, n_columns], or [n_rows] if n_columns is 0. */
void npy_print(size_t n_rows, size_t n_columns, const float *values, buffer *b);

/* An array of one or two dimensions, slowest first, none of them 0. */
typedef struct npy_array {
    char kind;          /* 'f' for floats, 'i' for whole numbers, 'u' for unsigned ones */
    size_t value_bytes; /* 4 or 8 for floats, 1, 2, 4 or 8 for whole numbers */
    bool highest_first; /* the byte order of a value */
    bool by_columns;    /* columns are stored one after another, not rows */
    size_t n_dimensions, shape[2];
    size_t n_values;
    const uint8_t *values; /* inside the bytes that were parsed */
} npy_array;

enum { NPY_MAGIC_BYTES = 6 };

/* Whether a file that starts with these bytes is in this format. */
bool npy_has_magic(const uint8_t *content, size_t size);

/* Parses the bytes of a file of version 1 or 2; `name` is for the failure's line. Refuses other types of values, and
 * bytes after the values. */
status npy_parse(const char *name, const uint8_t *content, size_t size, npy_array *array, failure *f);

/* Value i of the array, counted row by row, however it is stored. Whole numbers above 2^53 are rounded. */
double npy_value(const npy_array *array, size_t i);
