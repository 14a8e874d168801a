/* A training run put back from the file that kept it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "training/kept_run.h"
#include "base/read.h"

/* Its header holds the history, a line an iteration. */
enum { MAX_HEADER_BYTES = 64 << 20 };

static const size_t MAX_CHECKPOINT_BYTES = (size_t)1 << 36;

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
    char digest[DIGEST_CHARS];
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
    if (!format || strcmp(format, checkpoint_format) != 0 || !phase || !history)
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
