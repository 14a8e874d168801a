#include "training/training_set.h"

#include <math.h>
#include <stdlib.h>

#include "data/augmentation.h"
#include "data/table.h"
#include "base/machine.h"
#include "model/model.h"

/* The size of the validation split. */
static status count_validation(const settings *s, size_t n_samples, size_t *n_validation, failure *f)
{
    const double size = s->validation < 1 ? floor(s->validation * (double)n_samples + 0.5) : s->validation;
    if (size >= (double)n_samples)
        return fail_usage(f, "--validation %.10g: there are only %zu %s to train on", s->validation, n_samples,
                          s->is_table ? "rows" : "images");
    if (s->chooses_l2 && size < 1)
        return fail_usage(f, "--l2 auto: expected images to validate on, found none");
    *n_validation = (size_t)size;
    return STATUS_OK;
}

static status check_model_size(const settings *s, const dataset *data, failure *f)
{
    size_t n_features = 0;
    failure why = {""};
    if (features_count(&s->features, data->n_rows, data->n_columns, &n_features, &why) != STATUS_OK)
        return fail(f, "%s: %s", data->images_path, why.text);
    const size_t n_weights = data->n_classes * n_features;
    if (n_weights > MODEL_MAX_WEIGHTS)
        return fail(f, "%s: %zu classes of %zu features make a model of %zu weights, expected at most %d",
                    data->images_path, data->n_classes, n_features, n_weights, MODEL_MAX_WEIGHTS);
    if (s->is_table && data->n_classes < 2)
        return fail(f, "%s: has one class only, '%s', expected two or more", data->labels_path,
                    data->names->names[0]);
    return STATUS_OK;
}

/* Reads the data and sorts it into the two splits. */
static status load_splits(const settings *s, training_set *set, failure *f)
{
    dataset *data = &set->data;
    const table_format format = {.label = s->label};
    status result =
        s->is_table ? table_load(s->data, &format, data, f) : dataset_load(s->data, SPLIT_TRAIN, data, f);
    if (result == STATUS_OK)
        result = count_validation(s, data->n_samples, &set->n_validation, f);
    if (result == STATUS_OK)
        result = dataset_hold_out(data, set->n_validation, s->seed, f);
    if (result != STATUS_OK)
        return result;
    set->digest = s->checkpoint_interval > 0 || s->resume ? dataset_digest(data) : 0;
    set->n_training = data->n_samples - set->n_validation;
    set->n_labels = data->n_classes;
    dataset_drop_empty_classes(data, set->labels);
    return check_model_size(s, data, f);
}

status training_set_load(const settings *s, training_set *set, failure *f)
{
    dataset *data = &set->data;
    *set = (training_set){0};
    status result = load_splits(s, set, f);
    if (result == STATUS_OK && s->is_table)
        result = dataset_standardise(data, set->n_training, &set->scales, f);
    if (result == STATUS_OK && s->n_copies > 0)
        result = dataset_add_copies(data, set->n_training, s->n_copies, s->seed, &s->execution, f);
    set->n_training = data->n_samples - set->n_validation;
    const double start = seconds_now();
    if (result == STATUS_OK)
        result = feature_store_create(data, &s->features, &s->execution, s->memory_bytes, &set->store, f);
    set->feature_seconds = seconds_now() - start;
    return result;
}

void training_set_destroy(training_set *set)
{
    feature_store_destroy(&set->store);
    free(set->scales);
    dataset_destroy(&set->data);
}
