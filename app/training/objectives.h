/* The objectives of a training: on the samples to train on, and on those held out to validate on. */
#pragma once

#include "training/training_set.h"

/* Instead of a fold: no sample is held out. */
static const size_t NO_FOLD = SIZE_MAX;

/* Parameters are W row by row and then b, for standardised columns and the classes that have a sample. */
typedef struct objectives {
    const settings *settings; /* the caller's, as is the set */
    const training_set *set;
    size_t n_parameters;
    size_t n_folds; /* 1 for a validation split */
    size_t fold;    /* held out: of a validation split 0; NO_FOLD for none */
    sm_objective *training;
    sm_objective *validation; /* l2 is 0, on all folds; NULL without held-out samples */
    feature_range training_range, validation_range;
    double *training_weights, *validation_weights; /* [n_samples] of the set, or NULL: of 1 each */
    size_t *held_out,
        *fold_starts; /* the samples of each fold, and where these start; NULL for a validation split */
    double *x;        /* [n_folds, n_parameters], scratch: points in the coordinates of an objective */
} objectives;

/* *o is for objectives_destroy, after a failure as well; it must not be moved. No objective is open yet. */
status objectives_create(const settings *s, const training_set *set, objectives *o, failure *f);
void objectives_destroy(objectives *o);

/* Whether there are samples to hold out. */
bool objectives_can_validate(const training_set *set);

/* Opens the objectives for training without a fold, with this l2. No other objective stays open. */
status objectives_open(objectives *o, size_t fold, double l2, failure *f);

/* How many samples of the set the open objective trains on, with the copies. */
size_t objectives_count_training(const objectives *o);

/* Sets parameters to the minimum for an infinite l2: W = 0, and b the logarithms of the frequencies of the classes. */
void objectives_set_constant(const objectives *o, double *parameters);

/* The value of the training objective at parameters, and a bound of its gap, which need not be sharper than a fraction
 * `tolerance` of it; {HUGE_VAL, 0} if none is known. in_double computes in double from now on. */
sm_status objectives_measure(objectives *o, const double *parameters, bool in_double, double tolerance,
                             double *value, sm_bound *bound);

/* The mean loss and the accuracy of held-out samples, each fold with the parameters [n_folds, n_parameters] that were
 * trained without it. */
sm_status objectives_validate(objectives *o, const double *parameters, double *loss, double *accuracy);

/* Whether each sample to train on has a higher score for its class than for any other, by more than rounding. */
sm_status objectives_separate(const objectives *o, const double *parameters, bool *separates);

/* Fits the temperature on the held-out samples; parameters as above. */
sm_status objectives_fit_temperature(objectives *o, const double *parameters, double *temperature);
