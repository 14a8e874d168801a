#include "model/feature_store.h"

#include <stdlib.h>

/* Images that are handed to a map at a time. */
enum { IMAGES_AT_ONCE = 256 };

static const uint8_t *image_at(const feature_range *range, size_t i)
{
    const dataset *data = range->store->data;
    return data->pixels + (range->first + i) * data->n_rows * data->n_columns;
}

/* Computes the rows of chosen images, or where indices is NULL of those from `first` on. */
static bool compute(const feature_range *range, const size_t *indices, size_t first, size_t n_rows, void *scratch)
{
    const feature_transform *t = &range->store->transform;
    const size_t row_bytes = t->n_features * sm_type_bytes(t->map->type);
    const uint8_t *images[IMAGES_AT_ONCE];
    bool ok = true;
    for (size_t done = 0; ok && done < n_rows; done += IMAGES_AT_ONCE) {
        const size_t left = n_rows - done, n = left < IMAGES_AT_ONCE ? left : IMAGES_AT_ONCE;
        for (size_t i = 0; i < n; i++)
            images[i] = image_at(range, indices ? indices[done + i] : first + done + i);
        ok = t->map->transform(t, n, images, (uint8_t *)scratch + done * row_bytes);
    }
    return ok;
}

static const void *compute_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    return compute(context, NULL, first, n_rows, scratch) ? scratch : NULL;
}

static bool gather_rows(void *context, const size_t *indices, size_t n_rows, void *scratch)
{
    return compute(context, indices, 0, n_rows, scratch);
}

/* Rows that are computed each time. */
static sm_source computed_source(const feature_store *store, size_t first, size_t n, feature_range *range)
{
    const feature_transform *t = &store->transform;
    *range = (feature_range){.store = store, .first = first};
    return (sm_source){
        .n_samples = n,
        .n_features = t->n_features,
        .n_classes = store->data->n_classes,
        .type = t->map->type,
        .unit = t->map->unit,
        .labels = store->data->labels ? store->data->labels + first : NULL,
        .rows = compute_rows,
        .gather = gather_rows,
        .scratch_row_bytes = t->n_features * sm_type_bytes(t->map->type),
        .context = range,
    };
}

sm_source feature_store_source(const feature_store *store, size_t first, size_t n, size_t n_classes,
                               feature_range *range)
{
    if (!store->transform.map->transform)
        return dataset_source(store->data, first, n, n_classes, &range->matrix);
    sm_source source = computed_source(store, first, n, range);
    source.n_classes = n_classes;
    if (!store->rows)
        return source;
    const size_t row_bytes = source.scratch_row_bytes;
    range->matrix = (sm_matrix){(uint8_t *)store->rows + first * row_bytes, row_bytes};
    source.rows = sm_matrix_rows;
    source.gather = NULL;
    source.scratch_row_bytes = 0;
    source.context = &range->matrix;
    return source;
}

/* ---------------------------------------------------------------------------------------------- */

static status keep_rows(feature_store *store, const sm_execution *execution, failure *f)
{
    const size_t n_samples = store->data->n_samples;
    feature_range range;
    sm_source source = computed_source(store, 0, n_samples, &range);
    store->rows = malloc(n_samples * source.scratch_row_bytes);
    if (!store->rows)
        return fail_memory(f);
    source.labels = NULL;
    source.n_classes = 1;
    const sm_status read = sm_source_read(&source, execution, store->rows);
    return read == SM_OK ? STATUS_OK : fail_library(f, "features", read);
}

status feature_store_create(const dataset *data, const feature_choice *choice, const sm_execution *execution,
                            size_t memory_bytes, feature_store *store, failure *f)
{
    feature_store made = {.data = data};
    failure why = {""};
    status result = features_open(choice, data->n_rows, data->n_columns, execution->isa, &made.transform, &why);
    if (result != STATUS_OK)
        return fail(f, "%s: %s", data->images_path ? data->images_path : "images", why.text);
    const feature_transform *t = &made.transform;
    const size_t row_bytes = t->n_features * sm_type_bytes(t->map->type);
    if (t->map->transform && data->n_samples <= memory_bytes / row_bytes)
        result = keep_rows(&made, execution, f);
    if (result == STATUS_OK)
        *store = made;
    else
        feature_store_destroy(&made);
    return result;
}

void feature_store_destroy(feature_store *store)
{
    free(store->rows);
    features_close(&store->transform);
    *store = (feature_store){0};
}
