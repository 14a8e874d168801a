#include "training/l2_path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three a decade, over the range that is useful for pixels from 0 to 1. */
static const double strengths[] = {1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6};

/* Enough to choose among strengths that differ by a factor of 2. */
static const double PATH_TOLERANCE = 1e-2;

/* Steps in a row without a lower loss that end the path. */
enum { PATIENCE = 2 };

bool l2_path_create(size_t n_parameters, l2_path *path)
{
    *path = (l2_path){.best_loss = HUGE_VAL};
    path->current = calloc(n_parameters, sizeof *path->current);
    path->best = calloc(n_parameters, sizeof *path->best);
    path->x = calloc(n_parameters, sizeof *path->x);
    return path->current && path->best && path->x;
}

void l2_path_destroy(l2_path *path)
{
    free(path->x);
    free(path->best);
    free(path->current);
    *path = (l2_path){0};
}

bool l2_path_is_done(const l2_path *path)
{
    return path->n_tried >= sizeof strengths / sizeof *strengths || path->n_worse >= PATIENCE;
}

sm_status l2_path_step(l2_path *path, sm_objective *training, sm_objective *validation)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = PATH_TOLERANCE;
    options.max_iterations = 100;
    options.from_x = path->n_tried > 0;
    path->l2 = strengths[path->n_tried];
    sm_objective_set_l2(training, path->l2);
    const sm_problem problem = sm_objective_problem(training), judge = sm_objective_problem(validation);
    sm_objective_from_parameters(training, path->current, path->x);
    sm_status status = sm_lbfgs(&problem, &options, path->x, NULL);
    if (status != SM_OK)
        return status;
    sm_objective_to_parameters(training, path->x, path->current);
    sm_objective_from_parameters(validation, path->current, path->x);
    status = judge.evaluate(judge.context, &(sm_terms){NULL, 0}, path->x, &path->loss, NULL);
    if (status != SM_OK)
        return status;
    path->accuracy = sm_objective_accuracy(validation);
    path->n_tried++;
    path->n_worse++;
    if (path->loss < path->best_loss) {
        path->n_worse = 0;
        path->best_loss = path->loss;
        path->best_l2 = path->l2;
        memcpy(path->best, path->current, problem.n_parameters * sizeof *path->best);
    }
    return SM_OK;
}
