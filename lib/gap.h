/* The duality gap of an objective. Private to the library. */
#pragma once

#include "softmax.h"

/* sm_problem.gap of an objective. */
sm_status sm_objective_gap(void *context, const double *x, const double *gradient, double enough, sm_bound *bound);
