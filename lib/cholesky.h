/* Symmetric positive definite systems in float. Private to the library. */
#pragma once

#include "kernels/kernels.h"
#include "softmax.h"

/* Replaces the upper triangle of a symmetric matrix [n, stride] by U with U'U = matrix. There must be room
 * for n rounded up to a multiple of SM_OUTER_ROWS rows; stride is a multiple of SM_LANES, and columns n and beyond are
 * 0. Values below the diagonal are ignored on input and have no meaning afterwards. SM_ERROR_NOT_FINITE if the matrix
 * is not positive definite (in float). */
sm_status sm_cholesky_factor(const sm_kernels *kernels, size_t n, size_t stride, float *matrix);

/* Replaces vector [stride] by the solution x of U'U x = vector; values n and beyond must be 0. */
void sm_cholesky_solve(const sm_kernels *kernels, size_t n, size_t stride, const float *factor, float *vector);
