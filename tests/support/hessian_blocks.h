/* The blocks of the Hessian as lib/hessian.h defines them, and their equations solved in double precision. */
#ifndef TESTS_HESSIAN_BLOCKS_H
#define TESTS_HESSIAN_BLOCKS_H

#include "support/data.h"

/* H^-1 gradient, class by class, at the data's parameters, by Gaussian elimination with
 *   H_k = (1/N) sum_n p_nk (1 - p_nk) x_n x_n',
 * where x_n ends in a 1 for the bias, plus l2 for the weights and the ridge for all. gradient [n_parameters], and so is
 * the result, which is for free(). */
double *hessian_solution(const data *d, double l2, const double *gradient);

/* Compares weights and biases by the norms of their errors; separately, since there are few biases. */
void check_direction(const data *d, const double *direction, const double *expected, double precision);

#endif
