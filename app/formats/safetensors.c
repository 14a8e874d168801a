#include "formats/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "base/write.h"

/*
 * The format (https://github.com/huggingface/safetensors): 8 bytes with the length of the header, lowest first; the
 * header, a JSON object that gives for each tensor its type, shape and offsets in the data, and strings under
 * __metadata__; the data, lowest byte of each value first.
 */
enum { LENGTH_BYTES = 8, HEADER_ALIGNMENT = 8 };

static const size_t MAX_TENSOR_BYTES = (size_t)1 << 40;

static const struct {
    const char *name;
    size_t value_bytes;
} types[] = {[TENSOR_F32] = {"F32", sizeof(float)}, [TENSOR_F64] = {"F64", sizeof(double)}};

static size_t count_values(const tensor *t)
{
    size_t n = 1;
    for (size_t i = 0; i < t->n_dimensions; i++)
        n *= t->shape[i];
    return n;
}

static void add_values(buffer *b, const tensor *t)
{
    if (t->type == TENSOR_F32)
        buffer_add_floats(b, count_values(t), t->values);
    else
        buffer_add_doubles(b, count_values(t), t->values);
}

static json_t *describe(const tensor *t, size_t begin)
{
    json_t *shape = json_array();
    for (size_t i = 0; i < t->n_dimensions; i++)
        json_list_add(&shape, json_integer((json_int_t)t->shape[i]));
    const size_t end = begin + count_values(t) * types[t->type].value_bytes;
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", types[t->type].name, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

/* The header; NULL if memory ran out. Takes over the reference to metadata. */
static json_t *make_header(json_t *metadata, size_t n_tensors, const tensor *tensors)
{
    json_t *header = metadata ? json_pack("{s:o}", "__metadata__", metadata) : NULL;
    size_t begin = 0;
    for (size_t i = 0; i < n_tensors; i++) {
        json_set(&header, tensors[i].name, describe(&tensors[i], begin));
        begin += count_values(&tensors[i]) * types[tensors[i].type].value_bytes;
    }
    return header;
}

status safetensors_write(const char *path, json_t *metadata, size_t n_tensors, const tensor *tensors, failure *f)
{
    json_t *header = make_header(metadata, n_tensors, tensors);
    buffer text = {0}, content = {0};
    buffer_add_json(&text, header, JSON_COMPACT);
    const size_t padded = (text.size + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    buffer_add_number(&content, padded, LENGTH_BYTES);
    buffer_add(&content, text.data, text.size);
    buffer_print(&content, "%*s", (int)(padded - text.size), "");
    for (size_t i = 0; i < n_tensors; i++)
        add_values(&content, &tensors[i]);
    content.failed = content.failed || text.failed;
    free(text.data);
    json_decref(header);
    return write_buffer(path, &content, f);
}

status safetensors_open(const char *name, const uint8_t *content, size_t size, size_t max_header_bytes,
                        safetensors *file, failure *f)
{
    if (size < LENGTH_BYTES)
        return fail(f, "%s: is %zu bytes, too short for a safetensors file", name, size);
    const uint64_t header_size = number_of_bytes(content, LENGTH_BYTES);
    if (header_size > max_header_bytes || header_size > size - LENGTH_BYTES)
        return fail(f, "%s: not a safetensors file: a header of %ju bytes in a file of %zu, expected at most %zu",
                    name, (uintmax_t)header_size, size, max_header_bytes);
    json_error_t error;
    bool ran_out;
    json_t *header = json_parse((const char *)content + LENGTH_BYTES, (size_t)header_size, &error, &ran_out);
    if (ran_out)
        return fail_memory(f);
    if (!header)
        return fail(f, "%s: not a safetensors file: its header is not JSON: %.120s", name, error.text);
    *file = (safetensors){.name = name,
                          .header = header,
                          .metadata = json_object_get(header, "__metadata__"),
                          .data = content + LENGTH_BYTES + header_size,
                          .data_size = size - LENGTH_BYTES - (size_t)header_size};
    return STATUS_OK;
}

void safetensors_close(safetensors *file)
{
    json_decref(file->header);
    *file = (safetensors){0};
}

static bool json_to_size(const json_t *value, size_t *n)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *n = (size_t)json_integer_value(value);
    return true;
}

status safetensors_find(const safetensors *file, const char *name, tensor_type type, size_t n_dimensions,
                        tensor_place *place, failure *f)
{
    const json_t *object = json_object_get(file->header, name);
    const json_t *shape = json_object_get(object, "shape"), *offsets = json_object_get(object, "data_offsets");
    const char *found = json_string_value(json_object_get(object, "dtype"));
    if (!object)
        return fail(f, "%s: has no tensor '%s'", file->name, name);
    if (!found || strcmp(found, types[type].name) != 0)
        return fail(f, "%s: the type of '%s' is %.16s, expected %s", file->name, name, found ? found : "missing",
                    types[type].name);
    if (json_array_size(shape) != n_dimensions)
        return fail(f, "%s: '%s' has %zu dimensions, expected %zu", file->name, name, json_array_size(shape),
                    n_dimensions);
    size_t n_bytes = types[type].value_bytes;
    for (size_t i = 0; i < n_dimensions; i++) {
        if (!json_to_size(json_array_get(shape, i), &place->shape[i]) || place->shape[i] == 0 ||
            place->shape[i] > MAX_TENSOR_BYTES / n_bytes)
            return fail(f, "%s: dimension %zu of '%s' is out of range", file->name, i + 1, name);
        n_bytes *= place->shape[i];
    }
    if (json_array_size(offsets) != 2 || !json_to_size(json_array_get(offsets, 0), &place->begin) ||
        !json_to_size(json_array_get(offsets, 1), &place->end) || place->begin > place->end ||
        place->end > file->data_size)
        return fail(f, "%s: the offsets of '%s' do not lie within the %zu bytes of data", file->name, name,
                    file->data_size);
    if (place->end - place->begin != n_bytes)
        return fail(f, "%s: '%s' has %zu bytes, its shape needs %zu", file->name, name, place->end - place->begin,
                    n_bytes);
    return STATUS_OK;
}

status safetensors_check_places(const safetensors *file, size_t n_places, const tensor_place *places, failure *f)
{
    size_t n_bytes = 0;
    bool ok = json_object_size(file->header) == n_places + (file->metadata ? 1 : 0);
    if (!ok)
        return fail(f, "%s: has tensors besides those expected", file->name);
    for (size_t i = 0; i < n_places; i++) {
        n_bytes += places[i].end - places[i].begin;
        for (size_t j = 0; j < i; j++)
            ok = ok && (places[i].begin >= places[j].end || places[j].begin >= places[i].end);
    }
    if (!ok || n_bytes != file->data_size)
        return fail(f, "%s: its tensors overlap, or do not fill the %zu bytes of data", file->name,
                    file->data_size);
    return STATUS_OK;
}

void safetensors_floats(const safetensors *file, const tensor_place *place, float *values)
{
    for (size_t i = 0; i < (place->end - place->begin) / sizeof *values; i++) {
        const uint32_t bits = (uint32_t)number_of_bytes(file->data + place->begin + i * sizeof bits, sizeof bits);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

void safetensors_doubles(const safetensors *file, const tensor_place *place, double *values)
{
    for (size_t i = 0; i < (place->end - place->begin) / sizeof *values; i++) {
        const uint64_t bits = number_of_bytes(file->data + place->begin + i * sizeof bits, sizeof bits);
        memcpy(&values[i], &bits, sizeof bits);
    }
}

const char *safetensors_note(const safetensors *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}
