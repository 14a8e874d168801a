/* The IDX format of the files of MNIST, read from bytes. */
#pragma once

#include "base/status.h"

enum { IDX_MAX_DIMENSIONS = 3, IDX_MAX_HEADER_BYTES = 4 + 4 * IDX_MAX_DIMENSIONS };

/* An array of unsigned bytes. In the format: 0, 0, the type 0x08, the number of dimensions, each dimension as 4
 * bytes (big-endian), and the values. */
typedef struct idx {
    size_t n_dimensions;
    size_t dimensions[IDX_MAX_DIMENSIONS];
    uint8_t *values; /* inside the bytes that were parsed; NULL for a header alone */
    size_t n_values; /* the product of the dimensions, 1 or more */
} idx;

/* Parses a header of n_dimensions dimensions from the first bytes [head_size] of a file. Fails unless a file of this
 * size, or of at most this size if it is not exact, can hold the values that the header announces, and nothing after
 * them. `name`, here and below, is for the failure's line; *array is untouched after a failure. */
status idx_parse_header(const char *name, const uint8_t *head, size_t head_size, size_t n_dimensions,
                        size_t file_size, bool is_exact, idx *array, failure *f);

/* The size of a file with this header. */
size_t idx_file_bytes(const idx *header);

/* Parses a whole file, which must have n_dimensions dimensions and end with its values. */
status idx_parse(const char *name, uint8_t *content, size_t size, size_t n_dimensions, idx *array, failure *f);
