#include "show/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void buffer_add_html(buffer *b, const char *text)
{
    static const char special[] = "&<>\"'";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    char *clean = clean_copy(text, false);
    b->failed = b->failed || !clean;
    for (const char *c = clean; c && *c; c++) {
        const char *found = strchr(special, *c);
        buffer_add(b, found ? escaped[found - special] : c, found ? strlen(escaped[found - special]) : 1);
    }
    free(clean);
}
