/* Means over samples, in float. Private to the library. */
#pragma once

#include "objective.h"

/* Means at x [K * (D + 1)] and, unless gradient [K * (D + 1)] is NULL, the gradient of the mean loss. Fails with
 * SM_ERROR_NOT_FINITE or SM_ERROR_SOURCE. */
sm_status sm_float_means(sm_objective *objective, const sm_terms *terms, const double *x, sm_means *means,
                         double *gradient);

/* The same means for distributions near the probabilities, those divided by their sums, with residuals in double, and
 * gradients in float of no more than SM_CAREFUL_SAMPLES samples. */
enum { SM_CAREFUL_SAMPLES = 64 };
sm_status sm_careful_means(sm_objective *objective, const double *x, sm_means *means, double *gradient);

/* Sets scales, class_sums and mean_square of the objective. */
sm_status sm_float_sum_classes(sm_objective *objective);
