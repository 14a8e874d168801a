/* The objective as minimisers see it, and what helps them to its minimum. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gap.h"
#include "objective.h"
#include "warm_start.h"

/* The relative precision of a mean of float losses. */
static const double VALUE_NOISE = 1e-7;

/* A preconditioner may take as many multiply-adds as this many gradients; more do not pay. */
static const double MAX_GRADIENTS = 200;

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
    const size_t n = o->n_parameters;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return SM_OK;
    double *warm = calloc(n, sizeof *warm), value = HUGE_VAL;
    if (!warm)
        return SM_ERROR_MEMORY;
    sm_status status = sm_warm_start(&o->blocks, o->l2, warm);
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
    const size_t n_blocks = sm_hessian_count_blocks(o->blocks.n_features, o->blocks.shape.n_classes);
    sm_hessian_destroy(&o->hessian); /* there may be no room for two */
    if (!sm_blocks_set_parameters(&o->blocks, x))
        return SM_ERROR_NOT_FINITE;
    return sm_hessian_create(&o->blocks, o->l2, n_blocks, &o->hessian);
}

/* sm_problem.precondition */
static void precondition(void *context, const double *vector, double *product)
{
    const sm_objective *o = context;
    sm_hessian_solve(&o->hessian, vector, product);
}

sm_problem sm_objective_problem(sm_objective *objective)
{
    const bool is_preconditioned = preconditioner_pays(objective);
    return (sm_problem){
        .n_parameters = objective->n_parameters,
        .n_terms = objective->blocks.rows.source.n_samples,
        .context = objective,
        .value_noise = VALUE_NOISE,
        .evaluate = sm_objective_evaluate,
        .gap = objective->l2 > 0 ? sm_objective_gap : NULL,
        .start = start,
        .renew = is_preconditioned ? renew : NULL,
        .precondition = is_preconditioned ? precondition : NULL,
    };
}
