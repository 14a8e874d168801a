/* The choice of l2 on a validation part, for train. */
#ifndef COMMANDS_L2_PATH_H
#define COMMANDS_L2_PATH_H

#include <stdbool.h>

#include "softmax.h"

/* One step of the path, for who wants to follow it. */
typedef void (*l2_path_observer)(void *context, double l2, double validation_loss, double validation_accuracy);

/* Minimises the training objective for one l2 after another, from strong to weak, each from where the last
 * one ended, until two in a row do worse than the best on the validation objective (whose own l2 is 0).
 * x [n_parameters] starts at 0 and receives the best solution, *l2 its strength. `stop` is asked for after
 * each step. */
sm_status l2_path_choose(sm_objective *training, sm_objective *validation, l2_path_observer observer,
                         bool (*stop)(void *context), void *context, double *x, double *l2);

#endif
