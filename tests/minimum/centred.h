/*
 * A problem in coordinates that suit arithmetic, without changing a bit of it: a column x_d becomes
 * z_d = (x_d - c_d) 2^-e_d, exact as a double-double, of mean near 0 and size near 1, and the last column is 1. The
 * parameters V [K, D + 1] are W_kd 2^e_d and the bias b_k + sum_d W_kd c_d, so that
 *
 *   F = mean loss + (1/2) sum_d penalty_d ||V_d||^2    with penalty_d = l2 2^-2e_d, and 0 for the bias
 *
 * Everything is evaluated in double-double, each loss and probability with an error relative to itself.
 */
#ifndef MINIMUM_CENTRED_H
#define MINIMUM_CENTRED_H

#include "dd_vector.h"
#include "problem.h"

typedef struct centred {
    const problem *p;
    size_t n_padded;      /* n_samples, rounded up to whole blocks; rows of the padding are 0 */
    size_t n_columns;     /* D + 1 */
    dd_array columns;     /* [D + 1, n_padded] */
    double *centres;      /* [D + 1] */
    double *units;        /* [D + 1], 2^e_d */
    double *penalty;      /* [D + 1] */
    dd_array class_means; /* [K, D + 1], mean y_n z_n'; its last column is the share of each class */
} centred;

/* A point, and what was evaluated there. */
typedef struct point {
    dd_array x;             /* [K, D + 1], V */
    dd_array gradient;      /* [K, D + 1], of the mean loss: without the penalty */
    dd_array scores;        /* [K, n_padded] */
    dd_array probabilities; /* [K, n_padded], S */
    dd_array complements;   /* [K, n_padded], 1 - S, without cancellation */
    dd value;               /* F */
    dd bound;               /* the value of a dual point, which is at most min F */
} point;

centred *centred_create(const problem *p);
void centred_free(centred *c);

/* A problem of fewer columns with the same minimum, for one of fewer samples than columns; only its points differ. */
centred *centred_reduce(const centred *c);

/* For centred_reduce: a problem of n_columns with the columns still 0, and what is to be done once they are set. */
centred *centred_allocate(const problem *p, size_t n_columns);
void centred_finish(centred *c);

point *point_create(const centred *c);
void point_free(point *at);

/* Sets x to the weights and biases of a point of the library, [K (D + 1)], W row by row, then b. */
void point_set(const centred *c, point *at, const double *weights_and_biases);

/* Computes all but x from x. */
void point_evaluate(const centred *c, point *at);

/* Element i of the gradient of F, [K, D + 1], at an evaluated point. */
dd point_gradient(const centred *c, const point *at, size_t i);

#endif
