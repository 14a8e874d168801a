#include "training/checkpoint.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/machine.h"
#include "base/digest.h"
#include "base/read.h"
#include "formats/safetensors.h"

static const char FORMAT[] = "mnist-checkpoint-3", CHOICE[] = "choice of l2", TRAINING[] = "training";

/* The header holds the history, with a line for each iteration. */
enum { MAX_HEADER_BYTES = 64 << 20 };
static const size_t MAX_CHECKPOINT_BYTES = (size_t)1 << 36;

/* Numbers of a training that are kept as a tensor. */
typedef struct kept_array {
    const char *name;
    size_t n;
    double *values;   /* [n] */
    double low, high; /* the range of the values; 0 and 0 for any */
} kept_array;

enum { BEST_ITERATION, SECONDS, PATH_FIRST, PATH_BEST, PATH_TRIED, PATH_WORSE, N_CONVERTED };
enum { STATE = 11, N_ARRAYS = 12, DIGEST_CHARS = 17 };

/* The state of a training in a checkpoint, besides the history. */
typedef struct kept {
    kept_array arrays[N_ARRAYS];
    double converted[N_CONVERTED]; /* what is not a double in the training, for arrays to point to */
    double *state;                 /* of the minimiser; owned; NULL until make_state, and for the choice of l2 */
} kept;

/* The table for writing and for reading. */
static void list_kept(training *t, bool is_choice, kept *k)
{
    const double max_l2 = 1e6, max_temperature = 64, max_tried = L2_PATH_MOST_TRIED, lowest_place = L2_PATH_LOWEST,
                 highest_place = L2_PATH_HIGHEST;
    const size_t n_choice = t->path.n_values;
    const kept_array all[N_ARRAYS] = {
        {"best_loss", 1, &t->best_loss, 0, HUGE_VAL},
        {"best_iteration", 1, &k->converted[BEST_ITERATION], 0, 0x1p53},
        {"seconds", 1, &k->converted[SECONDS], 0, DBL_MAX},
        {"l2", 1, &t->l2, 0, max_l2},
        {"temperature", 1, &t->temperature, 0, max_temperature},
        {"path_first", 1, &k->converted[PATH_FIRST], lowest_place, highest_place},
        {"path_best", 1, &k->converted[PATH_BEST], lowest_place, highest_place},
        {"path_tried", 1, &k->converted[PATH_TRIED], 0, max_tried},
        {"path_worse", 1, &k->converted[PATH_WORSE], 0, max_tried},
        {"path_best_loss", 1, &t->path.best_loss, 0, HUGE_VAL},
        {"best", is_choice ? n_choice : t->objectives.n_parameters, is_choice ? t->path.minimum : t->best, -DBL_MAX,
         DBL_MAX},
        [STATE] = is_choice ? (kept_array){"current", n_choice, t->path.current, -DBL_MAX, DBL_MAX}
                            : (kept_array){"state", 0, NULL, 0, 0},
    };
    memcpy(k->arrays, all, sizeof all);
}

static status make_state(kept *k, size_t n_state, failure *f)
{
    k->state = calloc(n_state, sizeof *k->state);
    k->arrays[STATE].n = n_state;
    k->arrays[STATE].values = k->state;
    return k->state ? STATUS_OK : fail_memory(f);
}

static void list_tensors(const kept *k, tensor *tensors)
{
    for (size_t i = 0; i < N_ARRAYS; i++)
        tensors[i] = (tensor){k->arrays[i].name, TENSOR_F64, 1, {k->arrays[i].n}, k->arrays[i].values};
}

static void print_digest(const kept *k, const char *csv, size_t csv_size, char text[DIGEST_CHARS])
{
    uint64_t digest = digest_bytes(0, csv_size, (const uint8_t *)csv);
    for (size_t i = 0; i < N_ARRAYS; i++)
        digest = digest_values(digest, k->arrays[i].n, sizeof(double), k->arrays[i].values);
    (void)snprintf(text, DIGEST_CHARS, "%016jx", (uintmax_t)digest);
}

