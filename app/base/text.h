/* Text that came from outside, made fit to be shown. */
#pragma once

#include <stdbool.h>

/* Replaces by '?', in place, every byte that is not part of valid UTF-8 and, unless keep_controls, every
 * byte of a control character, which might act on a terminal. */
void clean_text(char *text, bool keep_controls);

/* A cleaned copy, which the caller frees; NULL if memory ran out. */
char *clean_copy(const char *text, bool keep_controls);
