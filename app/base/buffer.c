#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for so many more bytes. */
static bool reserve(buffer *b, size_t size)
{
    if (b->failed)
        return false;
    if (size <= b->capacity - b->size)
        return true;
    const size_t capacity = 2 * b->capacity + size;
    char *data = realloc(b->data, capacity);
    b->failed = !data;
    if (data) {
        b->data = data;
        b->capacity = capacity;
    }
    return data;
}

void buffer_add(buffer *b, const void *data, size_t size)
{
    if (size > 0 && reserve(b, size)) {
        memcpy(b->data + b->size, data, size);
        b->size += size;
    }
}

void buffer_print(buffer *b, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        b->failed = true;
    else if (reserve(b, (size_t)length + 1)) {
        (void)vsnprintf(b->data + b->size, (size_t)length + 1, format, again);
        b->size += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void buffer_add_cell(buffer *b, const char *text)
{
    const size_t length = strlen(text);
    const bool is_plain = !strpbrk(text, ",\"\r\n") && length > 0 && text[0] != ' ' && text[length - 1] != ' ';
    buffer_print(b, "%s", is_plain ? "" : "\"");
    for (; *text; text++)
        buffer_print(b, "%s%c", *text == '"' ? "\"" : "", *text);
    buffer_print(b, "%s", is_plain ? "" : "\"");
}

void buffer_add_number(buffer *b, uint64_t number, size_t n_bytes)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    buffer_add(b, bytes, n_bytes);
}

void buffer_add_floats(buffer *b, size_t n, const float *values)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        buffer_add_number(b, bits, sizeof bits);
    }
}

void buffer_add_doubles(buffer *b, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        buffer_add_number(b, bits, sizeof bits);
    }
}
