/*
 * An approximation of the Hessian of the objective, to precondition a minimiser with. Private to the library.
 *
 * The Hessian's block of class k is  H_k = (1/N) sum_n v_nk x_n x_n' + l2 I  with  v_nk = p_nk (1 - p_nk)
 * (Boehning 1992, Multinomial logistic regression algorithm, eq. 2.4), x_n with a 1 behind it for the bias,
 * which has no l2. What is between the classes is left out. Few samples of a trained model are undecided
 * and have a v worth the name, so each class's sum is estimated from a few rows, drawn with a probability
 * in proportion to v, so that they all weigh the same. What so few rows cannot tell is made up for by a ridge
 * on the diagonal: 4 % of its mean, l2 left out. Where features are so many that K blocks would take too much
 * memory, all classes share one, the mean of them.
 */
#ifndef SM_HESSIAN_H
#define SM_HESSIAN_H

#include "blocks.h"

typedef struct sm_hessian {
    size_t n_classes, n_features;
    size_t n_blocks;   /* K, or 1 that all classes share */
    size_t n;          /* rows of a block: D + 1 */
    size_t stride;     /* values from one row to the next */
    size_t block_size; /* values from one block to the next */
    float *factors;    /* [n_blocks, rows, stride], the upper triangular Cholesky factor of each block */
    float *vectors;    /* [K, stride], one right-hand side a class */
    const sm_kernels *kernels;
    size_t n_threads, n_threads_in_block;
} sm_hessian;

/* More memory is not spent on the factors. */
enum { SM_HESSIAN_MAX_BYTES = 512 << 20 };

/* How many blocks are kept for so many features: K, 1, or 0 where even one takes too much memory. */
size_t sm_hessian_count_blocks(size_t n_features, size_t n_classes);

/* Estimates and factors n_blocks blocks, K or 1, at the parameters that are set in `blocks`. On success *hessian is
 * to be given to sm_hessian_destroy. */
sm_status sm_hessian_create(const sm_blocks *blocks, double l2, size_t n_blocks, sm_hessian *hessian);

/* Frees what it holds; {0} is allowed. */
void sm_hessian_destroy(sm_hessian *hessian);

/* direction = H^-1 gradient, class by class, less the mean over classes (the objective does not change
 * where all classes move alike). Both [K * (D + 1)], W row by row and then b. */
void sm_hessian_solve(const sm_hessian *hessian, const double *gradient, double *direction);

#endif
