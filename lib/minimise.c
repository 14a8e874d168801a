/* The whole way to the minimum of an objective, and when which part of it pays. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lbfgs.h"
#include "objective.h"

/* More multiply-adds than so many gradients take are not spent on the preconditioner. */
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

/* Starts from a warm start only where it is better than 0. */
static sm_status choose_start(sm_objective *o, const sm_problem *problem, double *x)
{
    const size_t n = problem->n_parameters;
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return SM_OK;
    double *warm = calloc(n, sizeof *warm), value = HUGE_VAL;
    if (!warm)
        return SM_ERROR_MEMORY;
    sm_status status = sm_objective_warm_start(o, warm);
    if (status == SM_OK)
        status = problem->evaluate(problem->context, &(sm_terms){NULL, 0}, warm, &value, NULL);
    /* At 0 every class is as likely, and the loss log K. */
    if (status == SM_OK && value < log((double)o->blocks.shape.n_classes))
        memcpy(x, warm, n * sizeof *x);
    free(warm);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

/* The preconditioner is not part of a state: it is built again where it was built first. */
static sm_status put_start_back(const sm_problem *problem, const sm_lbfgs_options *options, double *x)
{
    const double *start = sm_lbfgs_start(problem->n_parameters, options->resume, options->n_resume);
    if (!start)
        return SM_ERROR_STATE;
    memcpy(x, start, problem->n_parameters * sizeof *x);
    return SM_OK;
}

sm_status sm_minimise(sm_objective *objective, const sm_lbfgs_options *options, double *x, sm_info *info)
{
    sm_lbfgs_options lbfgs = *options;
    lbfgs.value_noise = fmax(lbfgs.value_noise, VALUE_NOISE);
    sm_problem problem = sm_objective_problem(objective);
    double *start = calloc(problem.n_parameters, sizeof *start);
    if (!start)
        return SM_ERROR_MEMORY;
    memcpy(start, x, problem.n_parameters * sizeof *x);
    sm_status status =
        options->resume ? put_start_back(&problem, options, start) : choose_start(objective, &problem, start);
    if (status == SM_OK && preconditioner_pays(objective)) {
        status = sm_objective_build_preconditioner(objective, start);
        problem = sm_objective_problem(objective);
        status = status == SM_ERROR_NOT_FINITE ? SM_OK : status; /* then it goes without */
    }
    if (status == SM_OK)
        status = sm_lbfgs(&problem, &lbfgs, start, info);
    if (status == SM_OK)
        memcpy(x, start, problem.n_parameters * sizeof *x);
    free(start);
    return status;
}
