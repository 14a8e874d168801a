/* Where a training starts that is given the weights of a model. */
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "commands/training.h"
#include "digest.h"

/* Weights mean something only for the features that they were trained on. */
static status check_model(const training *t, const char *path, const model *m, failure *f)
{
    char here[FEATURES_TEXT_SIZE], there[FEATURES_TEXT_SIZE];
    features_print(&t->features, here);
    features_print(&m->features, there);
    if (strcmp(here, there) != 0)
        return fail(f, "%s: reads %s features, this training makes %s", path, there, here);
    if (m->n_rows != t->data.n_rows || m->n_columns != t->data.n_columns)
        return fail(f, "%s: reads images of %zu x %zu pixels, those to train on are %zu x %zu", path, m->n_columns,
                    m->n_rows, t->data.n_columns, t->data.n_rows);
    if (m->n_classes != t->n_labels)
        return fail(f, "%s: has %zu classes, the data to train on has %zu", path, m->n_classes, t->n_labels);
    return STATUS_OK;
}

/* Those of the classes that there are images of. */
static void take_parameters(training *t, const model *m)
{
    const size_t n_features = m->n_features, n_classes = t->data.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        const size_t label = t->labels[k];
        for (size_t d = 0; d < n_features; d++)
            t->parameters[k * n_features + d] = (double)m->weight[label * n_features + d];
        t->parameters[n_classes * n_features + k] = (double)m->bias[label];
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
