/* A checkpoint, put back into each kind of run, which then goes on from it. */
#include <math.h>

#include "small_run.h"
#include "target.h"

static void resume(const train_options *options, const uint8_t *data, size_t size)
{
    training t = {.options = options};
    failure f = {""};
    require(training_prepare(&t, &f) == STATUS_OK, f.text);
    /* Not its digest, which nothing that a fuzzer changes would pass. */
    status result = checkpoint_put_back(&t, "file", data, size, false, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    if (result == STATUS_OK)
        result = training_run(&t, &f);
    for (size_t i = 0; result == STATUS_OK && i < t.n_parameters; i++)
        require(isfinite(t.best[i]), "what training gives is finite");
    training_destroy(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < N_SMALL_RUNS; i++)
        resume(&small_runs[i], data, size);
    return 0;
}
