#include "formats/json.h"

#include <stdlib.h>

/* Whether an allocation of jansson's failed while it parsed: it tells its allocator nothing of who asks. */
static bool failed;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    failed = failed || !memory;
    return memory;
}

/* jansson calls a token wrong that it has no memory for, and leaves characters out of a string that cannot grow, as
 * if all were well. */
json_t *json_parse(const char *text, size_t size, json_error_t *error, bool *ran_out)
{
    json_malloc_t usual_malloc;
    json_free_t usual_free;
    json_get_alloc_funcs(&usual_malloc, &usual_free);
    json_set_alloc_funcs(allocate, usual_free);
    failed = false;
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
    json_set_alloc_funcs(usual_malloc, usual_free);
    *ran_out = failed;
    return json_if_whole(value, !failed);
}

json_t *json_if_whole(json_t *value, bool is_whole)
{
    if (is_whole)
        return value;
    json_decref(value);
    return NULL;
}

void json_list_add(json_t **list, json_t *value)
{
    *list = json_if_whole(*list, json_array_append_new(*list, value) == 0);
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
