#include "training/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/machine.h"

const char *const optimizer_names[] = {"lbfgs", "sgd", NULL};
const char *const schedule_names[] = {"constant", "linear", NULL};
const char *const class_weight_names[] = {"none", "balanced", NULL};

static const char notes[] =
    "--data is a folder of IDX files; a folder of pictures, in which a folder for each class, such as 0 to 9, has its "
    "PNG files, read and normalised as by predict; or a table: a file in CSV, with or without a header, or in NumPy's "
    "format, plain or compressed by gzip. The labels are in the last column of a table, or in --label, by name or "
    "number; in CSV they can be any text. All other columns are features. Training standardises the columns to mean 0 and "
    "deviation 1, and --l2 applies to the standardised ones; the weights in the model are for the original ones.\n"
    "--add names a folder of pictures of the same classes, which join the data before a part of it is held out. "
    "Pictures that cannot be read are left out, and listed by reason.\n"
    "--features selects the inputs of the model: the pixels, or features that a fixed map computes from them. "
    "Features that take more than --memory, by default half of the machine's, are computed at each use, which gives "
    "the same model.\n"
    "--features best, or best:key=value, is the most accurate choice. It is short for --features patches --copies 2 "
    "--l2 3e-4 --tolerance 0.1. --features quick is nearly as accurate, in a fraction of the time and memory: it is "
    "short for --features patches:filters=224,views=1 --copies 1 --l2 3e-4 --tolerance 0.3. Options that are given "
    "take precedence. --optimizer sgd has no tolerance.\n"
    "--copies adds augmented copies of the images: rotated, stretched, sheared, shifted and elastically deformed a "
    "little, each copy in its own way. Images held out for validation are not copied.\n"
    "The objective is the mean cross-entropy + (l2/2) ||W||^2; biases are not penalised.\n"
    "--class-weight balanced gives a sample the weight N / (K n), where n of the N samples are of its class and K is "
    "the number of classes, so that all classes count alike in the losses.\n"
    "--l2 auto tries 1, 2 and 5 times powers of 10, takes the one with the lowest loss on a validation split (a sixth "
    "of the samples, or --validation), and then trains on all samples. It starts where the penalty is so strong that "
    "weights of 0 are within 1 % of the minimum, and goes on to weaker ones until two in a row are worse than the best. "
    "With --folds K there are K validation splits, each with a model that was trained on the other samples, and the "
    "mean loss over all of them counts.\n"
    "--tolerance limits how far the objective may be above its minimum, as a fraction of it: training ends as soon "
    "as the duality gap proves that it is closer.\n"
    "--from takes the initial weights from a model for the same features, images and classes. Training then reaches "
    "the same minimum, with the same proof, in fewer iterations.\n"
    "--validation holds out a number of samples of the training set, or a fraction below 1, the same share of each "
    "class. Training ends early when --patience iterations in a row have not lowered the loss on them, and the "
    "model with the lowest loss is kept.\n"
    "--checkpoint and --resume continue an interrupted training. DIR/checkpoint.safetensors is written every N "
    "iterations (or epochs), or every N seconds (such as 30s). However often it is killed and resumed, training ends "
    "with the same model, byte for byte, and then removes the checkpoint.\n"
    "Ctrl-C ends training and keeps the best model so far.";

/* Texts that are parsed further. */
typedef struct raw_values {
    const char *features, *memory, *l2, *checkpoint;
} raw_values;

enum { MAX_OPTIONS = 32 };
static const double MANY = 1e15;

