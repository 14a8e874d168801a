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
    return t->shape[0] * (t->n_dimensions == 2 ? t->shape[1] : 1);
}

static size_t count_bytes(const tensor *t)
{
    return count_values(t) * types[t->type].value_bytes;
}

static json_t *describe(const tensor *t, size_t begin)
{
    json_t *shape = json_array();
    const size_t end = begin + count_bytes(t);
    for (size_t i = 0; i < t->n_dimensions; i++)
        json_list_add(&shape, json_integer((json_int_t)t->shape[i]));
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
        begin += count_bytes(&tensors[i]);
    }
    return header;
}

void safetensors_pack(json_t *metadata, size_t n_tensors, const tensor *tensors, buffer *b)
{
    json_t *header = make_header(metadata, n_tensors, tensors);
    buffer text = {0};
    buffer_add_json(&text, header, JSON_COMPACT);
    const size_t padded = (text.size + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    buffer_add_number(b, padded, LENGTH_BYTES);
    buffer_add(b, text.data, text.size);
    buffer_print(b, "%*s", (int)(padded - text.size), "");
    for (size_t i = 0; i < n_tensors; i++)
        buffer_add_values(b, count_values(&tensors[i]), types[tensors[i].type].value_bytes, tensors[i].values);
    b->failed = b->failed || text.failed;
    free(text.data);
    json_decref(header);
}

status safetensors_write(const char *path, json_t *metadata, size_t n_tensors, const tensor *tensors, failure *f)
{
    buffer content = {0};
    safetensors_pack(metadata, n_tensors, tensors, &content);
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

static status find_tensor(const safetensors *file, tensor *t, failure *f)
{
    const json_t *object = json_object_get(file->header, t->name);
    const json_t *shape = json_object_get(object, "shape"), *offsets = json_object_get(object, "data_offsets");
    const char *found = json_string_value(json_object_get(object, "dtype")), *expected = types[t->type].name;
    size_t n_bytes = types[t->type].value_bytes, begin, end;
    if (!object)
        return fail(f, "%s: has no tensor '%s'", file->name, t->name);
    if (!found || strcmp(found, expected) != 0)
        return fail(f, "%s: the type of '%s' is %.16s, expected %s", file->name, t->name, found ? found : "missing",
                    expected);
    if (json_array_size(shape) != t->n_dimensions)
        return fail(f, "%s: '%s' has %zu dimensions, expected %zu", file->name, t->name, json_array_size(shape),
                    t->n_dimensions);
    for (size_t i = 0; i < t->n_dimensions; i++) {
        if (!json_to_size(json_array_get(shape, i), &t->shape[i]) || t->shape[i] == 0 ||
            t->shape[i] > MAX_TENSOR_BYTES / n_bytes)
            return fail(f, "%s: dimension %zu of '%s' is out of range", file->name, i + 1, t->name);
        n_bytes *= t->shape[i];
    }
    if (json_array_size(offsets) != 2 || !json_to_size(json_array_get(offsets, 0), &begin) ||
        !json_to_size(json_array_get(offsets, 1), &end) || begin > end || end > file->data_size)
        return fail(f, "%s: the offsets of '%s' do not lie within the %zu bytes of data", file->name, t->name,
                    file->data_size);
    if (end - begin != n_bytes)
        return fail(f, "%s: '%s' has %zu bytes, its shape needs %zu", file->name, t->name, end - begin, n_bytes);
    t->values = file->data + begin;
    return STATUS_OK;
}

static bool overlap(const tensor *a, const tensor *b)
{
    const uint8_t *of_a = a->values, *of_b = b->values;
    return of_a < of_b + count_bytes(b) && of_b < of_a + count_bytes(a);
}

status safetensors_find(const safetensors *file, size_t n_tensors, tensor *tensors, failure *f)
{
    size_t n_bytes = 0;
    bool ok = true;
    for (size_t i = 0; i < n_tensors; i++) {
        const status found = find_tensor(file, &tensors[i], f);
        if (found != STATUS_OK)
            return found;
        n_bytes += count_bytes(&tensors[i]);
        for (size_t j = 0; j < i; j++)
            ok = ok && !overlap(&tensors[i], &tensors[j]);
    }
    if (json_object_size(file->header) != n_tensors + (file->metadata ? 1 : 0))
        return fail(f, "%s: has tensors besides those expected", file->name);
    if (!ok || n_bytes != file->data_size)
        return fail(f, "%s: its tensors overlap, or do not fill the %zu bytes of data", file->name,
                    file->data_size);
    return STATUS_OK;
}

void safetensors_values(const tensor *t, void *values)
{
    copy_lowest_first(count_values(t), types[t->type].value_bytes, t->values, values);
}

const char *safetensors_note(const safetensors *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}
