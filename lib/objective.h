/* The objective as its files share it. Private to the library. */
#pragma once

#include "coordinates.h"
#include "doubles.h"
#include "hessian.h"
#include "low_rank.h"
#include "newton.h"

/* Lengths of samples, at most, in the caller's units and in those of the coordinates. */
typedef struct sm_lengths {
    double mean_square, mean_square_z; /* means of ||x_n - centre||^2 and ||z_n||^2 */
    double longest, longest_z;         /* max ||x_n - centre|| and max ||z_n|| */
} sm_lengths;

/* Sums over a shard of the samples. */
typedef struct sm_shard {
    double loss;
    double squares, residuals[SM_MAX_CLASSES]; /* in double precision only; see sm_means */
    sm_lengths squared;                        /* sums and maxima of squares, while classes are summed */
    double largest;                            /* the largest magnitude of a feature, then */
    size_t n_correct;
    bool is_empty;    /* nothing was added to the gradient yet, and what it holds has no meaning */
    double *gradient; /* [n_model], or [K, stride] in double precision */
} sm_shard;

enum { SM_OBJECTIVE_SHARDS = 16 };

/* Means over samples, weighted by their sample weights; r_n = S_n - y_n. */
typedef struct sm_means {
    double loss;
    double accuracy;                  /* not weighted */
    double squares;                   /* at least that of ||r_n||^2 */
    double residuals[SM_MAX_CLASSES]; /* at least those of |r_nk| */
} sm_means;

struct sm_objective {
    sm_source source;
    sm_coordinates coordinates;
    double l2;
    bool has_bias;
    size_t n_parameters; /* K * (D + 1) */

    bool is_double;     /* passes are in double precision */
    sm_blocks blocks;   /* for passes in float; {0} for a source of doubles */
    sm_doubles doubles; /* {0} until one is needed */
    sm_execution execution;

    size_t n_max_shards;
    sm_shard shards[SM_OBJECTIVE_SHARDS];
    double *gradient_sums; /* the gradients of the shards */

    double *class_sums; /* [K * (D + 1)]: the means of y_n z_n', and then the frequency of each class */
    sm_lengths lengths; /* of the samples */
    sm_means means;     /* of the last evaluation */

    /* {0} until they are built */
    sm_hessian hessian;   /* in float, or */
    sm_low_rank low_rank; /* of low rank in float, or */
    sm_newton newton;     /* in double precision */
};

/* Allocates what passes in double precision need, if they are not there yet. Fails with SM_ERROR_MEMORY. */
sm_status sm_objective_prepare_doubles(sm_objective *objective);

/* The strength of the penalty on column d of the weights in x. */
static inline double sm_objective_penalty(const sm_objective *o, size_t d)
{
    return o->l2 * o->coordinates.scale[d] * o->coordinates.scale[d];
}

/* Whether hardly any chunk of the rows, which are not doubles, is empty: then all features have a mean that counts, and to
 * take it from them costs nothing more. */
bool sm_objective_is_dense(const sm_objective *objective);

/* Whether passes are in double precision from the beginning. */
bool sm_objective_starts_in_double(const sm_source *source);

/* gradient += that of the penalty at x. */
void sm_objective_add_penalty(const sm_objective *o, const double *x, double *gradient);
