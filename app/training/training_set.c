#include "training/training_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/augmentation.h"
#include "data/table.h"
#include "base/machine.h"
#include "model/model_file.h"

/* Each class keeps a sample to train on. */
static status count_validation(const settings *s, const dataset *data, size_t *n_validation, failure *f)
{
    const size_t n_classes = dataset_count_classes(data);
    const double n = (double)data->n_samples, most = n - (double)n_classes;
    const double size = s->validation < 1 ? fmin(floor(s->validation * n + 0.5), most) : s->validation;
    if (size > most)
        return fail_usage(f, "--validation %.10g: there are only %zu %s to train on, and %zu classes that need one",
                          s->validation, data->n_samples, s->is_table ? "rows" : "images", n_classes);
    if (s->chooses_l2 && s->n_folds == 0 && size < 1)
        return fail_usage(f, "--l2 auto: expected samples to validate on, found none");
    *n_validation = (size_t)size;
    return STATUS_OK;
}

static status make_folds(const settings *s, training_set *set, failure *f)
{
    size_t n_in_folds = 0;
    set->folds = calloc(set->data.n_samples + 1, sizeof *set->folds); /* not empty in any case */
    if (!set->folds)
        return fail_memory(f);
    const status result = dataset_make_folds(&set->data, s->n_folds, s->seed, set->folds, &n_in_folds, f);
    if (result == STATUS_OK && n_in_folds < s->n_folds)
        return fail_usage(f, "--folds %zu: there are only %zu %s of classes that have two or more", s->n_folds,
                          n_in_folds, s->is_table ? "rows" : "images");
    return result;
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
    if (data->names && data->n_classes < 2)
        return fail(f, "%s: has one class only, '%s', expected two or more", data->labels_path,
                    data->names->names[0]);
    return STATUS_OK;
}

/* Reads the model of --from, which has the features that are to be computed. */
static status read_initial_model(const settings *s, model *initial, failure *f)
{
    char here[FEATURES_TEXT_SIZE], there[FEATURES_TEXT_SIZE];
    const status result = model_read(s->from, initial, NULL, f);
    if (result != STATUS_OK)
        return result;
    features_print(&s->features, here);
    features_print(&initial->features, there);
    return strcmp(here, there) == 0
               ? STATUS_OK
               : fail(f, "%s: is for --features %s, this training has --features %s", s->from, there, here);
}

/* Fails unless the model of --from has the shape and the classes of the data. */
static status check_initial_model(const training_set *set, const char *path, failure *f)
{
    const model *m = &set->initial;
    const dataset *data = &set->data;
    if (data->values && m->n_columns != data->n_columns)
        return fail(f, "%s: reads %zu columns, the table to train on has %zu", path, m->n_columns, data->n_columns);
    if (m->n_rows != data->n_rows || m->n_columns != data->n_columns)
        return fail(f, "%s: reads images of %zu x %zu pixels, those to train on are %zu x %zu", path, m->n_columns,
                    m->n_rows, data->n_columns, data->n_rows);
    if (m->n_classes != set->n_labels)
        return fail(f, "%s: has %zu classes, the data to train on has %zu", path, m->n_classes, set->n_labels);
    for (size_t k = 0; k < m->n_classes; k++) {
        char here[CLASS_NAME_SIZE], there[CLASS_NAME_SIZE];
        const char *wanted = class_label(data->names, k, here), *found = class_label(m->names, k, there);
        if (strcmp(found, wanted) != 0)
            return fail(f, "%s: its class %zu is '%s', that of the data to train on '%s'", path, k + 1, found,
                        wanted);
    }
    return STATUS_OK;
}

/* The size of MNIST's images, which pictures become. */
enum { IMAGE_SIDE = 28 };

/* Adds the pictures of --add to the data, with its classes. */
static status add_pictures(const settings *s, training_set *set, failure *f)
{
    dataset *data = &set->data, more = {0};
    const picture_format format = {data->n_rows, data->n_columns, data->n_classes, data->names};
    status result = picture_folder_load(s->add, &format, &s->execution, &more, &set->added, f);
    if (result == STATUS_OK)
        result = dataset_append(data, &more, f);
    dataset_destroy(&more);
    return result;
}

static status load_data(const settings *s, training_set *set, failure *f)
{
    const table_format columns = {.label = s->label};
    const picture_format pictures = {IMAGE_SIDE, IMAGE_SIDE, 0, NULL};
    status result = check_exists(s->data, f);
    if (result != STATUS_OK)
        return result;
    result = s->is_table
                 ? table_load(s->data, &columns, &set->data, f)
                 : image_folder_load(s->data, SPLIT_TRAIN, &pictures, &s->execution, &set->data, &set->read, f);
    return result == STATUS_OK && s->add ? add_pictures(s, set, f) : result;
}

static status load_splits(const settings *s, training_set *set, failure *f)
{
    dataset *data = &set->data;
    status result = load_data(s, set, f);
    if (result == STATUS_OK)
        result = count_validation(s, data, &set->n_validation, f);
    if (result == STATUS_OK)
        result = dataset_hold_out(data, set->n_validation, s->seed, f);
    if (result == STATUS_OK && s->n_folds > 0)
        result = make_folds(s, set, f);
    if (result != STATUS_OK)
        return result;
    set->digest = s->checkpoint_interval > 0 || s->resume ? dataset_digest(data) : 0;
    set->n_originals = set->n_training = data->n_samples - set->n_validation;
    set->n_labels = data->n_classes;
    dataset_drop_empty_classes(data, set->labels);
    result = check_model_size(s, data, f);
    return result == STATUS_OK && s->from ? check_initial_model(set, s->from, f) : result;
}

status training_set_load(const settings *s, training_set *set, failure *f)
{
    dataset *data = &set->data;
    *set = (training_set){0};
    status result = s->from ? read_initial_model(s, &set->initial, f) : STATUS_OK;
    if (result == STATUS_OK)
        result = load_splits(s, set, f);
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
    model_destroy(&set->initial);
    feature_store_destroy(&set->store);
    free(set->added.reasons.data);
    free(set->read.reasons.data);
    free(set->scales);
    free(set->folds);
    dataset_destroy(&set->data);
}

/* The standardisation of feature d. */
static column_scale get_scale(const training_set *set, size_t d)
{
    return set->scales ? set->scales[d] : (column_scale){.unit = 1};
}

void get_model_weights(const training_set *set, const model *m, double *parameters)
{
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        const size_t label = set->labels[k];
        double *bias = &parameters[n_classes * n_features + k];
        *bias = (double)m->bias[label];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = get_scale(set, d);
            const double weight = (double)m->weight[label * n_features + d];
            parameters[k * n_features + d] = weight * scale.unit;
            *bias += weight * scale.mean;
        }
    }
}

/* The bias of a class without a sample: it is never predicted. */
static const float EMPTY_CLASS_BIAS = -1000;

void set_model_weights(const training_set *set, const double *parameters, model *m)
{
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t label = 0; label < m->n_classes; label++)
        m->bias[label] = EMPTY_CLASS_BIAS;
    for (size_t k = 0; k < n_classes; k++) {
        double bias = parameters[n_classes * n_features + k];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = get_scale(set, d);
            const float weight = (float)(parameters[k * n_features + d] / scale.unit);
            m->weight[set->labels[k] * n_features + d] = weight;
            bias -= (double)weight * scale.mean; /* so that its rounding does not change scores at the mean */
        }
        m->bias[set->labels[k]] = (float)bias;
    }
}
