#include "show/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* NULL for a character that stands for itself. */
static const char *entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void buffer_add_html(buffer *b, const char *text)
{
    char *clean = clean_copy(text, false);
    b->failed = b->failed || !clean;
    for (const char *c = clean; c && *c; c++) {
        const char *escaped = entity(*c);
        buffer_add(b, escaped ? escaped : c, escaped ? strlen(escaped) : 1);
    }
    free(clean);
}
