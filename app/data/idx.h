/* The IDX format of the MNIST files, read from bytes. Touches no file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { IDX_MAX_DIMENSIONS = 3, IDX_MAX_HEADER_BYTES = 4 + 4 * IDX_MAX_DIMENSIONS };

/* An array of unsigned bytes in the format: 0, 0, the type 0x08, the number of dimensions, each dimension
 * as 4 bytes (the highest first), and the values. */
typedef struct idx {
    size_t n_dimensions;
    size_t dimensions[IDX_MAX_DIMENSIONS];
    uint8_t *values; /* inside the bytes that were parsed */
    size_t n_values; /* the product of the dimensions, 1 or more; SIZE_MAX in a header with more than that */
} idx;

/* Parses the header, which must have n_dimensions dimensions, from the first bytes [size] of a file; fails if
 * they are too few. There are no values in *array. `name` is for the failure's line, here and below. */
status idx_parse_header(const char *name, const uint8_t *head, size_t size, size_t n_dimensions, idx *array,
                        failure *f);

/* Fails unless a file of this size, or of at most this size if it is not exact, can hold what its header
 * announces, and nothing behind it. */
status idx_check_size(const char *name, const idx *header, size_t size, bool is_exact, failure *f);

/* The bytes of a file with this header that idx_check_size lets pass. */
size_t idx_file_bytes(const idx *header);

/* Parses content [size] that must have n_dimensions dimensions and nothing behind its values. */
status idx_parse(const char *name, uint8_t *content, size_t size, size_t n_dimensions, idx *array, failure *f);
