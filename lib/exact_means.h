/* Means over samples, with exact sums. Private to the library. */
#pragma once

#include "objective.h"

/* As sm_double_means, for distributions near the probabilities, for which the gradient is exact but for its last rounding. */
sm_status sm_exact_means(sm_objective *objective, const double *x, sm_means *means, double *gradient);
