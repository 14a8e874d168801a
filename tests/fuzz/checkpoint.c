/* A checkpoint, restored into each kind of run, which then continues. */
#include <math.h>

#include "training/checkpoint.h"
#include "small_run.h"
#include "target.h"

static status train(training *t, failure *f)
{
    status result = STATUS_OK;
    while (result == STATUS_OK && training_chooses_l2(t))
        result = l2_path_is_done(&t->path) ? training_take_l2(t, f) : training_try_l2(t, f);
    while (result == STATUS_OK && training_step(t))
        (void)training_record(t);
    return result == STATUS_OK ? training_end(t, f) : result;
}

static void resume(const settings *s, const uint8_t *data, size_t size)
{
    training_set set;
    training t;
    failure f = {""};
    require(training_set_load(s, &set, &f) == STATUS_OK, f.text);
    require(training_create(s, &set, &t, &f) == STATUS_OK, f.text);
    /* Without its digest, which would not match after nearly any change by a fuzzer. */
    status result = checkpoint_parse(&t, "file", data, size, false, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    if (result == STATUS_OK)
        result = train(&t, &f);
    for (size_t i = 0; result == STATUS_OK && i < t.objectives.n_parameters; i++)
        require(isfinite(t.best[i]), "the result of training is finite");
    training_destroy(&t);
    training_set_destroy(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < N_SMALL_RUNS; i++)
        resume(small_run(i), data, size);
    return 0;
}
