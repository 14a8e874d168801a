/* What L-BFGS and SGD share: a problem, the point reached and a state. Private to the library. */
#ifndef SM_MINIMISER_H
#define SM_MINIMISER_H

#include "softmax.h"

/* The functions of a minimiser. Each starts with an sm_minimiser, which its functions cast back. */
typedef struct sm_minimiser_kind {
    /* Evaluates the initial point; sets info. */
    sm_status (*begin)(sm_minimiser *m);
    /* Takes one step and updates info; where none can be taken it sets info.stop alone. */
    sm_status (*step)(sm_minimiser *m);
    /* Writes to `state`, a copy of m->state, whatever is kept elsewhere; reads it back from m->state, and the stop
     * follows from it. */
    void (*save)(const sm_minimiser *m, double *state);
    sm_status (*load)(sm_minimiser *m);
    /* Frees what it allocated besides m and m->state. */
    void (*release)(sm_minimiser *m);
} sm_minimiser_kind;

/* The numbers at the beginning of every state. */
typedef struct sm_minimiser_numbers {
    double n_iterations, n_evaluations, value, gradient_norm, gap;
} sm_minimiser_numbers;

enum { SM_N_MINIMISER_NUMBERS = sizeof(sm_minimiser_numbers) / sizeof(double) };

struct sm_minimiser {
    const sm_minimiser_kind *kind;
    sm_problem problem;
    sm_info info;
    bool has_begun;
    size_t n_state;
    double *state; /* [n_state], all that the next steps depend on: numbers first, then vectors */
    double *x;     /* [n_parameters], in the state */
};

/* Sets *count to a number from a state; false if it is not a whole number from 0 to below the limit, 2^64 or less. */
bool sm_read_count(double number, double limit, size_t *count);

/* A fresh minimiser of size_bytes (zeroed), for a state of n_state doubles with x [n_parameters] at x_at; NULL if
 * memory ran out. */
sm_minimiser *sm_minimiser_allocate(const sm_minimiser_kind *kind, size_t size_bytes, const sm_problem *problem,
                                    size_t n_state, size_t x_at, const double *x);

/* Steps a minimiser to its end and frees it. On success copies the result to x and, unless NULL, to info. */
sm_status sm_minimiser_finish(sm_minimiser *m, double *x, sm_info *info);

#endif
