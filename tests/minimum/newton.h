/* Directions of Newton for a centred problem. */
#ifndef MINIMUM_NEWTON_H
#define MINIMUM_NEWTON_H

#include <stdbool.h>

#include "centred.h"

/* How the direction is computed. */
typedef enum newton_method {
    NEWTON_DENSE,   /* the Hessian factored in double */
    NEWTON_PRECISE, /* in double-double: for curvatures too different for double */
    NEWTON_CG       /* conjugate gradients: for more parameters than a matrix can hold */
} newton_method;

/* direction [K, D + 1] = minus the inverse of the Hessian at an evaluated point times the gradient. False if the Hessian
 * is not positive definite in the precision of the method. */
bool newton_direction(const centred *c, const point *at, newton_method method, double *direction);

/* change [K, n_padded], of the scores along a direction. */
void newton_score_changes(const centred *c, const double *direction, double *change);

#endif
