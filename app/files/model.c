#include "files/model.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/read.h"
#include "files/write.h"
#include "text.h"

/*
 * The format: 8 bytes with the length of the header, lowest first; the header, a JSON object that gives for
 * each tensor its type, shape and offsets behind the header, and strings under __metadata__; the tensors.
 */
static const char FORMAT[] = "mnist-1";

enum { LENGTH_BYTES = 8, MAX_HEADER_BYTES = 1 << 16, HEADER_ALIGNMENT = 8 };

static const size_t MAX_MODEL_BYTES = (size_t)1 << 30;

status model_create(size_t n_classes, size_t n_rows, size_t n_columns, model *m, failure *f)
{
    const size_t n_features = n_rows * n_columns;
    model made = {.n_classes = n_classes, .n_rows = n_rows, .n_columns = n_columns, .n_features = n_features};
    made.weight = calloc(n_classes, n_features * sizeof *made.weight);
    made.bias = calloc(n_classes, sizeof *made.bias);
    if (!made.weight || !made.bias) {
        model_destroy(&made);
        return fail_memory(f);
    }
    *m = made;
    return STATUS_OK;
}

void model_destroy(model *m)
{
    free(m->bias);
    free(m->weight);
    *m = (model){0};
}

void model_add_note(model *m, const char *key, const char *format, ...)
{
    if (m->n_notes == MODEL_MAX_NOTES)
        return;
    model_note *note = &m->notes[m->n_notes++];
    va_list arguments;
    va_start(arguments, format);
    (void)snprintf(note->key, sizeof note->key, "%s", key);
    (void)vsnprintf(note->value, sizeof note->value, format, arguments);
    va_end(arguments);
    clean_text(note->value, true); /* it may have been cut within a character */
}

sm_model model_view(const model *m)
{
    return (sm_model){m->n_classes, m->n_features, m->weight, m->bias};
}

/* ---------------------------------------------------------------------------------------------- */

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void add_floats(buffer *b, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = bits_of(values[i]);
        const uint8_t little_endian[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
                                          (uint8_t)(bits >> 24)};
        buffer_add(b, little_endian, sizeof little_endian);
    }
}

static void parse_floats(const uint8_t *content, size_t n, float *values)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = content + 4 * i;
        values[i] = from_bits((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
    }
}

/* ---------------------------------------------------------------------------------------------- */

static json_t *count_as_string(size_t n)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%zu", n);
    return json_string(text);
}

static char *make_header(const model *m)
{
    const json_int_t k = (json_int_t)m->n_classes, d = (json_int_t)m->n_features;
    json_t *metadata =
        json_pack("{s:s, s:o, s:o, s:s, s:s, s:o}", "format", FORMAT, "image_rows", count_as_string(m->n_rows),
                  "image_columns", count_as_string(m->n_columns), "features", "pixels", "input",
                  "pixels divided by 255", "classes", count_as_string(m->n_classes));
    for (size_t i = 0; metadata && i < m->n_notes; i++)
        (void)json_object_set_new(metadata, m->notes[i].key, json_string(m->notes[i].value));
    json_t *header =
        json_pack("{s:o, s:{s:s, s:[I,I], s:[I,I]}, s:{s:s, s:[I], s:[I,I]}}", "__metadata__", metadata, "weight",
                  "dtype", "F32", "shape", k, d, "data_offsets", (json_int_t)0, 4 * k * d, "bias", "dtype", "F32",
                  "shape", k, "data_offsets", 4 * k * d, 4 * k * (d + 1));
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    return text;
}

status model_write(const char *path, const model *m, failure *f)
{
    char *header = make_header(m);
    if (!header)
        return fail_memory(f);
    const size_t header_size = strlen(header);
    const size_t padded = (header_size + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    buffer content = {0};
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        buffer_add(&content, &(uint8_t){(uint8_t)((uint64_t)padded >> (8 * i))}, 1);
    buffer_print(&content, "%s%*s", header, (int)(padded - header_size), "");
    add_floats(&content, m->weight, m->n_classes * m->n_features);
    add_floats(&content, m->bias, m->n_classes);
    free(header);
    return write_buffer(path, &content, f);
}

/* ---------------------------------------------------------------------------------------------- */

/* A tensor as the header describes it. */
typedef struct tensor {
    size_t n_dimensions;
    size_t shape[2];
    size_t begin, end; /* offsets behind the header */
} tensor;

static bool json_to_size(const json_t *value, size_t *n)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *n = (size_t)json_integer_value(value);
    return true;
}

