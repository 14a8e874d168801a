#include "model/c_header.h"

#include <math.h>
#include <string.h>

#include "base/sizes.h"
#include "model/c_header/files.h"
#include "model/c_header_patches.h"
#include "model/c_numbers.h"

enum { LARGEST = 127 };

/* What a header needs for the features of a map. */
typedef struct header_kind {
    const feature_map *map;
    const char *template;
    const char *score_function; /* of the template */
} header_kind;

static const header_kind kinds[] = {
    {&feature_map_pixels, c_header_pixels, "digit_score_pixels"},
    {&feature_map_deskew, c_header_deskew, "digit_score_upright"},
    {&feature_map_patches, c_header_patches, "digit_score_patches"},
};

static const header_kind *find_kind(const feature_map *map)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].map == map)
            return &kinds[i];
    return NULL;
}

bool c_header_takes(const feature_map *map)
{
    return find_kind(map);
}

/* The values of the names in a template. */
typedef struct header_export {
    const model *m;
    const header_kind *kind;
    const feature_transform *t;
    bool quantized;
} header_export;

/* The weight that a whole number of 1 means for a class. */
static float step_of(const model *m, size_t k)
{
    float largest = 0;
    for (size_t i = 0; i < m->n_features; i++)
        largest = fmaxf(largest, fabsf(m->weight[k * m->n_features + i]));
    return largest / LARGEST;
}

static void print_weights(const header_export *e, buffer *b)
{
    const model *m = e->m;
    for (size_t k = 0; k < m->n_classes; k++) {
        const float *weights = m->weight + k * m->n_features;
        buffer_print(b, "%s  {\n", k > 0 ? "\n" : "");
        if (e->quantized)
            c_steps_print(m->n_features, weights, step_of(m, k), b);
        else
            c_floats_print(m->n_features, weights, b);
        buffer_print(b, "\n  },");
    }
}

/* A sum's unit: scores are divided by the temperature, and sums of bytes multiplied by their unit, in place of each
 * feature. */
static void print_scales(const header_export *e, buffer *b)
{
    const double unit = e->kind->map->unit / e->m->temperature;
    float scales[SM_MAX_CLASSES];
    for (size_t k = 0; k < e->m->n_classes; k++)
        scales[k] = (float)((e->quantized ? (double)step_of(e->m, k) : 1) * unit);
    c_floats_print(e->m->n_classes, scales, b);
}

static void print_biases(const header_export *e, buffer *b)
{
    float biases[SM_MAX_CLASSES];
    for (size_t k = 0; k < e->m->n_classes; k++)
        biases[k] = (float)((double)e->m->bias[k] / e->m->temperature);
    c_floats_print(e->m->n_classes, biases, b);
}

static const char *sum_type(const header_export *e)
{
    if (!e->quantized)
        return "float";
    return e->m->n_features <= INT32_MAX / (255 * LARGEST) ? "int32_t" : "int64_t";
}

static bool print_size(const header_export *e, const char *name, buffer *b)
{
    const model *m = e->m;
    const size_t weight_bytes = e->quantized ? 1 : sizeof(float);
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"rows", m->n_rows},
                 {"columns", m->n_columns},
                 {"pixels", m->n_rows * m->n_columns},
                 {"features", m->n_features},
                 {"classes", m->n_classes},
                 {"bytes", m->n_classes * (m->n_features * weight_bytes + 2 * sizeof(float))}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(name, sizes[i].name) == 0) {
            buffer_print(b, "%zu", sizes[i].value);
            return true;
        }
    }
    return false;
}

static bool print_text(const header_export *e, const char *name, buffer *b)
{
    char map[FEATURES_TEXT_SIZE];
    features_print(&e->m->features, map);
    const struct {
        const char *name, *text;
    } texts[] = {{"version", MNIST_VERSION},
                 {"map", map},
                 {"options", e->quantized ? " --quantize int8" : ""},
                 {"weight_unit", e->quantized ? "in steps of its own size" : "as trained"},
                 {"weight_type", e->quantized ? "int8_t" : "float"},
                 {"sum_type", sum_type(e)},
                 {"score_function", e->kind->score_function}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            buffer_print(b, "%s", texts[i].text);
            return true;
        }
    }
    return false;
}

static void print_named(const void *context, const char *name, buffer *b)
{
    const header_export *e = context;
    if (print_size(e, name, b) || print_text(e, name, b))
        return;
    if (strcmp(name, "weights") == 0)
        print_weights(e, b);
    else if (strcmp(name, "scales") == 0)
        print_scales(e, b);
    else if (strcmp(name, "biases") == 0)
        print_biases(e, b);
    else
        c_header_patches_name(e->t->prepared, name, b);
}

/* Twice the largest sum of ink times the square of a place, times the ink, is below 2^63. */
static status check_size(const model *m, failure *f)
{
    const size_t most = 1 << 24;
    if (features_map(&m->features) != &feature_map_deskew ||
        m->n_rows * m->n_columns <= most / size_max(m->n_rows, m->n_columns))
        return STATUS_OK;
    return fail(f, "images of %zu x %zu pixels are too large to be deskewed in C", m->n_columns, m->n_rows);
}

status c_header_print(const model *m, bool quantized, buffer *b, failure *f)
{
    const header_kind *kind = find_kind(features_map(&m->features));
    feature_transform t = {0};
    status result = kind ? check_size(m, f) : fail(f, "features that no header computes");
    if (result == STATUS_OK)
        result = features_open(&m->features, m->n_rows, m->n_columns, NULL, &t, f);
    if (result != STATUS_OK)
        return result;
    const header_export e = {m, kind, &t, quantized};
    buffer_fill_in(b, kind->template, print_named, &e);
    features_close(&t);
    return STATUS_OK;
}
