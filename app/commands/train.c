/* mnist train: from images, or a table, to a model file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/command.h"
#include "base/execution.h"
#include "training/training.h"
#include "base/folder.h"
#include "base/text.h"

static const char notes[] =
    "--data names a folder of images, or a table in a file: CSV, with a line of names or without, or NumPy's "
    "format, plain or compressed by gzip. Its last column, or --label by name or number, has the labels, in CSV "
    "any text; all others are features. Columns are brought to mean 0 and deviation 1 for training, which is what "
    "l2 is for; the weights in the model are for columns as they stand.\n"
    "--features says what the weights are for: the pixels, or what a fixed map makes of them. Features that take "
    "more than --memory, by default half of what the machine has, are computed anew at each use, which gives the "
    "same model.\n"
    "--features best, or best:key=value, stands for the most accurate of them: --features patches --copies 2 "
    "--tolerance 0.1, but for what is given.\n"
    "--copies adds images that are turned, stretched, sheared, shifted and rubbed about a little, anew for each "
    "copy; those held out for validation have none.\n"
    "What is minimised is the mean cross-entropy + (l2/2) ||W||^2; biases are not penalised.\n"
    "--l2 auto tries a path of strengths on a validation part (a sixth of the images, or what --validation says), "
    "takes the one with the lowest loss there, and then trains on all images.\n"
    "--tolerance bounds how far the objective may be from its minimum, as a fraction of it: training ends as soon "
    "as the duality gap proves it.\n"
    "--from starts where another training has ended, for the same features, images and classes: the minimum is "
    "the same, and so is what is proven of it; the way there is shorter.\n"
    "--validation takes a number of images, or a fraction of them below 1, from the training set, the same share "
    "of each class; training ends early when --patience iterations in a row did not lower their loss, and the "
    "model with the lowest loss on them is kept.\n"
    "--checkpoint keeps all that --resume takes to go on, in DIR/checkpoint.safetensors: every so many iterations "
    "(or epochs), or every so many seconds (30s). Killed and resumed as often as you like, training ends with the "
    "same model, byte for byte; then the checkpoint is removed.\n"
    "Ctrl-C ends training and keeps the best model so far.";

/* Why training stopped, and what is known of the result. */
static void print_closing(const training *t, char *model_path)
{
    const sm_info *info = &t->info;
    const char *units[] = {"iterations", "epochs", "iteration", "epoch"};
    const bool is_sgd = t->options->optimizer == OPTIMIZER_SGD, is_one = info->n_iterations == 1;
    const char *unit = units[2 * is_one + is_sgd];
    const double seconds = seconds_now() - t->started;
    if (was_interrupted())
        printf("interrupted after %zu %s", info->n_iterations, unit);
    else if (t->stopped_early)
        printf("stopped early after %zu %s: the validation loss was lowest after %zu", info->n_iterations, unit,
               t->best_iteration);
    else if (info->stop == SM_STOP_CONVERGED)
        printf("converged after %zu %s", info->n_iterations, unit);
    else
        printf("not converged after %zu %s: %s", info->n_iterations, unit, sm_stop_string(info->stop));
    printf(", %.2f s, l2 %g, objective %.9f\n", seconds, t->l2, info->value);
    if (isfinite(info->gap))
        printf("the objective is at most %.2g of itself above its minimum\n",
               info->value > 0 ? info->gap / info->value : 0.0);
    clean_text(model_path, false);
    printf("wrote %s\n", model_path);
}

static status restore(training *t, failure *f)
{
    bool found = false;
    const status result = t->options->resume ? checkpoint_restore(t, &found, f) : STATUS_OK;
    if (result != STATUS_OK || !t->options->resume || found || t->options->quiet)
        return result;
    char *folder = clean_copy(t->options->output, false);
    if (!folder)
        return fail_memory(f);
    fprintf(stderr, "no checkpoint in %s: training starts from the beginning\n", folder);
    free(folder);
    return STATUS_OK;
}

/* Writes what training gave. Nothing is left to resume then, unless it was interrupted. */
static status finish(training *t, failure *f)
{
    char *path = NULL;
    status result = write_history(t, f);
    if (result == STATUS_OK)
        result = write_model(t, &path, f);
    if (result == STATUS_OK && !was_interrupted())
        result = checkpoint_remove(t, f);
    if (result == STATUS_OK && (!t->options->quiet || was_interrupted()))
        print_closing(t, path);
    free(path);
    return result == STATUS_OK && was_interrupted() ? STATUS_INTERRUPTED : result;
}

static status train(training *t, failure *f)
{
    status result = make_folder(t->options->output, f);
    if (result == STATUS_OK)
        result = training_prepare(t, f);
    if (result != STATUS_OK)
        return result;
    catch_interrupts();
    t->started = t->last_checkpoint = seconds_now();
    result = restore(t, f);
    if (result == STATUS_OK)
        result = training_run(t, f);
    return result == STATUS_OK ? finish(t, f) : result;
}

