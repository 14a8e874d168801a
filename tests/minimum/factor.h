/* Symmetric positive definite systems, in double and in double-double. */
#ifndef MINIMUM_FACTOR_H
#define MINIMUM_FACTOR_H

#include <stdbool.h>

#include "dd_vector.h"

/* Replaces the upper triangle of a symmetric matrix [n, n], whose diagonal is of order 1, by U with U'U = matrix. False
 * if a pivot is not above `least`. The second is for a matrix too near a singular one for double, and leaves U in the
 * high words. */
bool factor(size_t n, double least, double *matrix);
bool dd_factor(size_t n, double least, dd_array matrix);

/* Replaces vector [n] by the solution x of U'U x = vector. */
void factor_solve(size_t n, const double *U, double *vector);

#endif
