/* The choice of l2 on a validation split. */
#pragma once

#include "softmax.h"

/* The point reached on a path of strengths, from strong to weak. */
typedef struct l2_path {
    size_t n_tried;            /* strengths tried */
    size_t n_worse;            /* of these, after the best one */
    double l2, loss, accuracy; /* the last strength tried, and how it did on the validation split */
    double best_l2, best_loss; /* the strength with the lowest validation loss */
    double *current, *best;    /* [n_parameters], the minima with the last and with the best strength */
    double *x;                 /* [n_parameters], scratch */
} l2_path;

/* The start of a path; *path is for l2_path_destroy. False if memory ran out. */
bool l2_path_create(size_t n_parameters, l2_path *path);
void l2_path_destroy(l2_path *path);

/* Whether two strengths in a row were worse than the best one, or all were tried. */
bool l2_path_is_done(const l2_path *path);

/* Minimises the training objective with the next strength, from the minimum with the last one, and evaluates the
 * validation objective, whose own l2 is 0, there. */
sm_status l2_path_step(l2_path *path, sm_objective *training, sm_objective *validation);