/* The settings of a training, its initial weights and its data, which a checkpoint must agree with. */
static json_t *describe(const training *t)
{
    json_t *all = settings_describe(t->settings);
    json_set(&all, "from",
             t->settings->from ? json_sprintf("%016jx", (uintmax_t)t->from_digest) : json_string("none"));
    json_set(&all, "data", json_sprintf("%016jx", (uintmax_t)t->set->digest));
    return all;
}

static json_t *make_metadata(const training *t, const kept *k)
{
    const char *csv = t->history.data ? t->history.data : "";
    char digest[DIGEST_CHARS];
    print_digest(k, csv, t->history.size, digest);
    json_t *all = describe(t);
    json_set(&all, "format", json_string(FORMAT));
    json_set(&all, "phase", json_string(training_chooses_l2(t) ? CHOICE : TRAINING));
    json_set(&all, "history", json_stringn(csv, t->history.size));
    json_set(&all, "digest", json_string(digest));
    /* An older checkpoint is better than one with an incomplete history. */
    return json_if_whole(all, !t->history.failed);
}

static status write_checkpoint(training *t, failure *f)
{
    const l2_path *path = &t->path;
    kept k = {.converted = {(double)t->best_iteration, training_seconds(t), path->first, path->best,
                            (double)path->n_tried, (double)path->n_worse}};
    tensor tensors[N_ARRAYS];
    status result = STATUS_OK;
    list_kept(t, training_chooses_l2(t), &k);
    if (t->minimiser)
        result = make_state(&k, sm_minimiser_state_size(t->minimiser), f);
    if (k.state)
        sm_minimiser_save(t->minimiser, k.state);
    list_tensors(&k, tensors);
    if (result == STATUS_OK)
        result = safetensors_write(t->checkpoint_path, make_metadata(t, &k), N_ARRAYS, tensors, f);
    free(k.state);
    t->last_checkpoint = training_seconds(t);
    return result;
}

status checkpoint_keep(training *t, bool at_once, failure *f)
{
    const settings *s = t->settings;
    const bool is_choice = training_chooses_l2(t);
    /* Ctrl-C may have cut the choice of l2 short; resumed, it is to be completed. */
    if (!(s->checkpoint_interval > 0) || (s->chooses_l2 && !is_choice && !l2_path_is_done(&t->path)))
        return STATUS_OK;
    const size_t n_done = is_choice ? t->path.n_tried : sm_minimiser_info(t->minimiser)->n_iterations;
    const bool is_due = s->checkpoint_by_time ? training_seconds(t) - t->last_checkpoint >= s->checkpoint_interval
                                              : fmod((double)n_done, s->checkpoint_interval) == 0;
    return is_due || at_once ? write_checkpoint(t, f) : STATUS_OK;
}

void checkpoint_remove(const training *t)
{
    if (t->settings->checkpoint_interval > 0 || t->settings->resume)
        (void)unlink(t->checkpoint_path); /* if it stays, that does no harm */
}

static status check_settings(const training *t, const safetensors *file, failure *f)
{
    json_t *here = describe(t), *value;
    const char *key;
    status result = here ? STATUS_OK : fail_memory(f);
    json_object_foreach(here, key, value)
    {
        const char *found = safetensors_note(file, key), *expected = json_string_value(value);
        if (result != STATUS_OK || (found && strcmp(found, expected) == 0))
            continue;
        if (!found)
            result = fail(f, "%s: says nothing about --%s: it belongs to another run", file->name, key);
        else if (strcmp(key, "data") == 0)
            result = fail(f, "%s: belongs to a run on other data", file->name);
        else
            result = fail(f, "%s: belongs to another run: %s was %.63s there, is %s here", file->name, key, found,
                          expected);
    }
    json_decref(here);
    return result;
}

