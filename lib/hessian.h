/*
 * An approximation of the Hessian of the objective, to precondition a minimiser with. Private to the library.
 *
 * The Hessian's block of class k is  H_k = (1/N) sum_n v_nk x_n x_n' + l2 I  with  v_nk = p_nk (1 - p_nk)
 * (Boehning 1992, Multinomial logistic regression algorithm, eq. 2.4), where x_n is followed by a 1 for the bias, which
 * has no l2. What lies between the classes is left out. A trained model is undecided about few samples, and only those
 * have a v far from 0; so each class's sum is estimated from a few rows, drawn with a probability in proportion to v, so
 * that all weigh the same. A ridge on the diagonal, 4 % of its mean without l2, makes up for directions that so few
 * rows do not cover. Where K blocks would take too much memory, all classes share one, their mean.
 */
#pragma once

#include "blocks.h"

typedef struct sm_hessian {
    size_t n_classes, n_features;
    size_t n_blocks;   /* K, or 1 that all classes share */
    size_t n;          /* rows of a block: D + 1 */
    size_t stride;     /* values from one row to the next */
    size_t block_size; /* values from one block to the next */
    float *factors;    /* [n_blocks, rows, stride], an upper triangular Cholesky factor each */
    float *vectors;    /* [K, stride], one right-hand side a class */
    const sm_kernels *kernels;
    size_t n_threads, n_threads_in_block;
} sm_hessian;

/* How many blocks are kept: K, 1, or 0 where even one would take more than 512 MiB. */
size_t sm_hessian_count_blocks(size_t n_features, size_t n_classes);

/* Estimates and factors n_blocks blocks, K or 1, at the parameters that are set in `blocks`. On success *hessian is
 * to be given to sm_hessian_destroy. */
sm_status sm_hessian_create(const sm_blocks *blocks, double l2, size_t n_blocks, sm_hessian *hessian);

/* Frees what it holds; {0} is allowed. */
void sm_hessian_destroy(sm_hessian *hessian);

/* direction = H^-1 gradient, class by class, less the mean over classes (the objective does not change
 * where all classes move alike). Both [K * (D + 1)], W row by row and then b. */
void sm_hessian_solve(const sm_hessian *hessian, const double *gradient, double *direction);
