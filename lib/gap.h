/* The duality gap of an objective. Private to the library. */
#ifndef SM_GAP_H
#define SM_GAP_H

#include "softmax.h"

/* sm_problem.gap of an objective. */
sm_status sm_objective_gap(void *context, const double *x, double value, const double *gradient, double enough,
                           double *bound);

#endif
