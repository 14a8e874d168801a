#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Returns the length of the character at the start of a string; 0 if that is not valid UTF-8 (RFC 3629: no overlong
 * forms, no surrogates, nothing above 0x10ffff). */
static size_t decode(const unsigned char *s, uint32_t *code_point)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = s[0] < 0x80   ? 1
                          : s[0] < 0xc0 ? 0
                          : s[0] < 0xe0 ? 2
                          : s[0] < 0xf0 ? 3
                          : s[0] < 0xf8 ? 4
                                        : 0;
    uint32_t c = length <= 1 ? s[0] : s[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fU);
    }
    *code_point = c;
    return c < lowest[length] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : length;
}

void clean_text(char *text, bool keep_controls)
{
    unsigned char *s = (unsigned char *)text;
    while (*s) {
        uint32_t c = 0;
        const size_t length = decode(s, &c);
        const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
        const size_t n_bad = length == 0 ? 1 : is_control && !keep_controls ? length : 0;
        memset(s, '?', n_bad);
        s += length == 0 ? 1 : length;
    }
}

void append_text(char *text, size_t size, const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}
