#include "small_run.h"

#include "target.h"

/* Twelve images of 2 x 2 pixels in three classes. */
#define SMALL_DATA MNIST_SOURCE_FOLDER "/tests/fuzz/data"

enum { MAX_ARGUMENTS = 24 };

static char *command_lines[N_SMALL_RUNS][MAX_ARGUMENTS] = {
    {"train", "--data", SMALL_DATA, "--max-iterations", "4", "--threads", "1", "--resume"},
    {"train", "--data", SMALL_DATA, "--max-iterations", "4", "--threads", "1", "--resume", "--l2", "auto"},
    {"train", "--data", SMALL_DATA, "--threads", "1", "--resume", "--optimizer", "sgd", "--epochs", "3",
     "--batch-size", "4", "--validation", "3", "--patience", "2"},
    {"train", "--data", SMALL_DATA, "--max-iterations", "4", "--threads", "1", "--resume", "--l2", "auto",
     "--folds", "2", "--class-weight", "balanced"},
};

const settings *small_run(size_t i)
{
    static settings parsed[N_SMALL_RUNS];
    int n_arguments = 0;
    failure f = {""};
    if (parsed[i].data)
        return &parsed[i];
    while (command_lines[i][n_arguments])
        n_arguments++;
    require(settings_parse(n_arguments, command_lines[i], &parsed[i], &(buffer){0}, &f) == STATUS_OK, f.text);
    return &parsed[i];
}
