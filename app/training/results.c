#include "training/results.h"

#include <stdlib.h>

#include "base/folder.h"
#include "base/write.h"
#include "model/model.h"

static void add_notes(const training *t, model *m)
{
    const settings *s = t->settings;
    const size_t n_iterations = sm_minimiser_info(t->minimiser)->n_iterations;
    model_add_note(m, "optimizer", "%s", optimizer_names[s->optimizer]);
    model_add_note(m, "l2", "%.9g", t->l2);
    model_add_note(m, s->is_table ? "training_rows" : "training_images", "%zu", t->n_training);
    if (s->n_copies > 0)
        model_add_note(m, "copies", "%zu", s->n_copies);
    model_add_note(m, s->is_table ? "validation_rows" : "validation_images", "%zu", t->n_validation);
    if (t->temperature > 0)
        model_add_note(m, "temperature", "%.4g", t->temperature);
    if (s->from)
        model_add_note(m, "from", "%016jx", (uintmax_t)t->from_digest);
    model_add_note(m, "seed", "%ju", (uintmax_t)s->seed);
    if (s->optimizer == OPTIMIZER_SGD) {
        model_add_note(m, "epochs", "%zu", n_iterations);
        model_add_note(m, "batch_size", "%zu", s->sgd.batch_size);
        model_add_note(m, "learning_rate", "%.9g", s->sgd.learning_rate);
        model_add_note(m, "momentum", "%.9g", s->sgd.momentum);
        model_add_note(m, "schedule", "%s", schedule_names[s->sgd.schedule]);
    } else {
        model_add_note(m, "tolerance", "%.9g", s->lbfgs.tolerance);
        model_add_note(m, "iterations", "%zu", n_iterations);
    }
}

/* The bias of a class without a sample: it is never predicted. */
static const float EMPTY_CLASS_BIAS = -1000;

/* The weights for the original columns of a table: its scales become part of them. */
static void copy_weights(const training *t, model *m)
{
    const training_set *set = t->set;
    const size_t n_features = m->n_features, n_classes = set->data.n_classes;
    for (size_t label = 0; label < m->n_classes; label++)
        m->bias[label] = EMPTY_CLASS_BIAS;
    for (size_t k = 0; k < n_classes; k++) {
        double bias = t->best[n_classes * n_features + k];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = training_set_scale(set, d);
            const double weight = t->best[k * n_features + d] / scale.unit;
            m->weight[set->labels[k] * n_features + d] = (float)weight;
            bias -= weight * scale.mean;
        }
        m->bias[set->labels[k]] = (float)bias;
    }
}

static status write_model(const training *t, const char *path, failure *f)
{
    const dataset *data = &t->set->data;
    model m;
    status result = model_create(t->set->n_labels, data->n_rows, data->n_columns, &t->settings->features, &m, f);
    if (result != STATUS_OK)
        return result;
    copy_weights(t, &m);
    add_notes(t, &m);
    if (data->names && !(m.names = class_names_copy(data->names)))
        result = fail_memory(f);
    if (result == STATUS_OK)
        result = model_write(path, &m, f);
    model_destroy(&m);
    return result;
}

status results_write(training *t, char **model_path, failure *f)
{
    char *history_path = NULL;
    *model_path = NULL;
    status result = result_path(t->settings->output, "history.csv", &history_path, f);
    if (result == STATUS_OK)
        result = write_buffer(history_path, &t->history, f);
    free(history_path);
    if (result == STATUS_OK)
        result = result_path(t->settings->output, "model.safetensors", model_path, f);
    return result == STATUS_OK ? write_model(t, *model_path, f) : result;
}
