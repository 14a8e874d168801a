/* An objective, evaluated. Private to the library. */
#pragma once

#include "objective.h"

/* sm_problem.evaluate of an objective. */
sm_status sm_objective_evaluate(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient);
