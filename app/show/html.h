/* Text made fit for HTML. */
#pragma once

#include "base/buffer.h"

/* Adds a text that came from outside, so that it stands in an element or a quoted attribute as the text that it is:
 * what HTML gives a meaning is escaped, and what is no valid UTF-8 or would act on a terminal becomes '?'. */
void buffer_add_html(buffer *b, const char *text);
