/* The IDX format of the MNIST files, read from bytes. Touches no file. */
#ifndef DATA_IDX_H
#define DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { IDX_MAX_DIMENSIONS = 3 };

/* An array of unsigned bytes in the format: 0, 0, the type 0x08, the number of dimensions, each dimension
 * as 4 bytes (the highest first), and the values. */
typedef struct idx {
    size_t n_dimensions;
    size_t dimensions[IDX_MAX_DIMENSIONS];
    uint8_t *values; /* inside the bytes that were parsed */
    size_t n_values; /* the product of the dimensions, 1 or more */
} idx;

/* Parses content [size] that must have n_dimensions dimensions and nothing behind its values. `name` is for
 * the failure's line. */
status idx_parse(const char *name, uint8_t *content, size_t size, size_t n_dimensions, idx *array, failure *f);

#endif
