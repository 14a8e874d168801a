/* Text or bytes that grow, to be written to a file in one go. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct buffer {
    char *data; /* [size], not terminated; the owner frees it */
    size_t size, capacity;
    bool failed; /* an allocation failed: the content is not complete, and nothing more is added */
} buffer;

/* Adds bytes, or formatted text, to a buffer that started as {0}. */
void buffer_add(buffer *b, const void *data, size_t size);
void buffer_print(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a text as a cell of CSV: in quotes, and those in it doubled, where it would not be one as it stands. */
void buffer_add_cell(buffer *b, const char *text);

/* Adds the lowest n_bytes bytes of a number, up to 8, the lowest first; and numbers [n] in the same order of bytes,
 * as IEEE 754 has them. */
void buffer_add_number(buffer *b, uint64_t number, size_t n_bytes);
void buffer_add_floats(buffer *b, size_t n, const float *values);
void buffer_add_doubles(buffer *b, size_t n, const double *values);