static train_options defaults(void)
{
    const sm_sgd_options sgd = sm_sgd_defaults();
    return (train_options){
        .output = "results",
        .optimizer = OPTIMIZER_LBFGS,
        .schedule = 1,
        .l2 = "1e-4",
        .tolerance = 1e-4,
        .max_iterations = 10000,
        .n_epochs = sgd.n_epochs,
        .batch_size = sgd.batch_size,
        .learning_rate = sgd.learning_rate,
        .momentum = sgd.momentum,
        .patience = 20,
        .seed = 1,
    };
}

/* ... with --features best. */
static train_options best_defaults(void)
{
    train_options o = defaults();
    o.n_copies = 2;
    o.tolerance = 0.1;
    return o;
}

static status parse(int argc, char **argv, train_options *o, failure *f)
{
    const double many = 1e15;
    option_spec specs[] = {
        {"data", OPTION_TEXT, &o->data, "DIR|FILE", .help = "folder of the IDX files, or a table"},
        {"label", OPTION_TEXT, &o->label, "COLUMN", .help = "of a table: where the labels are (default: the last)"},
        {"output", OPTION_TEXT, &o->output, "DIR", .help = "folder for what is written"},
        {"optimizer", OPTION_CHOICE, &o->optimizer, .help = "what minimises", .choices = optimizer_names},
        {"features", OPTION_TEXT, &o->features, "MAP",
         .help = "what is made of an image: see below (default: pixels)"},
        {"copies", OPTION_COUNT, &o->n_copies, "N", .help = "distorted copies of each image, to train on too",
         .high = 100},
        {"memory", OPTION_TEXT, &o->memory, "LIMIT", .help = "what features may take, as 500M or 2G"},
        {"l2", OPTION_TEXT, &o->l2, "NUMBER|auto", .help = "strength of the penalty on the weights"},
        {"tolerance", OPTION_NUMBER, &o->tolerance, "NUMBER", .help = "relative distance to the minimum allowed",
         .high = 1, .only_for = "--optimizer lbfgs"},
        {"max-iterations", OPTION_COUNT, &o->max_iterations, "N", .help = "ends training if it has not converged",
         .high = many, .only_for = "--optimizer lbfgs"},
        {"epochs", OPTION_COUNT, &o->n_epochs, "N", .help = "passes over the training set", .high = many,
         .only_for = "--optimizer sgd"},
        {"batch-size", OPTION_COUNT, &o->batch_size, "N", .help = "images a step", .low = 1, .high = many,
         .only_for = "--optimizer sgd"},
        {"learning-rate", OPTION_NUMBER, &o->learning_rate, "NUMBER", .help = "length of a step", .low = 1e-12,
         .high = 1e6, .only_for = "--optimizer sgd"},
        {"momentum", OPTION_NUMBER, &o->momentum, "NUMBER", .help = "share of the last step kept", .high = 0.9999,
         .only_for = "--optimizer sgd"},
        {"schedule", OPTION_CHOICE, &o->schedule, .help = "linear falls to 0", .choices = schedule_names,
         .only_for = "--optimizer sgd"},
        {"from", OPTION_TEXT, &o->from, "FILE", .help = "start from the weights of a model file"},
        {"validation", OPTION_TEXT, &o->validation, "N|FRACTION", .help = "images held out of training"},
        {"patience", OPTION_COUNT, &o->patience, "N", .help = "with --validation: see below; 0 for never",
         .high = many},
        {"seed", OPTION_SEED, &o->seed, "N", .help = "of the validation split, the copies and sgd's order"},
        {"checkpoint", OPTION_TEXT, &o->checkpoint, "N|SECONDSs", .help = "how often to keep what --resume needs"},
        {"resume", OPTION_FLAG, &o->resume, .help = "go on from DIR/checkpoint.safetensors, if there is one"},
        threads_option(&o->n_threads),
        {"quiet", OPTION_FLAG, &o->quiet, .help = "print nothing but errors"},
        {0},
    };
    char all_notes[4096];
    features_print_help(all_notes, sizeof all_notes, notes);
    const command_usage usage = {
        .name = "train",
        .summary =
            "Train softmax regression on the training set and write DIR/model.safetensors and DIR/history.csv.",
        .notes = all_notes,
    };
    return parse_options(&usage, specs, argc, argv, NULL, f);
}

/* Whether features ask for the best; *map [FEATURES_TEXT_SIZE] is what that stands for, with their parameters. */
static bool find_best(const char *features, char *map)
{
    static const char name[] = "best";
    const size_t length = strcspn(features, ":");
    if (length != strlen(name) || memcmp(features, name, length) != 0)
        return false;
    (void)snprintf(map, FEATURES_TEXT_SIZE, "patches%s", features + length);
    return true;
}

static status run(int argc, char **argv, failure *f)
{
    train_options o = defaults();
    char best_map[FEATURES_TEXT_SIZE];
    status result = parse(argc, argv, &o, f);
    if (result == STATUS_OK && o.features && find_best(o.features, best_map)) {
        o = best_defaults();
        result = parse(argc, argv, &o, f);
        o.features_as_typed = o.features;
        o.features = best_map;
    }
    if (result != STATUS_OK)
        return result;
    training t = {.options = &o, .is_terminal = isatty(STDERR_FILENO)};
    result = train(&t, f);
    training_destroy(&t);
    return result;
}

const command command_train = {"train", "train a model on the training set", run};
