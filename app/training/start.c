/* Where a training starts that is given the weights of a model. */
#include <stdlib.h>
#include <string.h>

#include "training/training.h"
#include "base/digest.h"

/* Weights mean something only for the features that they were trained on. */
static status check_model(const training *t, const char *path, const model *m, failure *f)
{
    char here[FEATURES_TEXT_SIZE], there[FEATURES_TEXT_SIZE];
    features_print(&t->features, here);
    features_print(&m->features, there);
    if (strcmp(here, there) != 0)
        return fail(f, "%s: reads %s features, this training makes %s", path, there, here);
    if (t->scales && m->n_columns != t->data.n_columns)
        return fail(f, "%s: reads %zu columns, the table to train on has %zu", path, m->n_columns,
                    t->data.n_columns);
    if (m->n_rows != t->data.n_rows || m->n_columns != t->data.n_columns)
        return fail(f, "%s: reads images of %zu x %zu pixels, those to train on are %zu x %zu", path, m->n_columns,
                    m->n_rows, t->data.n_columns, t->data.n_rows);
    if (m->n_classes != t->n_labels)
        return fail(f, "%s: has %zu classes, the data to train on has %zu", path, m->n_classes, t->n_labels);
    for (size_t k = 0; t->data.names && k < m->n_classes; k++)
        if (strcmp(m->names->names[k], t->data.names->names[k]) != 0)
            return fail(f, "%s: its class %zu is '%s', that of the data to train on '%s'", path, k + 1,
                        m->names->names[k], t->data.names->names[k]);
    return STATUS_OK;
}

/* Those of the classes that there are images of; a table was standardized. */
static void take_parameters(training *t, const model *m)
{
    const size_t n_features = m->n_features, n_classes = t->data.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        const size_t label = t->labels[k];
        double *bias = &t->parameters[n_classes * n_features + k];
        *bias = (double)m->bias[label];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = t->scales ? t->scales[d] : (column_scale){.unit = 1};
            const double weight = (double)m->weight[label * n_features + d];
            t->parameters[k * n_features + d] = weight * scale.unit;
            *bias += weight * scale.mean;
        }
    }
}

status training_start_from(training *t, failure *f)
{
    const char *path = t->options->from;
    model m = {0};
    if (!path)
        return STATUS_OK;
    status result = model_read(path, &m, f);
    if (result == STATUS_OK)
        result = check_model(t, path, &m, f);
    if (result == STATUS_OK) {
        take_parameters(t, &m);
        t->from_digest = digest_numbers(0, t->n_parameters, t->parameters);
    }
    model_destroy(&m);
    return result;
}