static void list_options(settings *s, raw_values *raw, option_spec specs[MAX_OPTIONS])
{
    const char *const lbfgs = "--optimizer lbfgs", *const sgd = "--optimizer sgd";
    const option_spec all[] = {
        {"data", OPTION_TEXT, &s->data, "DIR|FILE", .help = "folder of IDX files or of pictures, or a table"},
        {"add", OPTION_FOLDER, &s->add, "DIR", .help = "folder of pictures to train on as well",
         .only_for = "images"},
        {"label", OPTION_TEXT, &s->label, "COLUMN", .help = "column of a table with the labels (default: the last)",
         .only_for = "a table"},
        {"output", OPTION_TEXT, &s->output, "DIR", .help = "folder for the results"},
        {"features", OPTION_TEXT, &raw->features, "MAP",
         .help = "inputs of the model: see below (default: pixels)"},
        {"copies", OPTION_COUNT, &s->n_copies, "N", .help = "augmented copies of each training image", .high = 100,
         .only_for = "images"},
        {"memory", OPTION_TEXT, &raw->memory, "LIMIT", .help = "for features kept in memory, such as 500M or 2G"},
        {"validation", OPTION_NUMBER, &s->validation, "N|FRACTION", .help = "held-out samples", .high = MANY},
        {"patience", OPTION_COUNT, &s->patience, "N", .help = "see below; 0 for no limit", .high = MANY,
         .only_for = "--validation"},
        {"from", OPTION_TEXT, &s->from, "FILE", .help = "model file with the initial weights"},
        {"l2", OPTION_TEXT, &raw->l2, "NUMBER|auto", .help = "strength of the penalty on the weights"},
        {"folds", OPTION_COUNT, &s->n_folds, "K", .help = "of cross-validation, or 0 for a single split",
         .high = 100, .only_for = "--l2 auto"},
        {"class-weight", OPTION_CHOICE, &s->class_weight, .help = "see below", .choices = class_weight_names},
        {"optimizer", OPTION_CHOICE, &s->optimizer, .help = "the minimiser", .choices = optimizer_names},
        {"tolerance", OPTION_NUMBER, &s->lbfgs.tolerance, "NUMBER",
         .help = "accepted relative distance to the minimum", .high = 1, .only_for = lbfgs},
        {"max-iterations", OPTION_COUNT, &s->lbfgs.max_iterations, "N",
         .help = "limit if training does not converge", .high = MANY, .only_for = lbfgs},
        {"epochs", OPTION_COUNT, &s->sgd.n_epochs, "N", .help = "passes over the training set", .high = MANY,
         .only_for = sgd},
        {"batch-size", OPTION_COUNT, &s->sgd.batch_size, "N", .help = "samples per step", .low = 1, .high = MANY,
         .only_for = sgd},
        {"learning-rate", OPTION_NUMBER, &s->sgd.learning_rate, "NUMBER", .help = "length of a step", .low = 1e-12,
         .high = 1e6, .only_for = sgd},
        {"momentum", OPTION_NUMBER, &s->sgd.momentum, "NUMBER", .help = "share of the last step kept",
         .high = 0.9999, .only_for = sgd},
        {"schedule", OPTION_CHOICE, &s->schedule, .help = "of the learning rate; linear falls to 0",
         .choices = schedule_names, .only_for = sgd},
        {"seed", OPTION_SEED, &s->seed, "N",
         .help = "used only by --validation, --l2 auto, --copies and --optimizer sgd"},
        {"checkpoint", OPTION_TEXT, &raw->checkpoint, "N|SECONDSs", .help = "interval of checkpoints for --resume"},
        {"resume", OPTION_FLAG, &s->resume, .help = "continue from DIR/checkpoint.safetensors, if it exists"},
        threads_option(&s->execution),
        {"quiet", OPTION_FLAG, &s->quiet, .help = "print nothing but errors and warnings"},
    };
    memcpy(specs, all, sizeof all);
}

static settings default_settings(void)
{
    settings s = {.output = "results",
                  .validation = (double)NAN,
                  .lbfgs = sm_lbfgs_defaults(),
                  .schedule = SM_SCHEDULE_LINEAR,
                  .sgd = sm_sgd_defaults(),
                  .memory_bytes = half_of_memory(),
                  .patience = 20,
                  .seed = 1,
                  .execution = default_execution()};
    s.lbfgs.tolerance = 1e-4;
    return s;
}

/* The number at the start of a text, NAN if there is none, and the text after it. */
static double parse_number(const char *text, const char **rest)
{
    char *end;
    const double value = strtod(text, &end);
    *rest = end;
    return end == text ? (double)NAN : value;
}

