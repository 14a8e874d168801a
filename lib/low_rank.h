/*
 * The approximation of the Hessian for many features, to precondition a minimiser with. Private to the library.
 *
 * The blocks are those of hessian.h, H_k = (1/N) sum_n v_nk x_n x_n' + M_k, in which the diagonal M_k holds the ridge r_k,
 * and for the weights l2, too. They are estimated from fewer rows than there are features: R rows are drawn once for all
 * classes, with a probability in proportion to the mean of v_nk over k, but each class weighs them with its own v_nk. (Most
 * images that are undecided are so between two or three classes.) With X the matrix [R, D + 1] of these rows and S_k the
 * diagonal matrix of the roots of their weights, the block is  H_k = M_k + X' S_k^2 X,  and to solve with it takes no more
 * than R equations (Woodbury 1950, Inverting modified matrices):
 *
 *   H_k^-1 = M_k^-1 - M_k^-1 X' S_k (I + S_k X M_k^-1 X' S_k)^-1 S_k X M_k^-1
 *
 * M_k has but two values, m_k = l2 + r_k for the weights and r_k for the bias. So with P the products of rows without
 * their last 1, which all classes share, the matrix in the middle is  (m_k I + S_k (P + m_k/r_k 11') S_k) / m_k.  Products
 * and factors take R^2 D/2 + K R^3/6 multiply-adds; the blocks of hessian.h take K (R D^2/2 + D^3/6).
 */
#pragma once

#include "blocks.h"

typedef struct sm_low_rank {
    size_t n_classes, n_features;
    size_t n_rows;           /* R */
    size_t stride;           /* R rounded up to a multiple of SM_LANES */
    float *columns;          /* [D, stride], X' but for the row of ones */
    float *ones;             /* [stride], that row: R ones, and zeros */
    float *roots;            /* [K, stride], the diagonals of S_k */
    float *factors;          /* [K, stride, stride], an upper triangular Cholesky factor each */
    float *vectors;          /* [K, stride] */
    double *weight_diagonal; /* [K], m_k */
    double *bias_diagonal;   /* [K], r_k */
    const sm_kernels *kernels;
    size_t n_threads;
} sm_low_rank;

/* How many rows are drawn, a multiple of SM_LANES. Some may be drawn twice, and count once. */
size_t sm_low_rank_count_rows(size_t n_features, size_t n_classes);

/* Estimates and factors the blocks at the parameters that are set in `blocks`. On success *low_rank is to be given to
 * sm_low_rank_destroy. SM_ERROR_NOT_FINITE if a block is not positive definite. */
sm_status sm_low_rank_create(const sm_blocks *blocks, double l2, sm_low_rank *low_rank);

/* Frees what it holds; {0} is allowed. */
void sm_low_rank_destroy(sm_low_rank *low_rank);

/* direction = H^-1 gradient, class by class. Both [K * (D + 1)], W row by row and then b, and may be the same. */
void sm_low_rank_solve(const sm_low_rank *low_rank, const double *gradient, double *direction);
