/*
 * An approximation of the Hessian of the objective, to precondition a minimiser with. Private to the library.
 *
 * The Hessian's block of class k is  H_k = (1/N) sum_n v_nk x_n x_n' + l2 I  with  v_nk = p_nk (1 - p_nk)
 * (Boehning 1992, Multinomial logistic regression algorithm, eq. 2.4), where x_n is followed by a 1 for the bias, which
 * has no l2. What lies between the classes is left out. A trained model is undecided about few samples, and only those
 * have a v far from 0; so each class's sum is estimated from a few rows, drawn with a probability in proportion to v, so
 * that all weigh the same. A ridge on the diagonal, 4 % of its mean without l2, makes up for directions that so few
 * rows do not cover.
 */
#pragma once

#include "blocks.h"

typedef struct sm_hessian {
    size_t n_classes, n_features;
    size_t n;          /* rows of a block: D + 1 */
    size_t stride;     /* values from one row to the next */
    size_t block_size; /* values from one block to the next */
    float *factors;    /* [K, rows, stride], an upper triangular Cholesky factor each */
    float *vectors;    /* [K, stride], one right-hand side a class */
    const sm_kernels *kernels;
    size_t n_threads;
} sm_hessian;

/* What is added to the diagonal of a block of n rows, besides l2, for the trace that it has without l2. */
double sm_hessian_ridge(double trace, size_t n);

/* Estimates and factors the blocks at the parameters that are set in `blocks`. On success *hessian is to be given to
 * sm_hessian_destroy. SM_ERROR_NOT_FINITE if a block is not positive definite. */
sm_status sm_hessian_create(const sm_blocks *blocks, double l2, sm_hessian *hessian);

/* Frees what it holds; {0} is allowed. */
void sm_hessian_destroy(sm_hessian *hessian);

/* direction = H^-1 gradient, class by class. Both [K * (D + 1)], W row by row and then b, and may be the same. */
void sm_hessian_solve(const sm_hessian *hessian, const double *gradient, double *direction);
