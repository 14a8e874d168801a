#include "files/json.h"

json_t *json_if_whole(json_t *value, bool is_whole)
{
    if (is_whole)
        return value;
    json_decref(value);
    return NULL;
}

static int add_piece(const char *text, size_t size, void *b)
{
    buffer_add(b, text, size);
    return 0;
}

/* Not by json_dumps(): it passes over the failure to add a key, and leaves the key out. A buffer remembers it. */
void buffer_add_json(buffer *b, const json_t *value, size_t flags)
{
    if (!value || json_dump_callback(value, add_piece, b, flags) != 0)
        b->failed = true;
}
