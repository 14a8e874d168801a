#include "training/model_weights.h"

#include <string.h>

static status check_model(const training_set *set, const char *path, const model *m, failure *f)
{
    const dataset *data = &set->data;
    char here[FEATURES_TEXT_SIZE], there[FEATURES_TEXT_SIZE];
    features_print(&set->store.transform.choice, here);
    features_print(&m->features, there);
    if (strcmp(here, there) != 0)
        return fail(f, "%s: reads %s features, this training makes %s", path, there, here);
    if (set->scales && m->n_columns != data->n_columns)
        return fail(f, "%s: reads %zu columns, the table to train on has %zu", path, m->n_columns, data->n_columns);
    if (m->n_rows != data->n_rows || m->n_columns != data->n_columns)
        return fail(f, "%s: reads images of %zu x %zu pixels, those to train on are %zu x %zu", path, m->n_columns,
                    m->n_rows, data->n_columns, data->n_rows);
    if (m->n_classes != set->n_labels)
        return fail(f, "%s: has %zu classes, the data to train on has %zu", path, m->n_classes, set->n_labels);
    for (size_t k = 0; data->names && k < m->n_classes; k++)
        if (strcmp(m->names->names[k], data->names->names[k]) != 0)
            return fail(f, "%s: its class %zu is '%s', that of the data to train on '%s'", path, k + 1,
                        m->names->names[k], data->names->names[k]);
    return STATUS_OK;
}

/* What feature d was standardized by. */
static column_scale get_scale(const training_set *set, size_t d)
{
    return set->scales ? set->scales[d] : (column_scale){.unit = 1};
}

/* The reverse of set_model_weights. */
static void get_model_weights(const training_set *set, const model *m, double *x)
{
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        const size_t label = set->labels[k];
        double *bias = &x[n_classes * n_features + k];
        *bias = (double)m->bias[label];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = get_scale(set, d);
            const double weight = (double)m->weight[label * n_features + d];
            x[k * n_features + d] = weight * scale.unit;
            *bias += weight * scale.mean;
        }
    }
}

status read_initial_weights(const char *path, const training_set *set, double *x, failure *f)
{
    model m = {0};
    status result = model_read(path, &m, NULL, f);
    if (result == STATUS_OK)
        result = check_model(set, path, &m, f);
    if (result == STATUS_OK)
        get_model_weights(set, &m, x);
    model_destroy(&m);
    return result;
}

/* The bias of a class without a sample: it is never predicted. */
static const float EMPTY_CLASS_BIAS = -1000;

void set_model_weights(const training_set *set, const double *x, model *m)
{
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t label = 0; label < m->n_classes; label++)
        m->bias[label] = EMPTY_CLASS_BIAS;
    for (size_t k = 0; k < n_classes; k++) {
        double bias = x[n_classes * n_features + k];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = get_scale(set, d);
            const double weight = x[k * n_features + d] / scale.unit;
            m->weight[set->labels[k] * n_features + d] = (float)weight;
            bias -= weight * scale.mean;
        }
        m->bias[set->labels[k]] = (float)bias;
    }
}
