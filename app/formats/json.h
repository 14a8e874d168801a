/* JSON, and the one place that includes jansson. Any function of jansson's may run out of memory. */
#pragma once

#include <jansson.h>

#include "base/buffer.h"

/* Parses an object or array without duplicate keys. NULL if it is not one, or if memory ran out, as *ran_out tells. */
json_t *json_parse(const char *text, size_t size, json_error_t *error, bool *ran_out);

/* The value if it is whole. Otherwise frees it and returns NULL, which jansson's functions take for a failure. */
json_t *json_if_whole(json_t *value, bool is_whole);

/* Appends a value to a list, which takes it over. If memory ran out for either, frees both and sets *list to NULL. */
void json_list_add(json_t **list, json_t *value);

/* The same for a value of an object. */
void json_set(json_t **object, const char *key, json_t *value);

/* Adds the text of an object or array, in the form that jansson's flags say. The buffer fails for NULL. */
void buffer_add_json(buffer *b, const json_t *value, size_t flags);
