#include "model/pixel_model.h"

#include <string.h>

enum { IMAGES_AT_ONCE = 4096 };

/* The gradients of images first .. of a data set, each of the score of the image's own class, as a source of rows. */
typedef struct gradients {
    const model *m;
    const dataset *data;
    feature_transform t;
    size_t first;
} gradients;

static const void *gradient_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    const gradients *g = context;
    const uint8_t *images[IMAGES_AT_ONCE];
    const float *vectors[IMAGES_AT_ONCE];
    for (size_t i = 0; i < n_rows; i++) {
        const size_t n = g->first + first + i;
        images[i] = g->data->pixels + n * g->m->n_rows * g->m->n_columns;
        vectors[i] = g->m->weight + g->data->labels[n] * g->m->n_features;
    }
    return g->t.map->vjp(&g->t, n_rows, images, vectors, scratch) ? scratch : NULL;
}

/* Adds the gradients of all images, in their order, to the sums [K, n_pixels] and counts [K] of their classes. rows
 * [IMAGES_AT_ONCE, n_pixels] is scratch memory. */
static sm_status sum_gradients(gradients *g, const sm_execution *execution, float *rows, double *sums,
                               size_t *counts)
{
    const size_t n_pixels = g->m->n_rows * g->m->n_columns, n_samples = g->data->n_samples;
    sm_source source = {.n_features = n_pixels,
                        .n_classes = 1,
                        .type = SM_F32,
                        .rows = gradient_rows,
                        .scratch_row_bytes = n_pixels * sizeof *rows,
                        .context = g};
    for (; g->first < n_samples; g->first += source.n_samples) {
        source.n_samples = n_samples - g->first < IMAGES_AT_ONCE ? n_samples - g->first : IMAGES_AT_ONCE;
        const sm_status read = sm_source_read(&source, execution, rows);
        if (read != SM_OK)
            return read;
        for (size_t i = 0; i < source.n_samples; i++) {
            const size_t k = g->data->labels[g->first + i];
            counts[k]++;
            for (size_t d = 0; d < n_pixels; d++)
                sums[k * n_pixels + d] += (double)rows[i * n_pixels + d];
        }
    }
    return SM_OK;
}

/* weight [K, n_pixels] = the mean gradient of each class. */
static status mean_gradients(const model *m, const dataset *data, const sm_execution *execution, float *weight,
                             failure *f)
{
    const size_t n_pixels = m->n_rows * m->n_columns;
    gradients g = {.m = m, .data = data};
    size_t counts[SM_MAX_CLASSES] = {0};
    pool memory = {0};
    double *sums = pool_take(&memory, m->n_classes, n_pixels * sizeof *sums);
    float *rows = pool_take(&memory, IMAGES_AT_ONCE, n_pixels * sizeof *rows);
    status result = memory.has_failed ? fail_memory(f) : STATUS_OK;
    if (result == STATUS_OK)
        result = features_open(&m->features, m->n_rows, m->n_columns, execution->isa, &g.t, f);
    if (result == STATUS_OK)
        result = check_library(f, "gradients", sum_gradients(&g, execution, rows, sums, counts));
    for (size_t i = 0; result == STATUS_OK && i < m->n_classes * n_pixels; i++)
        weight[i] = counts[i / n_pixels] > 0 ? (float)(sums[i] / (double)counts[i / n_pixels]) : 0;
    features_close(&g.t);
    pool_free(&memory);
    return result;
}

bool pixel_model_needs_data(const model *m)
{
    return features_map(&m->features)->transform;
}

status pixel_model(const model *m, const dataset *data, const sm_execution *execution, model *shown, failure *f)
{
    model made = {0};
    status result = model_create(m->n_classes, m->n_rows, m->n_columns, &(feature_choice){0}, &made, f);
    if (result != STATUS_OK)
        return result;
    memcpy(made.bias, m->bias, m->n_classes * sizeof *made.bias);
    if (pixel_model_needs_data(m))
        result = mean_gradients(m, data, execution, made.weight, f);
    else
        memcpy(made.weight, m->weight, m->n_classes * m->n_features * sizeof *made.weight);
    made.names = m->names ? class_names_copy(m->names) : NULL;
    if (result == STATUS_OK && m->names && !made.names)
        result = fail_memory(f);
    if (result == STATUS_OK)
        *shown = made;
    else
        model_destroy(&made);
    return result;
}

status pixel_gradient(const model *m, const uint8_t *image, const float *vector, float *gradient, failure *f)
{
    feature_transform t = {0};
    if (!pixel_model_needs_data(m)) {
        memcpy(gradient, vector, m->n_features * sizeof *gradient);
        return STATUS_OK;
    }
    const status result = features_open(&m->features, m->n_rows, m->n_columns, NULL, &t, f);
    if (result != STATUS_OK)
        return result;
    const bool ok = t.map->vjp(&t, 1, &image, &vector, gradient);
    features_close(&t);
    return ok ? STATUS_OK : fail_memory(f);
}
