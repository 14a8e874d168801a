/*
 * The Hessian of the objective in double precision, to precondition a minimiser with. Private to the library.
 *
 * As in hessian.h, class k has a block (1/N) sum_n v_nk z_n z_n' + diag(penalty), v_nk = p_nk (1 - p_nk) K / (K - 1): for
 * two classes, this is the Hessian where the classes move in opposite directions, which is all that counts. Where that is
 * not enough, the Hessian is coupled, with its blocks -(1/N) sum_n p_nk p_nj z_n z_n' between classes k and j: one matrix
 * of K (D + 1) rows. All samples are summed, or a few thousand of them, drawn for each class with a probability in
 * proportion to v_nk. Columns may depend on each other: a ridge of 1e-12 of each element of the diagonal keeps the
 * factorisation positive.
 */
#pragma once

#include "doubles.h"

typedef struct sm_newton {
    size_t n_classes, n_features;
    size_t n_blocks;   /* K, or 1 if it is coupled */
    size_t n, stride;  /* rows of a block, and values from one to the next */
    size_t block_size; /* values from one block to the next */
    double *factors;   /* [n_blocks, rows, stride], an upper triangular Cholesky factor each */
    double *penalty;   /* [D] */
    double *vectors;   /* [n_blocks, stride], the right-hand sides */
    size_t n_threads;
} sm_newton;

/* How many evaluations of the gradient it takes to build it; infinite where there is no memory for it. */
double sm_newton_cost(const sm_source *source, bool is_coupled);

/* Sums and factors the blocks at the parameters that are set in `doubles`. penalty [D]. On success *newton is for
 * sm_newton_destroy. Fails with SM_ERROR_MEMORY, SM_ERROR_SOURCE, or SM_ERROR_NOT_FINITE. */
sm_status sm_newton_create(const sm_doubles *doubles, const double *penalty, bool is_coupled, sm_newton *newton);

/* Frees what it holds; {0} is allowed. */
void sm_newton_destroy(sm_newton *newton);

/* direction = H^-1 gradient. Where all classes move alike, H is the penalty; there, a does not move. Both [K * (D + 1)], V
 * row by row and then a. */
void sm_newton_solve(const sm_newton *newton, const double *gradient, double *direction);
