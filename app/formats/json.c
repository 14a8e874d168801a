#include "formats/json.h"

#include <errno.h>

/* The text for jansson to read, and whether it ran out of memory. */
typedef struct json_source {
    const char *text;
    size_t size, n_read;
    bool ran_out;
} json_source;

static bool has_run_out(json_source *source)
{
    source->ran_out = source->ran_out || errno == ENOMEM;
    return source->ran_out;
}

/* Hands out one byte. Where jansson has no memory for a character of a string, it leaves the character out, without an
 * error; only malloc() has set errno. That is looked at between any two bytes, since a number sets errno to 0. */
static size_t read_byte(void *byte, size_t size, void *data)
{
    json_source *source = data;
    if (size == 0 || has_run_out(source) || source->n_read == source->size)
        return 0;
    *(char *)byte = source->text[source->n_read++];
    return 1;
}

json_t *json_parse(const char *text, size_t size, json_error_t *error, bool *ran_out)
{
    json_source source = {.text = text, .size = size};
    errno = 0;
    json_t *value = json_load_callback(read_byte, &source, JSON_REJECT_DUPLICATES, error);
    *ran_out = has_run_out(&source);
    return json_if_whole(value, !*ran_out);
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

void json_set(json_t **object, const char *key, json_t *value)
{
    *object = json_if_whole(*object, json_object_set_new(*object, key, value) == 0);
}

static int add_text(const char *text, size_t size, void *b)
{
    buffer_add(b, text, size);
    return 0;
}

/* Not by json_dumps(), which leaves a key out, without an error, that it fails to add. A buffer remembers the failure. */
void buffer_add_json(buffer *b, const json_t *value, size_t flags)
{
    if (!value || json_dump_callback(value, add_text, b, flags) != 0)
        b->failed = true;
}
