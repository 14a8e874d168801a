#include "formats/base64.h"

#include <stdint.h>

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* One to three bytes as four characters. */
static void encode(const uint8_t *bytes, size_t n, char *text)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++)
        bits = bits << 8 | (i < n ? bytes[i] : 0U);
    for (size_t i = 0; i < 4; i++)
        text[i] = '=';
    for (size_t i = 0; i <= n; i++)
        text[i] = DIGITS[bits >> (18 - 6 * i) & 63];
}

void buffer_add_base64(buffer *b, const void *data, size_t size)
{
    const uint8_t *at = data;
    for (size_t left = size; left > 0;) {
        const size_t n = left < 3 ? left : 3;
        char text[4];
        encode(at, n, text);
        buffer_add(b, text, sizeof text);
        at += n;
        left -= n;
    }
}
