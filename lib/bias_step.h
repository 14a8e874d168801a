/* A step of Newton's method on the bias alone. Private to the library. */
#pragma once

#include "objective.h"

/* step [K] = (mean Jacobian)^-1 gradient at x, in float or double precision as the objective's passes are; gradient [K] is
 * that of the bias. The Jacobian, the mean of diag(S_n) - S_n S_n', is singular, since F does not change where all biases
 * change alike: one class stays where it is. Fails with SM_ERROR_MEMORY or SM_ERROR_SOURCE. */
sm_status sm_bias_step(sm_objective *objective, const double *x, const double *gradient, double *step);
