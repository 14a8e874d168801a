/* A training run kept in a file, and put back. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/command.h"
#include "commands/training.h"
#include "digest.h"
#include "files/json.h"
#include "files/read.h"
#include "files/safetensors.h"

static const char FORMAT[] = "mnist-checkpoint-1";

/* Its header holds the history, a line an iteration. */
enum { MAX_HEADER_BYTES = 64 << 20 };

static const size_t MAX_CHECKPOINT_BYTES = (size_t)1 << 36;

status checkpoint_parse(training *t, failure *f)
{
    const char *text = t->options->checkpoint;
    char *end = NULL;
    if (!text)
        return STATUS_OK;
    const double number = strtod(text, &end);
    const bool is_seconds = end != text && strcmp(end, "s") == 0;
    const bool is_count = end != text && *end == '\0' && number >= 1 && number <= 1e15 && floor(number) == number;
    if (!is_count && !(is_seconds && number > 0 && number <= 1e9))
        return fail_usage(f, "--checkpoint %s: expected a number of iterations, or of seconds as in 30s", text);
    t->checkpoint_iterations = is_count ? (size_t)number : 0;
    t->checkpoint_seconds = is_seconds ? number : 0;
    return STATUS_OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* Something that decides on the result, by the name of its option. */
typedef struct setting {
    const char *key;
    char value[64];
} setting;

enum { MAX_SETTINGS = 16 };

typedef struct settings {
    size_t n;
    setting list[MAX_SETTINGS];
} settings;

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

static settings describe_run(const training *t)
{
    const train_options *o = t->options;
    settings s = {0};
    add_text(&s, "version", MNIST_VERSION);
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
    add_text(&s, "data", "");
    (void)snprintf(s.list[s.n - 1].value, sizeof s.list->value, "%016jx", (uintmax_t)t->data_digest);
    return s;
}

static status check_run(const training *t, const safetensors *file, failure *f)
{
    const settings s = describe_run(t);
    for (size_t i = 0; i < s.n; i++) {
        const char *found = safetensors_note(file, s.list[i].key);
        if (!found)
            return fail(f, "%s: says nothing about --%s: it belongs to another run", file->name, s.list[i].key);
        if (strcmp(found, s.list[i].value) == 0)
            continue;
        if (strcmp(s.list[i].key, "data") == 0)
            return fail(f, "%s: belongs to a run on other data", file->name);
        return fail(f, "%s: belongs to another run: %s was %.63s there, is %s here", file->name, s.list[i].key,
                    found, s.list[i].value);
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* A number in the metadata, all its bits. */
typedef struct exact_number {
    const char *key;
    double *value;
} exact_number;

/* The numbers of a run that are not in the minimiser's state, in the form in which they are kept. */
typedef struct run_numbers {
    double best_loss, best_iteration, first_gap, seconds, l2, temperature;
    double path_tried, path_worse, path_best_loss, path_best_l2;
} run_numbers;

enum { N_RUN_NUMBERS = sizeof(run_numbers) / sizeof(double) };

static void name_numbers(run_numbers *n, exact_number *named)
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

static run_numbers gather_numbers(const training *t)
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

/* What is kept in either phase. */
typedef enum kept_tensor { BEST, STATE_OR_CURRENT, N_TENSORS } kept_tensor;

/* The tensors of a run, of which state [n_state] is NULL while l2 is being chosen. */
static void name_tensors(const training *t, const double *state, size_t n_state, tensor named[N_TENSORS])
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

/* Of all that is put back, as text. Settings are not among it: they are compared one by one. */
static void print_digest(run_numbers numbers, const char *history, const tensor tensors[N_TENSORS], char text[17])
{
    exact_number named[N_RUN_NUMBERS];
    uint64_t digest = 0;
    name_numbers(&numbers, named);
    for (size_t i = 0; i < N_RUN_NUMBERS; i++)
        digest = digest_numbers(digest, 1, named[i].value);
    for (size_t i = 0; i < N_TENSORS; i++)
        digest = digest_numbers(digest, tensors[i].shape[0], tensors[i].values);
    digest = digest_bytes(digest, strlen(history), (const uint8_t *)history);
    (void)snprintf(text, 17, "%016jx", (uintmax_t)digest);
}

static json_t *make_metadata(const training *t, const tensor tensors[N_TENSORS])
{
    const settings s = describe_run(t);
    const char *history = t->history.data ? t->history.data : "";
    run_numbers numbers = gather_numbers(t);
    exact_number named[N_RUN_NUMBERS];
    char digest[17];
    name_numbers(&numbers, named);
    print_digest(numbers, history, tensors, digest);
    json_t *metadata = json_pack("{s:s, s:s, s:s, s:s}", "format", FORMAT, "phase",
                                 t->chooses_l2 ? "choice of l2" : "training", "history", history, "digest", digest);
    bool ok = metadata && !t->history.failed; /* better the checkpoint before than one without all of the history */
    for (size_t i = 0; ok && i < s.n; i++)
        ok = json_object_set_new(metadata, s.list[i].key, json_string(s.list[i].value)) == 0;
    for (size_t i = 0; ok && i < N_RUN_NUMBERS; i++)
        ok = json_object_set_new(metadata, named[i].key, json_sprintf("%a", *named[i].value)) == 0;
    return json_if_whole(metadata, ok);
}

static status write_checkpoint(const training *t, const sm_info *info, failure *f)
{
    tensor tensors[N_TENSORS];
    name_tensors(t, info ? info->state : NULL, info ? info->n_state : 0, tensors);
    char *path;
    status result = result_path(t->options->output, "checkpoint.safetensors", &path, f);
    if (result == STATUS_OK)
        result = safetensors_write(path, make_metadata(t, tensors), N_TENSORS, tensors, f);
    free(path);
    return result;
}

bool checkpoint_keep(training *t, const sm_info *info, bool at_once)
{
    const double now = seconds_now();
    const size_t n_done = info ? info->n_iterations : t->path.n_tried;
    const bool is_due = (t->checkpoint_iterations > 0 && n_done % t->checkpoint_iterations == 0) ||
                        (t->checkpoint_seconds > 0 && now - t->last_checkpoint >= t->checkpoint_seconds);
    if (!t->options->checkpoint || !(is_due || at_once))
        return true;
    t->checkpoint_status = write_checkpoint(t, info, &t->checkpoint_failure);
    t->last_checkpoint = seconds_now();
    return t->checkpoint_status == STATUS_OK;
}

/* ---------------------------------------------------------------------------------------------- */

static status read_numbers(const safetensors *file, run_numbers *numbers, failure *f)
{
    exact_number named[N_RUN_NUMBERS];
    name_numbers(numbers, named);
    for (size_t i = 0; i < N_RUN_NUMBERS; i++) {
        const char *text = safetensors_note(file, named[i].key);
        char *end = NULL;
        *named[i].value = text ? strtod(text, &end) : 0;
        if (!text || end == text || *end != '\0')
            return fail(f, "%s: its %s is not a number", file->name, named[i].key);
    }
    const double max_l2 = 1e6;
    if (!(numbers->l2 >= 0 && numbers->l2 <= max_l2 && numbers->path_best_l2 >= 0 &&
          numbers->path_best_l2 <= max_l2))
        return fail(f, "%s: its l2 is out of range", file->name);
    const double max_temperature = 64;
    if (!(numbers->temperature >= 0 && numbers->temperature <= max_temperature))
        return fail(f, "%s: its temperature is out of range", file->name);
    const bool ok = numbers->path_tried >= 0 && numbers->path_tried < 1000 && numbers->path_worse >= 0 &&
                    numbers->path_worse < 1000 && numbers->best_iteration >= 0 && numbers->best_iteration < 0x1p53;
    return ok ? STATUS_OK : fail(f, "%s: its counts are out of range", file->name);
}

static void put_numbers_back(training *t, const run_numbers *numbers)
{
    t->best_loss = numbers->best_loss;
    t->best_iteration = (size_t)numbers->best_iteration;
    t->first_gap = numbers->first_gap;
    t->started = seconds_now() - numbers->seconds;
    t->l2 = numbers->l2;
    t->temperature = numbers->temperature;
    t->path.n_tried = (size_t)numbers->path_tried;
    t->path.n_worse = (size_t)numbers->path_worse;
    t->path.best_loss = numbers->path_best_loss;
    t->path.best_l2 = numbers->path_best_l2;
}

/* Copies parameters that may end up in a model, and so must be finite. */
static status put_parameters_back(const safetensors *file, const char *key, const tensor_place *place,
                                  double *values, failure *f)
{
    safetensors_doubles(file, place, values);
    for (size_t i = 0; i < place->shape[0]; i++)
        if (!isfinite(values[i]))
            return fail(f, "%s: value %zu of '%s' is not a finite number", file->name, i, key);
    return STATUS_OK;
}

static status put_tensors_back(training *t, const safetensors *file, bool is_choice, failure *f)
{
    tensor_place places[N_TENSORS] = {0};
    status result = safetensors_find(file, "best", TENSOR_F64, 1, &places[BEST], f);
    if (result == STATUS_OK)
        result =
            safetensors_find(file, is_choice ? "current" : "state", TENSOR_F64, 1, &places[STATE_OR_CURRENT], f);
    if (result == STATUS_OK)
        result = safetensors_check_places(file, N_TENSORS, places, f);
    if (result != STATUS_OK)
        return result;
    const size_t n_state = places[STATE_OR_CURRENT].shape[0];
    if (places[BEST].shape[0] != t->n_parameters || (is_choice && n_state != t->n_parameters))
        return fail(f, "%s: has %zu parameters, expected %zu", file->name, places[BEST].shape[0], t->n_parameters);
    result = put_parameters_back(file, "best", &places[BEST], is_choice ? t->path.best : t->best, f);
    if (result != STATUS_OK)
        return result;
    if (is_choice)
        return put_parameters_back(file, "current", &places[STATE_OR_CURRENT], t->path.current, f);
    t->state = calloc(n_state, sizeof *t->state);
    t->n_state = n_state;
    if (!t->state)
        return fail_memory(f);
    safetensors_doubles(file, &places[STATE_OR_CURRENT], t->state);
    return STATUS_OK;
}

static status check_digest(const training *t, const safetensors *file, const run_numbers *numbers, failure *f)
{
    tensor tensors[N_TENSORS];
    char digest[17];
    name_tensors(t, t->state, t->n_state, tensors);
    print_digest(*numbers, safetensors_note(file, "history"), tensors, digest);
    const char *found = safetensors_note(file, "digest");
    return found && strcmp(found, digest) == 0
               ? STATUS_OK
               : fail(f, "%s: is damaged: its digest is not that of its content", file->name);
}

static status put_back(training *t, const safetensors *file, bool checks_digest, failure *f)
{
    const char *format = safetensors_note(file, "format"), *phase = safetensors_note(file, "phase");
    const char *history = safetensors_note(file, "history");
    const bool is_choice = phase && strcmp(phase, "choice of l2") == 0;
    if (!format || strcmp(format, FORMAT) != 0 || !phase || !history)
        return fail(f, "%s: is not a checkpoint, or of another version", file->name);
    status result = check_run(t, file, f);
    if (result == STATUS_OK && is_choice && !t->chooses_l2)
        result = fail(f, "%s: is from the choice of l2, which this run does not make", file->name);
    run_numbers numbers = {0};
    if (result == STATUS_OK)
        result = read_numbers(file, &numbers, f);
    if (result == STATUS_OK)
        result = put_tensors_back(t, file, is_choice, f);
    if (result == STATUS_OK && checks_digest)
        result = check_digest(t, file, &numbers, f);
    if (result != STATUS_OK)
        return result;
    put_numbers_back(t, &numbers);
    buffer_add(&t->history, history, strlen(history));
    if (t->history.failed)
        return fail_memory(f);
    return t->chooses_l2 && !is_choice ? training_use_all_images(t, f) : STATUS_OK;
}

status checkpoint_put_back(training *t, const char *name, const uint8_t *content, size_t size, bool checks_digest,
                           failure *f)
{
    safetensors file;
    status result = safetensors_open(name, content, size, MAX_HEADER_BYTES, &file, f);
    if (result != STATUS_OK)
        return result;
    result = put_back(t, &file, checks_digest, f);
    safetensors_close(&file);
    return result;
}

static status read_checkpoint(training *t, const char *path, failure *f)
{
    bytes content;
    status result = read_file(path, MAX_CHECKPOINT_BYTES, &content, f);
    if (result != STATUS_OK)
        return result;
    result = checkpoint_put_back(t, path, content.data, content.size, true, f);
    free(content.data);
    return result;
}

status checkpoint_restore(training *t, bool *found, failure *f)
{
    char *path;
    status result = result_path(t->options->output, "checkpoint.safetensors", &path, f);
    /* Only one that is not there is none: training must not start again because of a failure. */
    *found = path && (access(path, F_OK) == 0 || errno != ENOENT);
    if (result == STATUS_OK && *found)
        result = read_checkpoint(t, path, f);
    free(path);
    return result;
}

status checkpoint_remove(const training *t, failure *f)
{
    char *path;
    if (!t->options->checkpoint && !t->options->resume)
        return STATUS_OK;
    const status result = result_path(t->options->output, "checkpoint.safetensors", &path, f);
    if (result == STATUS_OK)
        (void)unlink(path); /* one that stays is only in the way */
    free(path);
    return result;
}
