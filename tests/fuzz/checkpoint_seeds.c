/* Writes checkpoints of the small runs into a folder: what the fuzzing of checkpoints starts from. A version of
 * the program refuses those of another, so that each needs its own. Usage: checkpoint_seeds FOLDER */
#include <stdio.h>
#include <stdlib.h>

#include "base/folder.h"
#include "small_run.h"

static status write_seed(const char *folder, size_t i, bool of_choice, failure *f)
{
    char output[4096];
    (void)snprintf(output, sizeof output, "%s/run-%zu-%s", folder, i, of_choice ? "choice" : "training");
    train_options options = small_runs[i];
    options.output = output;
    options.checkpoint = "1";
    training t = {.options = &options};
    status result = make_folder(output, f);
    if (result == STATUS_OK)
        result = training_prepare(&t, f);
    if (result == STATUS_OK && of_choice)
        result = checkpoint_keep(&t, NULL, true) ? STATUS_OK : STATUS_FAILED;
    else if (result == STATUS_OK)
        result = training_run(&t, f);
    training_destroy(&t);
    return result;
}

int main(int argc, char **argv)
{
    failure f = {""};
    status result = argc == 2 ? STATUS_OK : fail_usage(&f, "Usage: checkpoint_seeds FOLDER");
    for (size_t i = 0; result == STATUS_OK && i < N_SMALL_RUNS; i++) {
        result = write_seed(argv[1], i, false, &f);
        if (result == STATUS_OK && small_runs[i].optimizer == OPTIMIZER_LBFGS && small_runs[i].l2[0] == 'a')
            result = write_seed(argv[1], i, true, &f);
    }
    if (result != STATUS_OK)
        fprintf(stderr, "checkpoint_seeds: %s\n", f.text);
    return (int)result;
}
