/* Text or bytes that grow, to be written to a file in one go. */
#ifndef FILES_BUFFER_H
#define FILES_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct buffer {
    char *data; /* [size], not terminated; the owner frees it */
    size_t size, capacity;
    bool failed; /* an allocation failed: the content is not complete, and nothing more is added */
} buffer;

/* Adds bytes, or formatted text, to a buffer that started as {0}. */
void buffer_add(buffer *b, const void *data, size_t size);
void buffer_print(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
