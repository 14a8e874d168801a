/*
 * A training run of `mnist train`: its options, where it stands, and what is done with it. Each part of it is a
 * file: training.c prepares and runs it, start.c takes its start from a model, checkpoint.c keeps it and resume.c
 * puts it back, training_files.c writes what it gives.
 */
#pragma once

#include "training/l2_path.h"
#include "data/dataset.h"
#include "data/standardisation.h"
#include "model/feature_store.h"
#include "model/model.h"
#include "base/buffer.h"
#include "softmax.h"
#include "base/status.h"

typedef enum optimizer { OPTIMIZER_LBFGS, OPTIMIZER_SGD } optimizer;
extern const char *const optimizer_names[], *const schedule_names[]; /* NULL-terminated */

typedef struct train_options {
    const char *data, *output, *validation;
    const char *label;             /* the column of a table with the labels (see table_format) */
    const char *from;              /* a model file to start from, or NULL */
    const char *features;          /* a feature map, and its parameters; NULL for the one that makes nothing */
    const char *features_as_typed; /* where features is what that stands for; else NULL */
    const char *memory;         /* what features may take, in bytes with K, M or G behind it; NULL for half of it */
    size_t optimizer, schedule; /* indices into the names above */
    const char *l2;             /* a number, or auto */
    double tolerance, learning_rate, momentum;
    size_t n_copies, max_iterations, n_epochs, batch_size, patience, n_threads;
    uint64_t seed;
    const char *checkpoint; /* NULL, a number of iterations, or of seconds with an s behind it */
    bool resume, quiet;
} train_options;

typedef struct training {
    const train_options *options;
    bool chooses_l2; /* --l2 auto, until the choice is made */
    double l2;
    dataset data;                    /* its classes without an image dropped: their biases would sink for ever */
    column_scale *scales;            /* of a table [n_columns]; of images NULL */
    size_t n_labels;                 /* classes with those that were dropped */
    uint8_t labels[SM_MAX_CLASSES];  /* what each class of the data is called */
    size_t n_training, n_validation; /* n_training with the distorted copies */
    feature_choice features;
    feature_store store;
    feature_range training_range, validation_range;
    sm_objective *training_objective, *validation_objective; /* the latter NULL without validation */
    size_t n_parameters;
    uint64_t from_digest;      /* of the parameters that --from starts with */
    l2_path path;              /* {0} unless chooses_l2 */
    double *parameters, *best; /* [n_parameters] */
    double best_loss;          /* on the validation part if there is one, else the objective */
    size_t best_iteration;
    bool stopped_early;
    double temperature;        /* fitted on the validation part; 0 until then, and without one */
    double first_gap, started; /* seconds */
    buffer history;
    bool is_terminal;
    sm_minimiser *minimiser; /* NULL until l2 is chosen */
    sm_info info;

    uint64_t data_digest;         /* with --checkpoint or --resume */
    size_t checkpoint_iterations; /* 0 for never */
    double checkpoint_seconds;    /* 0 for never */
    double last_checkpoint;       /* seconds, when the last one was written */
    status checkpoint_status;     /* whether writing them went well, and how it failed */
    failure checkpoint_failure;
    double *state; /* [n_state], of the minimiser, in the last checkpoint; NULL without one */
    size_t n_state;
} training;

/* Seconds on a clock that only goes forward. */
double seconds_now(void);

/* Ctrl-C: the first one ends training, a second one the program. */
void catch_interrupts(void);
bool was_interrupted(void);

/* Reads the options' texts and the data and makes room; *t holds the options. Also where it fails, *t is for
 * training_destroy. */
status training_prepare(training *t, failure *f);
void training_destroy(training *t);

/* Trains, from the start or from where a checkpoint has put it. */
status training_run(training *t, failure *f);

/* start.c */

/* Puts the parameters of --from, if it is given, where training starts. Fails if that model has other features,
 * images or classes. */
status training_start_from(training *t, failure *f);

/* checkpoint.c */

/* Reads --checkpoint. */
status checkpoint_parse(training *t, failure *f);

/* Writes a checkpoint into the folder of results if one is due, or as soon as `at_once`. False once writing one has
 * failed. */
bool checkpoint_keep(training *t, bool at_once);

/* Removes the checkpoint of a run that is done. */
status checkpoint_remove(const training *t, failure *f);

/* resume.c */

/* Puts the run back to where the folder's checkpoint left it; *found is false if there is none. One of
 * another run is refused. */
status checkpoint_restore(training *t, bool *found, failure *f);

/* The same from the bytes of a checkpoint; `name` is for the failure's line. One that is damaged is refused;
 * without checks_digest only where that cannot be gone on from. After a failure *t is for training_destroy alone. */
status checkpoint_put_back(training *t, const char *name, const uint8_t *content, size_t size, bool checks_digest,
                           failure *f);

/* Turns from choosing l2 to training on all images with the one that was chosen. */
status training_use_all_images(training *t, failure *f);

/* training_files.c */

/* Writes history.csv, and model.safetensors, whose path the caller frees. */
status write_history(training *t, failure *f);
status write_model(const training *t, char **path, failure *f);