static status parse_tensor(const char *name, const json_t *header, const char *key, size_t n_dimensions,
                           size_t data_size, tensor *t, failure *f)
{
    const json_t *object = json_object_get(header, key);
    const json_t *shape = json_object_get(object, "shape"), *offsets = json_object_get(object, "data_offsets");
    const char *type = json_string_value(json_object_get(object, "dtype"));
    if (!object)
        return fail(f, "%s: has no tensor '%s'", name, key);
    if (!type || strcmp(type, "F32") != 0)
        return fail(f, "%s: the type of '%s' is %.16s, expected F32", name, key, type ? type : "missing");
    if (json_array_size(shape) != n_dimensions)
        return fail(f, "%s: '%s' has %zu dimensions, expected %zu", name, key, json_array_size(shape),
                    n_dimensions);
    size_t n_values = 1;
    for (size_t i = 0; i < n_dimensions; i++) {
        if (!json_to_size(json_array_get(shape, i), &t->shape[i]) || t->shape[i] == 0 ||
            t->shape[i] > MAX_MODEL_BYTES / sizeof(float) / n_values)
            return fail(f, "%s: dimension %zu of '%s' is out of range", name, i + 1, key);
        n_values *= t->shape[i];
    }
    if (json_array_size(offsets) != 2 || !json_to_size(json_array_get(offsets, 0), &t->begin) ||
        !json_to_size(json_array_get(offsets, 1), &t->end) || t->begin > t->end || t->end > data_size)
        return fail(f, "%s: the offsets of '%s' do not lie within the %zu bytes of data", name, key, data_size);
    if (t->end - t->begin != n_values * sizeof(float))
        return fail(f, "%s: '%s' has %zu bytes, its shape takes %zu", name, key, t->end - t->begin,
                    n_values * sizeof(float));
    t->n_dimensions = n_dimensions;
    return STATUS_OK;
}

static status parse_count(const char *name, const json_t *metadata, const char *key, size_t *n, failure *f)
{
    const char *text = json_string_value(json_object_get(metadata, key));
    char *end = NULL;
    const unsigned long long value = text ? strtoull(text, &end, 10) : 0;
    const bool is_number = text && *text >= '1' && *text <= '9' && *end == '\0';
    if (!is_number || value > MAX_MODEL_BYTES)
        return fail(f, "%s: its metadata has no %s, or not a number from 1 up", name, key);
    *n = (size_t)value;
    return STATUS_OK;
}

/* Other writers need not name a format, but must not name another one. */
static status check_format(const char *name, const json_t *metadata, failure *f)
{
    const char *format = json_string_value(json_object_get(metadata, "format"));
    if (format && strcmp(format, FORMAT) != 0)
        return fail(f, "%s: its format is '%.64s', expected '%s'", name, format, FORMAT);
    const char *features = json_string_value(json_object_get(metadata, "features"));
    if (!features || strcmp(features, "pixels") != 0)
        return fail(f, "%s: its features are '%.64s', expected 'pixels'", name, features ? features : "missing");
    return STATUS_OK;
}

/* The strings under __metadata__ that are not spelt out in struct model. */
static void keep_notes(const json_t *metadata, model *m)
{
    static const char *const known[] = {"format",  "image_rows", "image_columns", "features", "input",
                                        "classes", NULL};
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value)
    {
        bool is_known = false;
        for (size_t i = 0; known[i]; i++)
            is_known = is_known || strcmp(key, known[i]) == 0;
        if (!is_known && json_is_string(value))
            model_add_note(m, key, "%s", json_string_value(value));
    }
}

