/* What a checkpoint holds of a training run, by name: written by checkpoint.c, put back by resume.c. */
#pragma once

#include "training/training.h"
#include "formats/safetensors.h"

/* What the format of checkpoints is called. */
extern const char checkpoint_format[];

/* Something that decides on the result, by the name of its option. */
typedef struct setting {
    const char *key;
    char value[FEATURES_TEXT_SIZE];
} setting;

enum { MAX_SETTINGS = 24 };

typedef struct settings {
    size_t n;
    setting list[MAX_SETTINGS];
} settings;

/* All settings of a run. */
settings describe_run(const training *t);

/* A number in the metadata, all its bits. */
typedef struct exact_number {
    const char *key;
    double *value;
} exact_number;

/* The numbers of a run that are not in the minimiser's state, in the form in which they are kept. */
typedef struct run_numbers {
    double best_loss, best_iteration, first_gap, seconds, l2, temperature;
    double path_tried, path_worse, path_best_loss, path_best_l2;
} run_numbers;

enum { N_RUN_NUMBERS = sizeof(run_numbers) / sizeof(double) };

/* The name of each number, and where in *n it is; named [N_RUN_NUMBERS]. */
void name_numbers(run_numbers *n, exact_number *named);

/* The numbers of a run as they stand. */
run_numbers gather_numbers(const training *t);

/* What is kept in either phase. */
typedef enum kept_tensor { BEST, STATE_OR_CURRENT, N_TENSORS } kept_tensor;

/* The tensors of a run, of which state [n_state] is NULL while l2 is being chosen. */
void name_tensors(const training *t, const double *state, size_t n_state, tensor named[N_TENSORS]);

/* A digest of all that is put back, as text. Settings are not among it: they are compared one by one. */
enum { DIGEST_CHARS = 17 };
void print_digest(run_numbers numbers, const char *history, const tensor tensors[N_TENSORS],
                  char text[DIGEST_CHARS]);