/* A map with what training on it has been found to need. */
typedef struct preset {
    const char *name, *map;
    size_t n_copies;
    double l2, tolerance;
} preset;

static const preset *find_preset(const char *name, size_t length)
{
    static const preset presets[] = {
        {"best", "patches", .n_copies = 2, .l2 = 3e-4, .tolerance = 0.1},
        {"quick", "patches:filters=224,views=1", .n_copies = 1, .l2 = 3e-4, .tolerance = 0.3},
    };
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (length == strlen(presets[i].name) && memcmp(name, presets[i].name, length) == 0)
            return &presets[i];
    return NULL;
}

/* --features, and the settings that a preset brings along, unless they are given. */
static status parse_features(const char *text, const option_spec *specs, settings *s, failure *f)
{
    const size_t length = strcspn(text, ":");
    const preset *p = find_preset(text, length);
    failure why = {""};
    status result = features_parse(p ? p->map : text, &s->features, &why);
    if (result == STATUS_OK && p && text[length] != '\0')
        result = features_set(text + length + 1, &s->features, &why);
    if (result != STATUS_OK)
        return fail_usage(f, "--features %s: %s", text, why.text);
    if (p && !option_is_given(specs, "copies"))
        s->n_copies = p->n_copies;
    if (p && !option_is_given(specs, "tolerance"))
        s->lbfgs.tolerance = p->tolerance;
    if (p && !option_is_given(specs, "l2"))
        s->l2 = p->l2;
    return STATUS_OK;
}

static status parse_memory(const char *text, settings *s, failure *f)
{
    static const char units[] = "KMG";
    const char *rest;
    double value = parse_number(text, &rest);
    const char *unit = *rest != '\0' ? strchr(units, *rest) : NULL;
    for (const char *u = units; unit && u <= unit; u++)
        value *= 1024;
    if (rest[unit ? 1 : 0] != '\0' || !(value >= 0 && value <= 0x1p50))
        return fail_usage(f, "--memory %s: expected a number of bytes, as in 500M or 2G", text);
    s->memory_bytes = (size_t)value;
    return STATUS_OK;
}

static status parse_l2(const char *text, settings *s, failure *f)
{
    const char *rest;
    s->chooses_l2 = strcmp(text, "auto") == 0;
    s->l2 = s->chooses_l2 ? 0 : parse_number(text, &rest);
    if (!s->chooses_l2 && (*rest != '\0' || !(s->l2 >= 0 && s->l2 <= 1e6)))
        return fail_usage(f, "--l2 %s: expected a number from 0 to 1e+06, or auto", text);
    return STATUS_OK;
}

static status parse_checkpoint(const char *text, settings *s, failure *f)
{
    const char *rest;
    const double number = parse_number(text, &rest);
    const bool is_seconds = strcmp(rest, "s") == 0 && number > 0 && number <= 1e9;
    const bool is_count = *rest == '\0' && number >= 1 && number <= 1e15 && floor(number) == number;
    if (!is_count && !is_seconds)
        return fail_usage(f, "--checkpoint %s: expected a number of iterations, or of seconds as in 30s", text);
    s->checkpoint_interval = number;
    s->checkpoint_by_time = is_seconds;
    return STATUS_OK;
}

static status parse_raw_values(const raw_values *raw, const option_spec *specs, settings *s, failure *f)
{
    const double sixth = 1.0 / 6;
    s->sgd.schedule = (sm_schedule)s->schedule;
    s->sgd.seed = s->seed;
    status result = parse_l2(raw->l2, s, f);
    if (isnan(s->validation))
        s->validation = s->chooses_l2 && s->n_folds == 0 ? sixth : 0;
    if (result == STATUS_OK && s->validation >= 1 && floor(s->validation) != s->validation)
        result = fail_usage(f, "--validation %g: expected a whole number of samples, or a fraction below 1",
                            s->validation);
    if (result == STATUS_OK)
        result = parse_features(raw->features ? raw->features : s->is_table ? "columns" : "pixels", specs, s, f);
    if (result == STATUS_OK && raw->memory)
        result = parse_memory(raw->memory, s, f);
    return result == STATUS_OK && raw->checkpoint ? parse_checkpoint(raw->checkpoint, s, f) : result;
}

