/* What is known of the state of L-BFGS outside it. Private to the library. */
#ifndef SM_LBFGS_H
#define SM_LBFGS_H

#include <stddef.h>

/* The starting point x [n_parameters] within a state [n_state]; NULL if that is too short to be one. */
const double *sm_lbfgs_start(size_t n_parameters, const double *state, size_t n_state);

#endif
