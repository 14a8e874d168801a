#include "training/kept_run.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

const char checkpoint_format[] = "mnist-checkpoint-1";

static void add_text(settings *s, const char *key, const char *value)
{
    setting *added = &s->list[s->n++];
    added->key = key;
    (void)snprintf(added->value, sizeof added->value, "%s", value);
}

static void add_number(settings *s, const char *key, double value)
{
    setting *added = &s->list[s->n++];
    added->key = key;
    (void)snprintf(added->value, sizeof added->value, "%.17g", value);
}

settings describe_run(const training *t)
{
    const train_options *o = t->options;
    settings s = {0};
    add_text(&s, "version", MNIST_VERSION);
    add_text(&s, "features", "");
    features_print(&t->features, s.list[s.n - 1].value);
    add_number(&s, "copies", (double)o->n_copies);
    add_text(&s, "l2", o->l2);
    add_text(&s, "optimizer", optimizer_names[o->optimizer]);
    add_text(&s, "validation", o->validation ? o->validation : "none");
    add_number(&s, "patience", (double)o->patience);
    add_text(&s, "seed", "");
    (void)snprintf(s.list[s.n - 1].value, sizeof s.list->value, "%ju", (uintmax_t)o->seed);
    if (o->optimizer == OPTIMIZER_SGD) {
        add_number(&s, "epochs", (double)o->n_epochs);
        add_number(&s, "batch-size", (double)o->batch_size);
        add_number(&s, "learning-rate", o->learning_rate);
        add_number(&s, "momentum", o->momentum);
        add_text(&s, "schedule", schedule_names[o->schedule]);
    } else {
        add_number(&s, "tolerance", o->tolerance);
        add_number(&s, "max-iterations", (double)o->max_iterations);
    }
    add_text(&s, "from", "none");
    if (o->from)
        (void)snprintf(s.list[s.n - 1].value, sizeof s.list->value, "%016jx", (uintmax_t)t->from_digest);
    add_text(&s, "data", "");
    (void)snprintf(s.list[s.n - 1].value, sizeof s.list->value, "%016jx", (uintmax_t)t->data_digest);
    return s;
}

void name_numbers(run_numbers *n, exact_number *named)
{
    const exact_number all[N_RUN_NUMBERS] = {
        {"best_loss", &n->best_loss},
        {"best_iteration", &n->best_iteration},
        {"first_gap", &n->first_gap},
        {"seconds", &n->seconds},
        {"chosen_l2", &n->l2},
        {"temperature", &n->temperature},
        {"path_tried", &n->path_tried},
        {"path_worse", &n->path_worse},
        {"path_best_loss", &n->path_best_loss},
        {"path_best_l2", &n->path_best_l2},
    };
    memcpy(named, all, sizeof all);
}

run_numbers gather_numbers(const training *t)
{
    return (run_numbers){
        .best_loss = t->best_loss,
        .best_iteration = (double)t->best_iteration,
        .first_gap = t->first_gap,
        .seconds = seconds_now() - t->started,
        .l2 = t->l2,
        .temperature = t->temperature,
        .path_tried = (double)t->path.n_tried,
        .path_worse = (double)t->path.n_worse,
        .path_best_loss = t->path.best_loss,
        .path_best_l2 = t->path.best_l2,
    };
}

void name_tensors(const training *t, const double *state, size_t n_state, tensor named[N_TENSORS])
{
    const tensor of_choice[N_TENSORS] = {
        {"best", TENSOR_F64, 1, {t->n_parameters}, t->path.best},
        {"current", TENSOR_F64, 1, {t->n_parameters}, t->path.current},
    };
    const tensor of_training[N_TENSORS] = {
        {"best", TENSOR_F64, 1, {t->n_parameters}, t->best},
        {"state", TENSOR_F64, 1, {n_state}, state},
    };
    memcpy(named, state ? of_training : of_choice, sizeof of_choice);
}

void print_digest(run_numbers numbers, const char *history, const tensor tensors[N_TENSORS],
                  char text[DIGEST_CHARS])
{
    exact_number named[N_RUN_NUMBERS];
    uint64_t digest = 0;
    name_numbers(&numbers, named);
    for (size_t i = 0; i < N_RUN_NUMBERS; i++)
        digest = digest_numbers(digest, 1, named[i].value);
    for (size_t i = 0; i < N_TENSORS; i++)
        digest = digest_numbers(digest, tensors[i].shape[0], tensors[i].values);
    digest = digest_bytes(digest, strlen(history), (const uint8_t *)history);
    (void)snprintf(text, DIGEST_CHARS, "%016jx", (uintmax_t)digest);
}
