/* Text from outside, made safe to show. */
#pragma once

#include <stdbool.h>

/* Replaces by '?', in place, each byte that is not part of valid UTF-8 and, unless keep_controls, the bytes of control
 * characters, which might act on a terminal. */
void clean_text(char *text, bool keep_controls);
