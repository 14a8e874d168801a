/* The whole way to the minimum of an objective, and when which part of it pays. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "minimiser.h"
#include "objective.h"

/* The preconditioner may take as many multiply-adds as this many gradients. */
static const double MAX_GRADIENTS = 200;

/* The relative precision of a mean of float losses. */
static const double VALUE_NOISE = 1e-7;

static bool preconditioner_pays(const sm_objective *o)
{
    const double n = (double)(o->blocks.n_features + 1), n_classes = (double)o->blocks.shape.n_classes;
    const double n_values = (double)o->blocks.rows.n_chunks_held * SM_LANES;
    const double n_blocks = (double)sm_hessian_count_blocks(o->blocks.n_features, o->blocks.shape.n_classes);
    return n_blocks > 0 && n_blocks * n * n * n / 6 <= MAX_GRADIENTS * 2 * n_values * n_classes;
}

/* sm_problem.start: from 0 to a warm start, if that is better. */
static sm_status start(void *context, double *x)
{
    sm_objective *o = context;
    const size_t n = o->blocks.shape.n_classes * (o->blocks.n_features + 1);
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return SM_OK;
    double *warm = calloc(n, sizeof *warm), value = HUGE_VAL;
    if (!warm)
        return SM_ERROR_MEMORY;
    sm_status status = sm_objective_warm_start(o, warm);
    if (status == SM_OK)
        status = sm_objective_evaluate(o, &(sm_terms){NULL, 0}, warm, &value, NULL);
    /* At 0 every class is as likely, and the loss log K. */
    if (status == SM_OK && value < log((double)o->blocks.shape.n_classes))
        memcpy(x, warm, n * sizeof *x);
    free(warm);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

/* sm_problem.renew */
static sm_status renew(void *context, const double *x)
{
    sm_objective *o = context;
    sm_hessian_destroy(&o->hessian); /* there may be no room for two */
    return sm_objective_build_preconditioner(o, x);
}

sm_status sm_minimise_create(sm_objective *objective, const sm_lbfgs_options *options, const double *x,
                             sm_minimiser **minimiser)
{
    sm_problem problem = sm_objective_problem(objective);
    sm_lbfgs_options lbfgs = *options;
    lbfgs.value_noise = fmax(lbfgs.value_noise, VALUE_NOISE);
    problem.start = start;
    if (preconditioner_pays(objective)) {
        problem.precondition = sm_objective_precondition;
        problem.renew = renew;
    }
    return sm_lbfgs_create(&problem, &lbfgs, x, minimiser);
}

sm_status sm_minimise(sm_objective *objective, const sm_lbfgs_options *options, double *x, sm_info *info)
{
    sm_minimiser *m;
    const sm_status status = sm_minimise_create(objective, options, x, &m);
    return status == SM_OK ? sm_minimiser_finish(m, x, info) : status;
}
