#include "commands/l2_path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three steps a decade, over what has been of use for pictures in 0 .. 1. */
static const double path[] = {1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6};

/* A choice among such steps needs no more than this. */
static const double PATH_TOLERANCE = 1e-2;

/* So many steps in a row that do worse end the path. */
enum { PATIENCE = 2 };

static sm_status try_step(sm_objective *training, sm_objective *validation, double l2, double *x, double *loss)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = PATH_TOLERANCE;
    options.max_iterations = 100;
    sm_objective_set_l2(training, l2);
    const sm_status status = sm_minimise(training, &options, x, NULL);
    if (status != SM_OK)
        return status;
    const sm_problem problem = sm_objective_problem(validation);
    return problem.evaluate(problem.context, &(sm_terms){NULL, 0}, x, loss, NULL);
}

sm_status l2_path_choose(sm_objective *training, sm_objective *validation, l2_path_observer observer,
                         bool (*stop)(void *context), void *context, double *x, double *l2)
{
    const size_t n = sm_objective_problem(training).n_parameters;
    double *current = calloc(n, sizeof *current), best_loss = HUGE_VAL;
    size_t n_worse = 0;
    sm_status status = current ? SM_OK : SM_ERROR_MEMORY;
    for (size_t i = 0; status == SM_OK && i < sizeof path / sizeof *path && n_worse < PATIENCE; i++) {
        double loss;
        status = try_step(training, validation, path[i], current, &loss);
        if (status != SM_OK)
            break;
        observer(context, path[i], loss, sm_objective_accuracy(validation));
        n_worse++;
        if (loss < best_loss) {
            n_worse = 0;
            best_loss = loss;
            *l2 = path[i];
            memcpy(x, current, n * sizeof *x);
        }
        if (stop(context))
            break;
    }
    free(current);
    return status;
}
