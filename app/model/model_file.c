#include "model/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/json.h"
#include "base/digest.h"
#include "base/read.h"
#include "base/write.h"
#include "formats/safetensors.h"

static const char FORMAT[] = "mnist-1";

enum { MAX_HEADER_BYTES = 1 << 16 };

static const double MIN_TEMPERATURE = 1e-3, MAX_TEMPERATURE = 1e3;

static const size_t MAX_MODEL_BYTES =
    ((size_t)MODEL_MAX_WEIGHTS + SM_MAX_CLASSES) * sizeof(float) + MAX_HEADER_BYTES;

void model_pack(const model *m, buffer *b)
{
    char features[FEATURES_TEXT_SIZE];
    features_print(&m->features, features);
    json_t *metadata =
        json_pack("{s:s, s:o, s:o, s:s, s:s, s:o}", "format", FORMAT, "image_rows", json_sprintf("%zu", m->n_rows),
                  "image_columns", json_sprintf("%zu", m->n_columns), "features", features, "input",
                  features_map(&m->features)->input, "classes", json_sprintf("%zu", m->n_classes));
    if (m->names) {
        char names[CLASS_NAMES_TEXT_SIZE];
        class_names_print(m->names, names);
        json_set(&metadata, "class_names", json_string(names));
    }
    for (size_t i = 0; i < m->n_notes; i++)
        json_set(&metadata, m->notes[i].key, json_string(m->notes[i].value));
    const tensor tensors[] = {
        {"weight", TENSOR_F32, 2, {m->n_classes, m->n_features}, m->weight},
        {"bias", TENSOR_F32, 1, {m->n_classes}, m->bias},
    };
    safetensors_pack(metadata, sizeof tensors / sizeof *tensors, tensors, b);
}

status model_write(const char *path, const model *m, failure *f)
{
    buffer content = {0};
    model_pack(m, &content);
    return write_buffer(path, &content, f);
}

static status parse_count(const safetensors *file, const char *key, size_t *n, failure *f)
{
    const char *text = safetensors_note(file, key);
    char *end = NULL;
    const unsigned long long value = text ? strtoull(text, &end, 10) : 0;
    const bool is_number = text && *text >= '1' && *text <= '9' && *end == '\0';
    if (!is_number || value > MAX_MODEL_BYTES)
        return fail(f, "%s: its metadata has no %s, or not a number from 1 up", file->name, key);
    *n = (size_t)value;
    return STATUS_OK;
}

static status parse_features(const safetensors *file, model *m, failure *f)
{
    const char *text = safetensors_note(file, "features");
    failure why = {""};
    if (!text)
        return fail(f, "%s: its metadata has no features", file->name);
    if (features_parse(text, &m->features, &why) != STATUS_OK)
        return fail(f, "%s: its features are '%.64s': %s", file->name, text, why.text);
    return STATUS_OK;
}

/* Keeps the strings of the metadata that have no field of their own in struct model. */
static void keep_notes(const json_t *metadata, model *m)
{
    static const char *const known[] = {"format", "image_rows", "image_columns", "features",
                                        "input",  "classes",    "class_names",   NULL};
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

/* A model that was not calibrated has no temperature. */
static status parse_temperature(const safetensors *file, double *temperature, failure *f)
{
    const char *text = safetensors_note(file, "temperature");
    char *end = NULL;
    if (!text)
        return STATUS_OK;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= MIN_TEMPERATURE && value <= MAX_TEMPERATURE))
        return fail(f, "%s: its temperature is '%.64s', expected a number from %g to %g", file->name, text,
                    MIN_TEMPERATURE, MAX_TEMPERATURE);
    *temperature = value;
    return STATUS_OK;
}

/* The classes of a table have names, since its labels can be any text; those of images may have. */
static status parse_names(const safetensors *file, model *m, failure *f)
{
    const char *text = safetensors_note(file, "class_names");
    if (!text && !features_are_columns(&m->features))
        return STATUS_OK;
    if (!text)
        return fail(f, "%s: its metadata has no class_names, which a model of a table has", file->name);
    m->names = calloc(1, sizeof *m->names);
    if (!m->names)
        return fail_memory(f);
    if (!class_names_parse(text, m->names))
        return fail(f, "%s: its class_names are not distinct names of 1 to 31 bytes, one per line", file->name);
    if (m->names->n != m->n_classes)
        return fail(f, "%s: has %zu class_names for %zu classes", file->name, m->names->n, m->n_classes);
    return STATUS_OK;
}

