/* The objective as its files share it. Private to the library. */
#pragma once

#include "hessian.h"

/* Sums over a shard of the samples. */
typedef struct sm_shard {
    double loss;
    size_t n_correct;
    bool is_empty;    /* nothing was added to the gradient yet, and what it holds has no meaning */
    double *gradient; /* [n_model] */
} sm_shard;

enum { SM_OBJECTIVE_SHARDS = 16 };

struct sm_objective {
    sm_blocks blocks;
    double l2;
    size_t n_parameters; /* K * (D + 1) */
    size_t n_max_shards;
    sm_shard shards[SM_OBJECTIVE_SHARDS];
    double *gradient_sums; /* [n_max_shards, n_model] */
    double *class_sums;    /* [K * (D + 1)]: (1/N) sum_n y_n x_n', and then the frequency of each class */
    double accuracy;
    sm_hessian hessian; /* {0} until it is built */
};

/* sm_problem.evaluate of an objective. */
sm_status sm_objective_evaluate(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient);
