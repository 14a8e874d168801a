/* Means over samples, in double precision. Private to the library. */
#pragma once

#include "objective.h"

/* As sm_float_means, in double precision: the doubles of the objective must be prepared. */
sm_status sm_double_means(sm_objective *objective, const sm_terms *terms, const double *x, sm_means *means,
                          double *gradient);

/* Sets class_sums and lengths of the objective. */
sm_status sm_double_sum_classes(sm_objective *objective);