/* Reads the header: *m gets the shapes of its arrays, but no arrays yet. */
static status parse_metadata(const safetensors *file, model *m, failure *f)
{
    const char *format = safetensors_note(file, "format");
    failure why = {""};
    /* Other writers need not name the format, but must not name another one. */
    if (format && strcmp(format, FORMAT) != 0)
        return fail(f, "%s: its format is '%.64s', expected '%s'", file->name, format, FORMAT);
    status result = parse_features(file, m, f);
    if (result == STATUS_OK)
        result = parse_count(file, "image_rows", &m->n_rows, f);
    if (result == STATUS_OK)
        result = parse_count(file, "image_columns", &m->n_columns, f);
    if (result == STATUS_OK &&
        features_count(&m->features, m->n_rows, m->n_columns, &m->n_features, &why) != STATUS_OK)
        result = fail(f, "%s: %s", file->name, why.text);
    return result == STATUS_OK ? parse_temperature(file, &m->temperature, f) : result;
}

static status check_shapes(const char *name, const size_t *weight, size_t n_biases, size_t n_features, failure *f)
{
    if (weight[0] > SM_MAX_CLASSES)
        return fail(f, "%s: has %zu classes, expected at most %d", name, weight[0], SM_MAX_CLASSES);
    if (weight[0] != n_biases)
        return fail(f, "%s: weights of %zu classes, but biases of %zu", name, weight[0], n_biases);
    if (weight[0] * weight[1] > MODEL_MAX_WEIGHTS)
        return fail(f, "%s: has %zu weights, expected at most %d", name, weight[0] * weight[1], MODEL_MAX_WEIGHTS);
    if (weight[1] != n_features)
        return fail(f, "%s: %zu weights a class, but images of %zu features", name, weight[1], n_features);
    return STATUS_OK;
}

static status read_values(const char *name, const tensor *t, size_t n, float *values, failure *f)
{
    safetensors_values(t, values);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return fail(f, "%s: value %zu of '%s' is not a finite number", name, i, t->name);
    return STATUS_OK;
}

/* Fills in *m, which is for model_destroy, also after a failure. */
static status parse_file(const safetensors *file, model *m, failure *f)
{
    tensor tensors[] = {{"weight", TENSOR_F32, 2, {0}, NULL}, {"bias", TENSOR_F32, 1, {0}, NULL}};
    status result = safetensors_find(file, 2, tensors, f);
    if (result == STATUS_OK)
        result = parse_metadata(file, m, f);
    if (result == STATUS_OK)
        result = check_shapes(file->name, tensors[0].shape, tensors[1].shape[0], m->n_features, f);
    m->n_classes = tensors[1].shape[0];
    if (result == STATUS_OK)
        result = parse_names(file, m, f);
    if (result == STATUS_OK)
        result = model_allocate(m, f);
    if (result == STATUS_OK)
        result = read_values(file->name, &tensors[0], m->n_classes * m->n_features, m->weight, f);
    if (result == STATUS_OK)
        result = read_values(file->name, &tensors[1], m->n_classes, m->bias, f);
    keep_notes(file->metadata, m);
    return result;
}

status model_parse(const char *name, const uint8_t *content, size_t size, model *m, failure *f)
{
    safetensors file = {0};
    model parsed = {.temperature = 1};
    status result = safetensors_open(name, content, size, MAX_HEADER_BYTES, &file, f);
    if (result == STATUS_OK)
        result = parse_file(&file, &parsed, f);
    safetensors_close(&file);
    if (result == STATUS_OK)
        *m = parsed;
    else
        model_destroy(&parsed);
    return result;
}

status model_read(const char *path, model *m, char *sha256, failure *f)
{
    bytes content;
    status result = read_file(path, MAX_MODEL_BYTES, &content, f);
    if (result != STATUS_OK)
        return result;
    result = model_parse(path, content.data, content.size, m, f);
    if (sha256)
        sha256_text(content.data, content.size, sha256);
    free(content.data);
    return result;
}
