/* A line search that satisfies the strong Wolfe conditions. Private to the library. */
#ifndef SM_LINE_SEARCH_H
#define SM_LINE_SEARCH_H

#include "softmax.h"

/* The line x0 + step * direction and what is known at its start. */
typedef struct sm_line {
    const sm_problem *problem;
    const double *x0, *direction; /* [n_parameters] */
    double value0;                /* f(x0) */
    double slope0;                /* gradient at x0 times direction, below 0 */
    double value_noise;           /* see sm_lbfgs_options */
} sm_line;

typedef struct sm_line_point {
    double step, value, slope;
} sm_line_point;

/* Finds a step, starting with first_step, for which
 *   f(x) <= f(x0) + c1 step slope0 (+ noise)   and   |slope| <= c2 |slope0|,   c1 = 1e-4, c2 = 0.9
 * (Nocedal & Wright 2006, eq. 3.7, algorithms 3.5 and 3.6), and leaves x, its gradient and *point there.
 * *found is false where none was found in a number of evaluations that is always enough unless the
 * precision of f is exhausted. *n_evaluations is counted up. Fails only as evaluate does. */
sm_status sm_line_search(const sm_line *line, double first_step, double *x, double *gradient, sm_line_point *point,
                         size_t *n_evaluations, bool *found);

#endif
