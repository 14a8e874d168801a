#include "model/feature_store.h"

#include <stdlib.h>

/* Images that a map is given at a time: its intermediate results stay in the second-level cache. */
enum { IMAGES_AT_ONCE = 64 };

static size_t row_bytes_of(const feature_transform *t)
{
    return t->n_features * sm_type_bytes(t->map->type);
}

/* Computes the features of n_rows images: those of the indices, or if that is NULL those from `first` on. */
static bool compute(const feature_range *range, const size_t *indices, size_t first, size_t n_rows, uint8_t *rows)
{
    const dataset *data = range->store->data;
    const feature_transform *t = &range->store->transform;
    const uint8_t *images[IMAGES_AT_ONCE];
    bool ok = true;
    for (size_t done = 0; ok && done < n_rows; done += IMAGES_AT_ONCE) {
        const size_t left = n_rows - done, n = left < IMAGES_AT_ONCE ? left : IMAGES_AT_ONCE;
        for (size_t i = 0; i < n; i++) {
            const size_t index = indices ? indices[done + i] : first + done + i;
            images[i] = data->pixels + (range->first + index) * data->n_rows * data->n_columns;
        }
        ok = t->map->transform(t, n, images, rows + done * row_bytes_of(t));
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

sm_source feature_store_source(const feature_store *store, size_t first, size_t n, size_t n_classes,
                               feature_range *range)
{
    const feature_transform *t = &store->transform;
    sm_source source = dataset_source(store->data, first, n, n_classes, &range->matrix);
    if (!t->map->transform)
        return source;
    source.n_features = t->n_features;
    source.type = t->map->type;
    source.unit = t->map->unit;
    if (store->rows) {
        range->matrix = (sm_matrix){store->rows + first * row_bytes_of(t), row_bytes_of(t)};
        return source;
    }
    range->store = store;
    range->first = first;
    source.rows = compute_rows;
    source.gather = gather_rows;
    source.scratch_row_bytes = row_bytes_of(t);
    source.context = range;
    return source;
}

status feature_store_keep(feature_store *store, const sm_execution *execution, failure *f)
{
    if (!store->transform.map->transform)
        return STATUS_OK;
    feature_range range;
    sm_source source = feature_store_source(store, 0, store->data->n_samples, 1, &range);
    uint8_t *rows = malloc(source.n_samples * source.scratch_row_bytes);
    if (!rows)
        return fail_memory(f);
    source.labels = NULL;
    store->rows = rows;
    return check_library(f, "features", sm_source_read(&source, execution, rows));
}

status feature_store_create(const dataset *data, const feature_choice *choice, const sm_execution *execution,
                            size_t memory_bytes, feature_store *store, failure *f)
{
    failure why = {""};
    *store = (feature_store){.data = data};
    if (features_open(choice, data->n_rows, data->n_columns, execution->isa, &store->transform, &why) != STATUS_OK)
        return fail(f, "%s: %s", data->images_path ? data->images_path : "images", why.text);
    const feature_transform *t = &store->transform;
    const bool fits = !t->map->transform || data->n_samples <= memory_bytes / row_bytes_of(t);
    return fits ? feature_store_keep(store, execution, f) : STATUS_OK;
}

void feature_store_forget(feature_store *store)
{
    free(store->rows);
    store->rows = NULL;
}

void feature_store_destroy(feature_store *store)
{
    feature_store_forget(store);
    features_close(&store->transform);
    *store = (feature_store){0};
}
