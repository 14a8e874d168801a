/*
 * A training run, from prepared samples to parameters. The loop is the caller's:
 *
 *     if (training_chooses_l2(&t)) {
 *         while (!l2_path_is_done(&t.path))
 *             training_try_l2(&t, f);
 *         training_take_l2(&t, f);
 *     }
 *     while (training_step(&t))
 *         training_record(&t);
 *     training_end(&t, f);
 */
#pragma once

#include "base/folder.h"
#include "training/l2_path.h"
#include "training/objectives.h"
#include "model/history.h"

typedef struct training {
    const settings *settings; /* settings and set are the caller's */
    const training_set *set;
    objectives objectives; /* once l2 is chosen, all samples are for training */
    uint64_t from_digest;  /* of the initial weights of --from */

    l2_path path; /* {0} without --l2 auto */
    double l2;

    sm_minimiser *minimiser; /* NULL while l2 is being chosen */
    double *current;         /* [n_parameters], those that the minimiser has reached, once recorded */
    double *best;            /* [n_parameters], those of lowest loss so far; at first the initial weights */
    double best_loss;        /* on the validation split if there is one, else the objective */
    size_t best_iteration;
    double temperature; /* fitted on the validation split; 0 until then, and without one */
    buffer history;     /* the content of history.csv */

    double started;                  /* by seconds_now; for a resumed run as if it had never been interrupted */
    double last_checkpoint;          /* by training_seconds; 0 for none */
    char checkpoint_path[PATH_SIZE]; /* in the folder for results */
} training;

/* Creates the objectives, and the minimiser unless l2 is to be chosen first. Do not move *t;
 * pass it to training_destroy, even after a failure. */
status training_create(const settings *s, const training_set *set, training *t, failure *f);
void training_destroy(training *t);

bool training_chooses_l2(const training *t);

/* Minimises with the next strength of the path. */
status training_try_l2(training *t, failure *f);

/* Ends the choice: fits the temperature, and prepares training on all samples with the best l2, from its minimum or the
 * mean of those of the folds. */
status training_take_l2(training *t, failure *f);

/* Prepares training on all samples with t->l2, from t->best. */
status training_use_all_samples(training *t, failure *f);

/* Takes a step of the minimiser; false if it has none left (see sm_minimiser_step), or training was stopped early. */
bool training_step(training *t);

/* Whether the validation loss has not fallen for too many iterations. */
bool training_stopped_early(const training *t);

/* Validates the current parameters, keeps them if they are the best, and adds a row to the history. */
history_row training_record(training *t);

/* Fails if the minimiser has, or if SGD diverged; fits the temperature. */
status training_end(training *t, failure *f);

/* The duration so far, including the runs that this one continues. */
double training_seconds(const training *t);
