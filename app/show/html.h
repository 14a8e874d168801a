/* Text in HTML. */
#pragma once

#include "base/buffer.h"

/* Adds any text so that it reads the same in an element or a quoted attribute: characters that have a meaning in HTML
 * are escaped; bytes that are not valid UTF-8, and control characters, become '?'. */
void buffer_add_html(buffer *b, const char *text);
