/* F, its bound and its minimum in long double, independent of the library: for small problems. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include "softmax.h"

/* F at a point, and a bound of F - min F there. */
typedef struct reference_point {
    long double value, gap;
} reference_point;

/* At parameters [K * (D + 1)], W row by row and then b. With S_n the probabilities of sample n, s their mean and c that of
 * the labels, the distributions alpha_n = (1 - e) S_n + e q with the mean c and the smallest e give
 *   F - min F <= e mean_n KL(q || S_n) + ||mean_n (alpha_n - y_n) x_n' + l2 W||^2 / (2 l2) */
reference_point reference_at(const sm_batch *batch, double l2, const long double *parameters);

/* At the minimum, by Newton's method. Every class must have a sample. */
reference_point reference_minimise(const sm_batch *batch, double l2);

#endif
