/* A training run kept in a file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "training/kept_run.h"
#include "formats/json.h"

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

static json_t *make_metadata(const training *t, const tensor tensors[N_TENSORS])
{
    const settings s = describe_run(t);
    const char *history = t->history.data ? t->history.data : "";
    run_numbers numbers = gather_numbers(t);
    exact_number named[N_RUN_NUMBERS];
    char digest[DIGEST_CHARS];
    name_numbers(&numbers, named);
    print_digest(numbers, history, tensors, digest);
    json_t *metadata = json_pack("{s:s, s:s, s:s, s:s}", "format", checkpoint_format, "phase",
                                 t->chooses_l2 ? "choice of l2" : "training", "history", history, "digest", digest);
    bool ok = metadata && !t->history.failed; /* better the checkpoint before than one without all of the history */
    for (size_t i = 0; ok && i < s.n; i++)
        ok = json_object_set_new(metadata, s.list[i].key, json_string(s.list[i].value)) == 0;
    for (size_t i = 0; ok && i < N_RUN_NUMBERS; i++)
        ok = json_object_set_new(metadata, named[i].key, json_sprintf("%a", *named[i].value)) == 0;
    return json_if_whole(metadata, ok);
}

/* Takes the minimiser's state, if it is at work already. */
static status take_state(training *t, failure *f)
{
    if (!t->minimiser)
        return STATUS_OK;
    free(t->state);
    t->n_state = sm_minimiser_state_size(t->minimiser);
    t->state = calloc(t->n_state, sizeof *t->state);
    if (!t->state)
        return fail_memory(f);
    sm_minimiser_save(t->minimiser, t->state);
    return STATUS_OK;
}

static status write_checkpoint(training *t, failure *f)
{
    tensor tensors[N_TENSORS];
    char *path = NULL;
    status result = take_state(t, f);
    if (result == STATUS_OK)
        result = result_path(t->options->output, "checkpoint.safetensors", &path, f);
    name_tensors(t, t->state, t->n_state, tensors);
    if (result == STATUS_OK)
        result = safetensors_write(path, make_metadata(t, tensors), N_TENSORS, tensors, f);
    free(path);
    return result;
}

bool checkpoint_keep(training *t, bool at_once)
{
    const double now = seconds_now();
    const size_t n_done = t->minimiser ? sm_minimiser_info(t->minimiser)->n_iterations : t->path.n_tried;
    const bool is_due = (t->checkpoint_iterations > 0 && n_done % t->checkpoint_iterations == 0) ||
                        (t->checkpoint_seconds > 0 && now - t->last_checkpoint >= t->checkpoint_seconds);
    if (!t->options->checkpoint || !(is_due || at_once))
        return true;
    t->checkpoint_status = write_checkpoint(t, &t->checkpoint_failure);
    t->last_checkpoint = seconds_now();
    return t->checkpoint_status == STATUS_OK;
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
