#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sizes.h"
#include "base/text.h"

uint64_t number_of_bytes(const uint8_t *data, size_t n_bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < n_bytes; i++)
        number |= (uint64_t)data[i] << (8 * i);
    return number;
}

void copy_lowest_first(size_t n, size_t value_bytes, const void *from, void *to)
{
    const uint16_t one = 1;
    const bool is_lowest_first = *(const uint8_t *)&one == 1;
    if (is_lowest_first)
        memcpy(to, from, n * value_bytes);
    for (size_t i = 0; !is_lowest_first && i < n * value_bytes; i++)
        ((uint8_t *)to)[i] =
            ((const uint8_t *)from)[i / value_bytes * value_bytes + value_bytes - 1 - i % value_bytes];
}

bool buffer_reserve(buffer *b, size_t n_more)
{
    if (b->failed || n_more <= b->capacity - b->size)
        return !b->failed;
    const size_t capacity = 2 * b->capacity + n_more;
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
    if (size > 0 && buffer_reserve(b, size)) {
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
    else if (buffer_reserve(b, (size_t)length + 1)) {
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

void buffer_add_html(buffer *b, const char *text)
{
    static const char special[] = "&<>\"'";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const size_t start = b->size;
    for (; *text; text++) {
        const char *found = strchr(special, *text);
        buffer_add(b, found ? escaped[found - special] : text, found ? strlen(escaped[found - special]) : 1);
    }
    buffer_print(b, "%s", ""); /* a terminator */
    if (!b->failed)
        clean_text(b->data + start, false);
}

void buffer_fill_in(buffer *b, const char *text, void (*print)(const void *context, const char *name, buffer *b),
                    const void *context)
{
    const char *start, *end;
    while ((start = strstr(text, "{{")) && (end = strstr(start, "}}"))) {
        char name[32];
        (void)snprintf(name, sizeof name, "%.*s", (int)(end - start) - 2, start + 2);
        buffer_add(b, text, (size_t)(start - text));
        print(context, name, b);
        text = end + 2;
    }
    buffer_add(b, text, strlen(text));
}

size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

void buffer_add_base64(buffer *b, const void *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = data;
    for (size_t i = 0; i < size; i += 3) {
        const size_t n = size_min(size - i, 3);
        uint8_t group[3] = {0};
        memcpy(group, in + i, n);
        const unsigned bits = (unsigned)group[0] << 16 | (unsigned)group[1] << 8 | group[2];
        const char text[4] = {digits[bits >> 18], digits[bits >> 12 & 63], n > 1 ? digits[bits >> 6 & 63] : '=',
                              n > 2 ? digits[bits & 63] : '='};
        buffer_add(b, text, sizeof text);
    }
}

void buffer_add_number(buffer *b, uint64_t number, size_t n_bytes)
{
    uint8_t data[8];
    for (size_t i = 0; i < n_bytes; i++)
        data[i] = (uint8_t)(number >> (8 * i));
    buffer_add(b, data, n_bytes);
}

void buffer_add_values(buffer *b, size_t n, size_t value_bytes, const void *values)
{
    if (n > 0 && buffer_reserve(b, n * value_bytes)) {
        copy_lowest_first(n, value_bytes, values, b->data + b->size);
        b->size += n * value_bytes;
    }
}
