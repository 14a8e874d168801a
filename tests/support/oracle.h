/* The textbook formulas in long double, with no care for overflow or speed. */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include "softmax.h"

/* exp(a_i) / sum_k exp(a_k); correct for scores of magnitude up to 1e4. */
void oracle_softmax(size_t n_classes, const double *scores, double *probabilities);

/* log(sum_k exp(a_k)) */
double oracle_log_sum_exp(size_t n_classes, const double *scores);

/* (1/N) sum_n -log S_label + (l2/2) ||W||^2 */
double oracle_objective(const sm_batch *batch, double l2, const double *parameters);

#endif
