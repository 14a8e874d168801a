/* A line search that satisfies the strong Wolfe conditions. Private to the library. */
#pragma once

#include "softmax.h"

/* The line x0 + step * direction, along which f falls at x0. */
typedef struct sm_line {
    const sm_problem *problem;
    const double *x0, *direction; /* [n_parameters] */
    double value0, slope0;        /* f(x0), and its gradient there times direction, below 0 */
    double *x, *gradient;         /* [n_parameters], the last point evaluated and its gradient */
    size_t n_evaluations;         /* set by the search */
} sm_line;

typedef struct sm_line_point {
    double step, value, slope;
} sm_line_point;

/* Finds a step, beginning with first_step, for which
 *   f(x) <= f(x0) + c1 step slope0 (+ noise)   and   |slope| <= c2 |slope0|,   c1 = 1e-4, c2 = 0.9
 * (Nocedal & Wright 2006, eq. 3.7, algorithms 3.5 and 3.6), and leaves *point and the line's x and gradient there.
 * *found is false if 40 evaluations were not enough, which happens only where the precision of f is exhausted. Fails
 * only if evaluate fails. */
sm_status sm_line_search(sm_line *line, double first_step, sm_line_point *point, bool *found);
