#include "model/pixel_model.h"

#include <stdlib.h>
#include <string.h>

/* Images whose gradients are held at a time. */
enum { IMAGES_AT_ONCE = 4096 };

/* The gradients of a data set's images, each of the score of its own class, as a source of rows. */
typedef struct gradients {
    const model *m;
    const dataset *data;
    const feature_transform *t;
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
    return g->t->map->vjp(g->t, n_rows, images, vectors, scratch) ? scratch : NULL;
}

/* Adds the gradients [n, n_pixels] of images first .. to the sums of their classes, in order. */
static void add_gradients(const dataset *data, size_t first, size_t n, size_t n_pixels, const float *rows,
                          double *sums, size_t *counts)
{
    for (size_t i = 0; i < n; i++) {
        const size_t k = data->labels[first + i];
        counts[k]++;
        for (size_t d = 0; d < n_pixels; d++)
            sums[k * n_pixels + d] += (double)rows[i * n_pixels + d];
    }
}

static status sum_gradients(gradients *g, const sm_execution *execution, float *rows, double *sums, size_t *counts,
                            failure *f)
{
    const size_t n_pixels = g->m->n_rows * g->m->n_columns;
    sm_source source = {.n_features = n_pixels,
                        .n_classes = 1,
                        .type = SM_F32,
                        .rows = gradient_rows,
                        .scratch_row_bytes = n_pixels * sizeof *rows,
                        .context = g};
    for (; g->first < g->data->n_samples; g->first += source.n_samples) {
        const size_t left = g->data->n_samples - g->first;
        source.n_samples = left < IMAGES_AT_ONCE ? left : IMAGES_AT_ONCE;
        const sm_status read = sm_source_read(&source, execution, rows);
        if (read != SM_OK)
            return fail_library(f, "gradients", read);
        add_gradients(g->data, g->first, source.n_samples, n_pixels, rows, sums, counts);
    }
    return STATUS_OK;
}

/* shown->weight = the sums [K, n_pixels] of all classes, each over the number of its images. */
static void take_means(const gradients *g, const double *sums, const size_t *counts, model *shown)
{
    const size_t n_pixels = shown->n_features;
    for (size_t k = 0; k < g->m->n_classes; k++)
        for (size_t d = 0; d < n_pixels; d++)
            shown->weight[k * n_pixels + d] =
                counts[k] > 0 ? (float)(sums[k * n_pixels + d] / (double)counts[k]) : 0;
}

static status mean_gradients(const model *m, const dataset *data, const sm_execution *execution, model *shown,
                             failure *f)
{
    const size_t n_pixels = m->n_rows * m->n_columns;
    feature_transform t = {0};
    gradients g = {m, data, &t, 0};
    size_t counts[SM_MAX_CLASSES] = {0};
    double *sums = calloc(m->n_classes, n_pixels * sizeof *sums);
    float *rows = calloc(IMAGES_AT_ONCE, n_pixels * sizeof *rows);
    if (!sums || !rows) {
        free(rows);
        free(sums);
        return fail_memory(f);
    }
    status result = features_open(&m->features, m->n_rows, m->n_columns, execution->isa, &t, f);
    if (result == STATUS_OK)
        result = sum_gradients(&g, execution, rows, sums, counts, f);
    if (result == STATUS_OK)
        take_means(&g, sums, counts, shown);
    features_close(&t);
    free(rows);
    free(sums);
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
        result = mean_gradients(m, data, execution, &made, f);
    else
        memcpy(made.weight, m->weight, m->n_classes * m->n_features * sizeof *made.weight);
    if (result == STATUS_OK)
        *shown = made;
    else
        model_destroy(&made);
    return result;
}

status pixel_gradient(const model *m, const uint8_t *image, const float *vector, float *gradient, failure *f)
{
    feature_transform t = {0};
    const status result = features_open(&m->features, m->n_rows, m->n_columns, NULL, &t, f);
    if (result != STATUS_OK)
        return result;
    const bool ok = t.map->vjp(&t, 1, &image, &vector, gradient);
    features_close(&t);
    return ok ? STATUS_OK : fail_memory(f);
}
