/* The duality gap of an objective. Private to the library. */
#pragma once

#include "softmax.h"

/* sm_problem.gap of an objective. */
sm_status sm_objective_gap(void *context, const double *x, double value, const double *gradient, double enough,
                           double *bound);
