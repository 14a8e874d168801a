/* Writes checkpoints of the small runs to a folder, as a starting point for fuzzing. Each version of the program needs
 * new ones, because it refuses those of others. Usage: checkpoint_seeds FOLDER */
#include <stdio.h>
#include <stdlib.h>

#include "training/checkpoint.h"
#include "base/folder.h"
#include "small_run.h"

/* Trains, and keeps the checkpoint of the last step, or of the choice of l2. */
static status train(training *t, bool of_choice, failure *f)
{
    status result = STATUS_OK;
    while (result == STATUS_OK && training_chooses_l2(t) && !l2_path_is_done(&t->path))
        result = training_try_l2(t, f);
    if (result == STATUS_OK && of_choice)
        return checkpoint_keep(t, true, f);
    if (result == STATUS_OK && training_chooses_l2(t))
        result = training_take_l2(t, f);
    while (result == STATUS_OK && training_step(t)) {
        (void)training_record(t);
        result = checkpoint_keep(t, true, f);
    }
    return result;
}

static status write_seed(const char *folder, size_t i, bool of_choice, failure *f)
{
    char output[4096];
    (void)snprintf(output, sizeof output, "%s/run-%zu-%s", folder, i, of_choice ? "choice" : "training");
    settings s = *small_run(i);
    s.output = output;
    s.checkpoint_interval = 1;
    training_set set = {.n_labels = 0};
    training t = {.settings = NULL};
    status result = make_folder(output, f);
    if (result == STATUS_OK)
        result = training_set_load(&s, &set, f);
    if (result == STATUS_OK)
        result = training_create(&s, &set, &t, f);
    if (result == STATUS_OK)
        result = train(&t, of_choice, f);
    training_destroy(&t);
    training_set_destroy(&set);
    return result;
}

int main(int argc, char **argv)
{
    failure f = {""};
    status result = argc == 2 ? STATUS_OK : fail_usage(&f, "Usage: checkpoint_seeds FOLDER");
    for (size_t i = 0; result == STATUS_OK && i < N_SMALL_RUNS; i++) {
        result = write_seed(argv[1], i, false, &f);
        if (result == STATUS_OK && small_run(i)->chooses_l2)
            result = write_seed(argv[1], i, true, &f);
    }
    if (result != STATUS_OK)
        fprintf(stderr, "checkpoint_seeds: %s\n", f.text);
    return (int)result;
}
