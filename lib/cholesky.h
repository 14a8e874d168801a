/* Symmetric positive definite systems in float. Private to the library. */
#ifndef SM_CHOLESKY_H
#define SM_CHOLESKY_H

#include "kernels/kernels.h"
#include "softmax.h"

/* Replaces the upper triangle of a symmetric matrix [n, stride] by U with U'U = matrix. There must be room
 * for n rounded up to SM_OUTER_ROWS rows; stride is a multiple of SM_LANES and columns from n on hold 0.
 * What is below the diagonal is of no meaning, before and after. SM_ERROR_NOT_FINITE if the matrix is not
 * positive definite (in float). n_threads, 1 or more, do not change a bit. */
sm_status sm_cholesky_factor(const sm_kernels *kernels, size_t n_threads, size_t n, size_t stride, float *matrix);

/* Replaces vector [stride] by the solution of U'U x = vector; values from n on must be 0. */
void sm_cholesky_solve(const sm_kernels *kernels, size_t n, size_t stride, const float *factor, float *vector);

#endif
