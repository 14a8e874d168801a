#include "training/trained_model.h"

#include <math.h>

#include "base/folder.h"
#include "model/model_file.h"

static void add_notes(const training *t, const outcome *o, model *m)
{
    const settings *s = t->settings;
    const size_t n_iterations = sm_minimiser_info(t->minimiser)->n_iterations;
    model_add_note(m, "optimizer", "%s", optimizer_names[s->optimizer]);
    model_add_note(m, "l2", "%.9g", t->l2);
    if (s->n_folds > 0)
        model_add_note(m, "folds", "%zu", s->n_folds);
    if (s->class_weight != CLASS_WEIGHT_NONE)
        model_add_note(m, "class_weight", "%s", class_weight_names[s->class_weight]);
    model_add_note(m, s->is_table ? "training_rows" : "training_images", "%zu",
                   objectives_count_training(&t->objectives));
    if (s->add)
        model_add_note(m, "added_images", "%zu", t->set->added.n_read);
    if (s->n_copies > 0)
        model_add_note(m, "copies", "%zu", s->n_copies);
    model_add_note(m, s->is_table ? "validation_rows" : "validation_images", "%zu",
                   t->set->data.n_samples - objectives_count_training(&t->objectives));
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
        model_add_note(m, "converged", "%s", o->ending == ENDING_CONVERGED ? "yes" : "no");
    }
    if (o->gap < 1)
        model_add_note(m, "gap", "%.3g", o->gap);
}

status trained_model_create(const training *t, model *m, failure *f)
{
    const dataset *data = &t->set->data;
    const status result =
        model_create(t->set->n_labels, data->n_rows, data->n_columns, &t->settings->features, m, f);
    if (result != STATUS_OK)
        return result;
    set_model_weights(t->set, t->best, m);
    m->names = data->names ? class_names_copy(data->names) : NULL;
    return data->names && !m->names ? fail_memory(f) : STATUS_OK;
}

status trained_model_write(const training *t, const outcome *o, model *m, failure *f)
{
    char path[PATH_SIZE];
    const status result = result_path(t->settings->output, "model.safetensors", path, f);
    add_notes(t, o, m);
    return result == STATUS_OK ? model_write(path, m, f) : result;
}
