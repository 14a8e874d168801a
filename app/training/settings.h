/* The settings of a training, from the command line of `mnist train`. */
#pragma once

#include "features/features.h"
#include "formats/json.h"

enum { OPTIMIZER_LBFGS, OPTIMIZER_SGD };
enum { CLASS_WEIGHT_NONE, CLASS_WEIGHT_BALANCED };
extern const char *const optimizer_names[], *const schedule_names[],
                                                *const class_weight_names[]; /* NULL-terminated */

typedef struct settings {
    const char *data;        /* a folder or a table; NULL for the default folder (see locate_folder) */
    const char *add;         /* a folder of pictures to train on as well, or NULL */
    bool is_table;           /* data is a table */
    const char *label;       /* the column of a table with the labels (see table_format) */
    const char *output;      /* the folder for results */
    const char *from;        /* the model file with the initial weights, or NULL */
    feature_choice features; /* columns for tables */
    size_t n_copies;         /* augmented copies of each image */
    size_t memory_bytes;     /* features that take more are computed at each use */
    double validation; /* the size of the validation split: a number of samples, or below 1 a fraction of them */
    size_t patience;   /* iterations without a lower validation loss that end training; 0 for no limit */
    bool chooses_l2;   /* l2 is chosen on the validation split, or by cross-validation */
    size_t n_folds;    /* of cross-validation; 0 for a validation split */
    double l2;         /* unless chooses_l2 */
    size_t optimizer, schedule, class_weight; /* indices of the names; the schedule is that of sgd */
    sm_lbfgs_options lbfgs;                   /* if that is the optimizer */
    sm_sgd_options sgd;                       /* if that is */
    uint64_t seed;                            /* for the validation split or folds, the copies and sgd */
    double checkpoint_interval;               /* in iterations or seconds; 0 for no checkpoints */
    bool checkpoint_by_time;                  /* the interval is in seconds */
    bool resume, quiet;
    sm_execution execution;
} settings;

/* Parses a command line (argv[0] is the command's name) and judges it completely, before any file is opened: each
 * value, and whether the options go together, with each other and with the kind of data. Texts point into argv.
 * Returns STATUS_HELP, with the help in *help, if that was asked for. */
status settings_parse(int argc, char **argv, settings *s, buffer *help, failure *f);

/* All settings that decide the result, in a canonical form: an object of strings, by the names of the options.
 * NULL if memory ran out. */
json_t *settings_describe(const settings *s);