static status check_tensors(const char *name, const tensor *weight, const tensor *bias, size_t n_pixels,
                            size_t data_size, failure *f)
{
    if (weight->shape[0] > SM_MAX_CLASSES)
        return fail(f, "%s: has %zu classes, expected at most %d", name, weight->shape[0], SM_MAX_CLASSES);
    if (weight->shape[0] != bias->shape[0])
        return fail(f, "%s: weights of %zu classes, but biases of %zu", name, weight->shape[0], bias->shape[0]);
    if (weight->shape[1] != n_pixels)
        return fail(f, "%s: %zu weights a class, but images of %zu pixels", name, weight->shape[1], n_pixels);
    const bool in_order = weight->begin == 0 && bias->begin == weight->end && bias->end == data_size;
    const bool swapped = bias->begin == 0 && weight->begin == bias->end && weight->end == data_size;
    if (!in_order && !swapped)
        return fail(f, "%s: its tensors overlap, or do not fill the %zu bytes of data", name, data_size);
    return STATUS_OK;
}

static status check_finite(const char *name, const char *key, const float *values, size_t n, failure *f)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return fail(f, "%s: value %zu of '%s' is not a finite number", name, i, key);
    return STATUS_OK;
}

static status parse_values(const char *name, const uint8_t *data, const tensor *weight, const tensor *bias,
                           model *m, failure *f)
{
    parse_floats(data + weight->begin, m->n_classes * m->n_features, m->weight);
    parse_floats(data + bias->begin, m->n_classes, m->bias);
    const status result = check_finite(name, "weight", m->weight, m->n_classes * m->n_features, f);
    return result == STATUS_OK ? check_finite(name, "bias", m->bias, m->n_classes, f) : result;
}

static status parse_header(const char *name, const json_t *header, const uint8_t *data, size_t data_size, model *m,
                           failure *f)
{
    const json_t *metadata = json_object_get(header, "__metadata__");
    const size_t n_known = 2 + (metadata ? 1 : 0);
    tensor weight = {0}, bias = {0};
    size_t n_rows = 0, n_columns = 0;
    status result = parse_tensor(name, header, "weight", 2, data_size, &weight, f);
    if (result == STATUS_OK)
        result = parse_tensor(name, header, "bias", 1, data_size, &bias, f);
    if (result == STATUS_OK && json_object_size(header) != n_known)
        result = fail(f, "%s: has tensors besides 'weight' and 'bias'", name);
    if (result == STATUS_OK)
        result = check_format(name, metadata, f);
    if (result == STATUS_OK)
        result = parse_count(name, metadata, "image_rows", &n_rows, f);
    if (result == STATUS_OK)
        result = parse_count(name, metadata, "image_columns", &n_columns, f);
    if (result == STATUS_OK)
        result = check_tensors(name, &weight, &bias, n_rows * n_columns, data_size, f);
    model parsed = {0};
    if (result == STATUS_OK)
        result = model_create(weight.shape[0], n_rows, n_columns, &parsed, f);
    if (result == STATUS_OK)
        result = parse_values(name, data, &weight, &bias, &parsed, f);
    if (result != STATUS_OK) {
        model_destroy(&parsed);
        return result;
    }
    keep_notes(metadata, &parsed);
    *m = parsed;
    return STATUS_OK;
}

status model_parse(const char *name, const uint8_t *content, size_t size, model *m, failure *f)
{
    uint64_t header_size = 0;
    if (size < LENGTH_BYTES)
        return fail(f, "%s: is %zu bytes, too short for a model in safetensors", name, size);
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        header_size |= (uint64_t)content[i] << (8 * i);
    if (header_size > MAX_HEADER_BYTES || header_size > size - LENGTH_BYTES)
        return fail(f,
                    "%s: not a model in safetensors: a header of %ju bytes in a file of %zu, expected at most %d",
                    name, (uintmax_t)header_size, size, MAX_HEADER_BYTES);
    json_error_t error;
    json_t *header =
        json_loadb((const char *)content + LENGTH_BYTES, (size_t)header_size, JSON_REJECT_DUPLICATES, &error);
    if (!header)
        return fail(f, "%s: not a model in safetensors: its header is not JSON: %.120s", name, error.text);
    const size_t data_at = LENGTH_BYTES + (size_t)header_size;
    const status result = parse_header(name, header, content + data_at, size - data_at, m, f);
    json_decref(header);
    return result;
}

status model_read(const char *path, model *m, failure *f)
{
    bytes content;
    status result = read_file(path, MAX_MODEL_BYTES, &content, f);
    if (result != STATUS_OK)
        return result;
    result = model_parse(path, content.data, content.size, m, f);
    free(content.data);
    return result;
}
