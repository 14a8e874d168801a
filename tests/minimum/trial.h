/* A problem given to the library, and its answer compared with the reference. */
#ifndef MINIMUM_TRIAL_H
#define MINIMUM_TRIAL_H

#include "problem.h"
#include "softmax.h"

typedef struct trial_options {
    bool is_double;   /* the source's type: SM_F64 instead of SM_F32 */
    double tolerance; /* sm_lbfgs_options.tolerance */
    size_t n_threads; /* of the library */
} trial_options;

typedef struct trial {
    long number; /* of a random problem; below 0 of a large one */
    problem_kind kind;
    bool is_standardised;
    size_t n_samples, n_features, n_classes;
    double l2;
    sm_status status;
    sm_info info;   /* what the library says */
    double seconds; /* of the library's training, with the objective's creation */

    double minimum;        /* the reference's value */
    double reference_gap;  /* at most this far above the true minimum */
    double value;          /* F where the library ended, to 1e-14 of itself and better */
    double least_gap, gap; /* value - minimum, and that plus reference_gap: the true gap lies between them */
    double reference_seconds;
    size_t n_reference_iterations;
    bool is_precise; /* the reference needed a Hessian in double-double */
} trial;

/* Rounds the values of the problem if its type is float. */
trial trial_run(problem *p, const trial_options *options);

/* The library said that it converged, but is further above the minimum than it was asked to be. */
bool trial_is_wrong(const trial *t, double tolerance);

/* It is further above the minimum than it was asked to be, and says so. */
bool trial_is_unfinished(const trial *t, double tolerance);

/* Its gap is below the true one. */
bool trial_is_lie(const trial *t);

/* The reference could say. */
bool trial_is_known(const trial *t);

/* All that it said is true, whatever it reached, and the reference could say so. */
bool trial_is_right(const trial *t, double tolerance);

/* Prints all about it. */
void trial_print(const trial *t, const char *description);

#endif