static status read_array(const char *name, const tensor *found, const kept_array *array, failure *f)
{
    if (found->shape[0] != array->n)
        return fail(f, "%s: '%s' has %zu values, expected %zu", name, array->name, found->shape[0], array->n);
    safetensors_values(found, array->values);
    for (size_t i = 0; array->high > array->low && i < array->n; i++)
        if (!(array->values[i] >= array->low && array->values[i] <= array->high))
            return fail(f, "%s: value %zu of '%s' is out of range", name, i, array->name);
    return STATUS_OK;
}

static status read_kept(training *t, const safetensors *file, bool check_digest, kept *k, failure *f)
{
    const char *csv = safetensors_note(file, "history"), *found = safetensors_note(file, "digest");
    char digest[DIGEST_CHARS];
    tensor tensors[N_ARRAYS];
    list_tensors(k, tensors);
    status result = safetensors_find(file, N_ARRAYS, tensors, f);
    if (result == STATUS_OK && !k->arrays[STATE].values)
        result = make_state(k, tensors[STATE].shape[0], f);
    for (size_t i = 0; result == STATUS_OK && i < N_ARRAYS; i++)
        result = read_array(file->name, &tensors[i], &k->arrays[i], f);
    if (result != STATUS_OK)
        return result;
    print_digest(k, csv, strlen(csv), digest);
    if (check_digest && !(found && strcmp(found, digest) == 0))
        return fail(f, "%s: is damaged: its digest is not that of its content", file->name);
    t->best_iteration = (size_t)k->converted[BEST_ITERATION];
    t->path.first = (int)k->converted[PATH_FIRST];
    t->path.best = (int)k->converted[PATH_BEST];
    t->path.n_tried = (size_t)k->converted[PATH_TRIED];
    t->path.n_worse = (size_t)k->converted[PATH_WORSE];
    t->last_checkpoint = k->converted[SECONDS];
    t->started = seconds_now() - k->converted[SECONDS];
    buffer_add(&t->history, csv, strlen(csv));
    return t->history.failed ? fail_memory(f) : STATUS_OK;
}

static status read_checkpoint(training *t, const safetensors *file, bool check_digest, failure *f)
{
    const char *format = safetensors_note(file, "format"), *phase = safetensors_note(file, "phase");
    const bool is_choice = phase && strcmp(phase, CHOICE) == 0, is_training = phase && strcmp(phase, TRAINING) == 0;
    if (!format || strcmp(format, FORMAT) != 0 || !(is_choice || is_training) || !safetensors_note(file, "history"))
        return fail(f, "%s: is not a checkpoint, or of another version", file->name);
    kept k = {.state = NULL};
    status result = check_settings(t, file, f);
    if (result == STATUS_OK && is_choice && !training_chooses_l2(t))
        result = fail(f, "%s: is from the choice of l2, which this run does not make", file->name);
    list_kept(t, is_choice, &k);
    if (result == STATUS_OK)
        result = read_kept(t, file, check_digest, &k, f);
    /* A checkpoint from after the choice of l2 ends that. */
    if (result == STATUS_OK && is_training && training_chooses_l2(t))
        result = training_use_all_samples(t, f);
    if (result == STATUS_OK && is_training)
        result = check_library(f, file->name, sm_minimiser_load(t->minimiser, k.state, k.arrays[STATE].n));
    free(k.state);
    return result;
}

status checkpoint_parse(training *t, const char *name, const uint8_t *content, size_t size, bool check_digest,
                        failure *f)
{
    safetensors file = {0};
    status result = safetensors_open(name, content, size, MAX_HEADER_BYTES, &file, f);
    if (result == STATUS_OK)
        result = read_checkpoint(t, &file, check_digest, f);
    safetensors_close(&file);
    return result;
}

status checkpoint_restore(training *t, bool *found, failure *f)
{
    const char *path = t->checkpoint_path;
    bytes content = {0};
    /* There is none only if it does not exist: a failure must not make training start again. */
    *found = access(path, F_OK) == 0 || errno != ENOENT;
    status result = *found ? read_file(path, MAX_CHECKPOINT_BYTES, &content, f) : STATUS_OK;
    if (result == STATUS_OK && *found)
        result = checkpoint_parse(t, path, content.data, content.size, true, f);
    free(content.data);
    return result;
}
