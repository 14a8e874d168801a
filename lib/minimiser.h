/* The common part of L-BFGS and SGD: a problem, the point reached and a state. Private to the library. */
#pragma once

#include "softmax.h"

/* A kind of minimiser. Its struct begins with an sm_minimiser, to which its functions are passed a pointer. */
typedef struct sm_minimiser_kind {
    /* Evaluates the initial point; sets info. */
    sm_status (*begin)(sm_minimiser *m);
    /* Takes one step and updates info, or sets info.stop alone if there is none. */
    sm_status (*step)(sm_minimiser *m);
    /* Checks and takes over what the steps left in m->state; sets info.stop. */
    sm_status (*load)(sm_minimiser *m);
} sm_minimiser_kind;

/* The numbers at the beginning of every saved state: n_iterations, n_evaluations, value, gradient_norm, gap
 * and rounding of info. */
enum { SM_N_INFO = 6 };

struct sm_minimiser {
    const sm_minimiser_kind *kind;
    sm_problem problem;
    sm_info info; /* n_evaluations is 0 until begin was called */
    size_t n_state;
    double *state;     /* [n_state], all else that the next steps depend on: numbers first, then vectors */
    double *x;         /* [n_parameters], in the state */
    double *workspace; /* [n_workspace] of sm_minimiser_allocate */
};

/* Sets *count to a number of a state; false unless it is a whole number, 0 or more and below the limit. */
bool sm_read_count(double number, double limit, size_t *count);

/* A minimiser of size_bytes, 0 beyond its sm_minimiser; its state has n_state doubles, with a copy of x [n_parameters],
 * or 0 if that is NULL, at x_at. NULL if memory ran out. */
sm_minimiser *sm_minimiser_allocate(const sm_minimiser_kind *kind, size_t size_bytes, const sm_problem *problem,
                                    size_t n_state, size_t n_workspace, size_t x_at, const double *x);

/* Steps a minimiser to its end and frees it. On success copies the result to x and, unless NULL, to info. */
sm_status sm_minimiser_finish(sm_minimiser *m, double *x, sm_info *info);
