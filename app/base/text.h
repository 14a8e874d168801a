/* Text in an array of a fixed size, and text from outside, made safe to show. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Replaces by '?', in place, each byte that is not part of valid UTF-8 and, unless keep_controls, the bytes of control
 * characters, which might act on a terminal. */
void clean_text(char *text, bool keep_controls);

/* Appends to the text in an array of `size` bytes, as far as it fits. */
void append_text(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
