/* What a training run leaves behind. */
#include <stdlib.h>

#include "training/training.h"
#include "base/folder.h"
#include "base/write.h"

static void add_notes(const training *t, model *m)
{
    const train_options *options = t->options;
    model_add_note(m, "optimizer", "%s", optimizer_names[options->optimizer]);
    model_add_note(m, "l2", "%.9g", t->l2);
    model_add_note(m, t->scales ? "training_rows" : "training_images", "%zu", t->n_training);
    if (options->n_copies > 0)
        model_add_note(m, "copies", "%zu", options->n_copies);
    model_add_note(m, t->scales ? "validation_rows" : "validation_images", "%zu", t->n_validation);
    if (t->temperature > 0)
        model_add_note(m, "temperature", "%.4g", t->temperature);
    if (options->from)
        model_add_note(m, "from", "%016jx", (uintmax_t)t->from_digest);
    model_add_note(m, "seed", "%ju", (uintmax_t)options->seed);
    if (options->optimizer == OPTIMIZER_SGD) {
        model_add_note(m, "epochs", "%zu", t->info.n_iterations);
        model_add_note(m, "batch_size", "%zu", options->batch_size);
        model_add_note(m, "learning_rate", "%.9g", options->learning_rate);
        model_add_note(m, "momentum", "%.9g", options->momentum);
        model_add_note(m, "schedule", "%s", schedule_names[options->schedule]);
    } else {
        model_add_note(m, "tolerance", "%.9g", options->tolerance);
        model_add_note(m, "iterations", "%zu", t->info.n_iterations);
    }
}

/* The bias of a class that training has seen no image of: it is never predicted. */
static const float EMPTY_CLASS_BIAS = -1000;

/* Those for columns as they stand: what a table was standardized by becomes part of them. */
static void copy_parameters(const training *t, model *m)
{
    const size_t n_features = m->n_features;
    for (size_t label = 0; label < m->n_classes; label++)
        m->bias[label] = EMPTY_CLASS_BIAS;
    for (size_t k = 0; k < t->data.n_classes; k++) {
        double bias = t->best[t->data.n_classes * n_features + k];
        for (size_t d = 0; d < n_features; d++) {
            const column_scale scale = t->scales ? t->scales[d] : (column_scale){.unit = 1};
            const double weight = t->best[k * n_features + d] / scale.unit;
            m->weight[t->labels[k] * n_features + d] = (float)weight;
            bias -= weight * scale.mean;
        }
        m->bias[t->labels[k]] = (float)bias;
    }
}

status write_model(const training *t, char **path, failure *f)
{
    model m;
    status result = model_create(t->n_labels, t->data.n_rows, t->data.n_columns, &t->features, &m, f);
    if (result != STATUS_OK)
        return result;
    copy_parameters(t, &m);
    add_notes(t, &m);
    if (t->data.names && !(m.names = class_names_copy(t->data.names)))
        result = fail_memory(f);
    if (result == STATUS_OK)
        result = result_path(t->options->output, "model.safetensors", path, f);
    if (result == STATUS_OK)
        result = model_write(*path, &m, f);
    model_destroy(&m);
    return result;
}

status write_history(training *t, failure *f)
{
    char *path;
    status result = result_path(t->options->output, "history.csv", &path, f);
    if (result != STATUS_OK)
        return result;
    result = write_buffer(path, &t->history, f);
    free(path);
    return result;
}
