/* The objective as a function of parameters, W row by row and then b, whatever the coordinates that minimisers see. */
#ifndef TESTS_OBJECTIVES_H
#define TESTS_OBJECTIVES_H

#include "data.h"

/* The test fails if there is none. */
sm_objective *objective_create(const sm_source *source, double l2, sm_execution execution);

/* Of the samples in one of their forms. */
sm_objective *objective_of(data *d, sm_type type, double l2);

/* F over the terms, or over all samples if they are NULL, and, unless gradient is NULL, its gradient. */
double objective_at(sm_objective *o, const sm_terms *terms, const double *parameters, double *gradient);

/* gradient [K * (D + 1)] by parameters, from that by x; it may be the same array. */
void objective_gradient_by_parameters(const sm_objective *o, const double *x_gradient, double *gradient);

/* The parameters of a point x, without a rounding. */
void objective_exact_parameters(const sm_objective *o, const double *x, long double *parameters);

/* Minimises F from the problem's own start, and sets the parameters. */
sm_info objective_minimise(sm_objective *o, double tolerance, double *parameters);

#endif