/* Refuses options that cannot be combined, or one that the others leave without use. */
static status check_combinations(const option_spec *specs, const settings *s, failure *f)
{
    if (s->from && s->chooses_l2)
        return fail_usage(f, "--from cannot be combined with --l2 auto, which finds initial weights itself");
    if (s->n_folds == 1)
        return fail_usage(f, "--folds 1: expected 2 folds or more, or 0 for a single split");
    if (s->n_folds > 0 && s->validation > 0)
        return fail_usage(f, "--folds and --validation cannot be combined: each fold is held out in turn");
    if (s->chooses_l2 && s->n_folds == 0 && s->validation == 0)
        return fail_usage(f, "--l2 auto: expected samples to validate on, found none");
    if (option_is_given(specs, "patience") && (s->chooses_l2 || s->validation == 0))
        return fail_usage(f, "--patience is for --validation above 0 without --l2 auto");
    if (s->is_table && !features_are_columns(&s->features))
        return fail_usage(f, "--features is for images; %s is a table", s->data);
    if (!s->is_table && features_are_columns(&s->features))
        return fail_usage(f, "--features columns is for a table; expected --data FILE");
    if (option_is_given(specs, "memory") && !features_map(&s->features)->transform)
        return fail_usage(f, "--memory is for features that are computed, such as --features deskew");
    return STATUS_OK;
}

status settings_parse(int argc, char **argv, settings *s, buffer *help, failure *f)
{
    raw_values raw = {.l2 = "1e-4"};
    option_spec specs[MAX_OPTIONS] = {{0}};
    char all_notes[6144];
    features_print_help(all_notes, sizeof all_notes, notes);
    const command_usage usage = {
        .name = "train",
        .summary =
            "Train softmax regression on the training set and write DIR/model.safetensors and DIR/history.csv.",
        .notes = all_notes,
    };
    *s = default_settings();
    list_options(s, &raw, specs);
    status result = options_parse(&usage, specs, argc, argv, NULL, f);
    if (result == STATUS_HELP)
        options_print_help(&usage, specs, help);
    if (result == STATUS_OK)
        result = check_kind_of_data(specs, s->data, &s->is_table, f);
    if (result == STATUS_OK)
        result = parse_raw_values(&raw, specs, s, f);
    return result == STATUS_OK ? check_combinations(specs, s, f) : result;
}

/* Adds a number as text, with all its bits. */
static void add_number(json_t **all, const char *key, double value)
{
    json_set(all, key, json_sprintf("%.17g", value));
}

json_t *settings_describe(const settings *s)
{
    char features[FEATURES_TEXT_SIZE];
    json_t *all = json_pack("{s:s}", "version", MNIST_VERSION);
    features_print(&s->features, features);
    json_set(&all, "features", json_string(features));
    add_number(&all, "copies", (double)s->n_copies);
    json_set(&all, "l2", s->chooses_l2 ? json_string("auto") : json_sprintf("%.17g", s->l2));
    json_set(&all, "optimizer", json_string(optimizer_names[s->optimizer]));
    json_set(&all, "class-weight", json_string(class_weight_names[s->class_weight]));
    add_number(&all, "validation", s->validation);
    add_number(&all, "folds", (double)s->n_folds);
    add_number(&all, "patience", (double)s->patience);
    json_set(&all, "seed", json_sprintf("%ju", (uintmax_t)s->seed));
    if (s->optimizer == OPTIMIZER_SGD) {
        add_number(&all, "epochs", (double)s->sgd.n_epochs);
        add_number(&all, "batch-size", (double)s->sgd.batch_size);
        add_number(&all, "learning-rate", s->sgd.learning_rate);
        add_number(&all, "momentum", s->sgd.momentum);
        json_set(&all, "schedule", json_string(schedule_names[s->sgd.schedule]));
    } else {
        add_number(&all, "tolerance", s->lbfgs.tolerance);
        add_number(&all, "max-iterations", (double)s->lbfgs.max_iterations);
    }
    return all;
}
