/* The choice of l2 on a validation part, for train. */
#pragma once

#include <stdbool.h>

#include "softmax.h"

/* How far along a path of strengths, from strong to weak, the choice has come. */
typedef struct l2_path {
    size_t n_tried;            /* strengths tried */
    size_t n_worse;            /* tried since the best one */
    double l2, loss, accuracy; /* the last one tried, and the validation part with it */
    double best_l2, best_loss; /* the one with the lowest validation loss */
    double *current, *best;    /* [n_parameters], where the last and the best one ended */
} l2_path;

/* Room for parameters of this size, at the start of the path; for l2_path_destroy. False if memory ran out. */
bool l2_path_create(size_t n_parameters, l2_path *path);
void l2_path_destroy(l2_path *path);

/* Whether two strengths in a row did worse than the best one, or all are tried. */
bool l2_path_is_done(const l2_path *path);

/* Minimises the training objective with the next strength, from where the last one ended, and scores it on
 * the validation objective, whose own l2 is 0. */
sm_status l2_path_step(l2_path *path, sm_objective *training, sm_objective *validation);
