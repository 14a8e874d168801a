/* Bytes of a known size, and a buffer of text or bytes that grows until it is written to a file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    uint8_t *data; /* [size]; the owner frees it */
    size_t size;
} bytes;

/* The number that n_bytes bytes, up to 8, make, lowest first. */
uint64_t number_of_bytes(const uint8_t *data, size_t n_bytes);

/* Copies n values from the machine's byte order to that of files, lowest first, or back. */
void copy_lowest_first(size_t n, size_t value_bytes, const void *from, void *to);

typedef struct buffer {
    char *data; /* [size]; the owner frees it */
    size_t size, capacity;
    bool failed; /* an allocation failed: the content is incomplete, and nothing more is added */
} buffer;

/* Each of these adds to a buffer, which starts as {0}. After buffer_print a terminator, which is not counted, follows
 * the content. */
void buffer_add(buffer *b, const void *data, size_t size);
void buffer_print(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a cell of CSV, quoted if necessary, with its quotes doubled. */
void buffer_add_cell(buffer *b, const char *text);

/* Adds any text so that it reads the same in an element or a quoted attribute of HTML: characters that have a meaning
 * there are escaped; bytes that are not valid UTF-8, and control characters, become '?'. */
void buffer_add_html(buffer *b, const char *text);

/* Adds a template, in which `print`, which is given the context, replaces each {{name}} of up to 31 characters. */
void buffer_fill_in(buffer *b, const char *text, void (*print)(const void *context, const char *name, buffer *b),
                    const void *context);

/* Adds data [size] in base64 (RFC 4648, section 4), padded with '='; base64_size tells how many characters that is. */
void buffer_add_base64(buffer *b, const void *data, size_t size);
size_t base64_size(size_t size);

/* Adds the lowest n_bytes bytes of a number, up to 8, lowest first; and floats or doubles [n] in that byte order. */
void buffer_add_number(buffer *b, uint64_t number, size_t n_bytes);
void buffer_add_values(buffer *b, size_t n, size_t value_bytes, const void *values);

/* Makes room for n_more bytes after the content; false if the buffer has failed. */
bool buffer_reserve(buffer *b, size_t n_more);
