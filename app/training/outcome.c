#include "training/outcome.h"

#include <math.h>
#include <stdlib.h>

/* Images are evaluated in float, with the weights rounded as they are in the file; but a smaller gap than this was
 * found in double precision. */
static const double LEAST_FLOAT_GAP = 1e-8;

/* Rounds t->best to a model, and sets t->current to the weights of that. */
static status round_weights(training *t, failure *f)
{
    const dataset *data = &t->set->data;
    model m;
    const status result =
        model_create(t->set->n_labels, data->n_rows, data->n_columns, &t->settings->features, &m, f);
    if (result != STATUS_OK)
        return result;
    set_model_weights(t->set, t->best, &m);
    get_model_weights(t->set, &m, t->current);
    model_destroy(&m);
    return STATUS_OK;
}

/* The objective and its gap at t->current. */
static sm_status evaluate(training *t, bool in_double, double *value, sm_bound *bound)
{
    objectives *o = &t->objectives;
    sm_problem problem = sm_objective_problem(o->training);
    double *gradient = calloc(t->n_parameters, sizeof *gradient);
    sm_status result = gradient ? SM_OK : SM_ERROR_MEMORY;
    if (result == SM_OK && in_double && problem.refine)
        result = problem.refine(problem.context, &problem);
    sm_objective_from_parameters(o->training, t->current, o->x);
    if (result == SM_OK)
        result = problem.evaluate(problem.context, &(sm_terms){NULL, 0}, o->x, value, gradient);
    if (result == SM_OK && problem.gap)
        result = problem.gap(problem.context, o->x, gradient, t->settings->lbfgs.tolerance * *value, bound);
    free(gradient);
    return result;
}

/* The gap where the objective has this value, by that of the point that the minimiser reached. Values are computed in
 * double precision, and differ from the true ones by a fraction of 1e-12 at most. */
static double gap_by_value(const sm_info *info, double value)
{
    return info->gap + fmax(value - info->value, 0) + 1e-12 * (value + info->value);
}

/* The objective is 0 if there is one class only, and never below. */
static bool has_converged(const training *t, double value, double gap)
{
    const sm_info *info = sm_minimiser_info(t->minimiser);
    if (t->settings->optimizer == OPTIMIZER_SGD)
        return false;
    return t->l2 > 0 ? value == 0 || gap <= t->settings->lbfgs.tolerance
                     : info->stop == SM_STOP_CONVERGED && t->best_iteration == info->n_iterations;
}

status outcome_find(training *t, outcome *found, failure *f)
{
    const sm_info *info = sm_minimiser_info(t->minimiser);
    const bool in_double = info->gap < LEAST_FLOAT_GAP * info->value;
    double value = info->value;
    sm_bound bound = {info->gap, 0};
    bool separates = false;
    sm_status result = SM_OK;
    if (in_double || t->settings->is_table || t->best_iteration != info->n_iterations) {
        const status rounded = round_weights(t, f);
        if (rounded != STATUS_OK)
            return rounded;
        result = evaluate(t, in_double, &value, &bound);
        if (in_double || t->settings->is_table)
            bound.gap = fmin(bound.gap, gap_by_value(info, value));
    }
    if (result == SM_OK && t->l2 == 0 && sm_objective_accuracy(t->objectives.training) == 1)
        result = objectives_separate(&t->objectives, t->best, &separates);
    const double gap = bound.gap < HUGE_VAL && value > 0 ? fmin(bound.gap / value, 1) : HUGE_VAL;
    *found = (outcome){.objective = value,
                       .gap = gap,
                       .has_converged = !separates && has_converged(t, value, gap),
                       .has_no_minimum = separates};
    return check_library(f, "training", result);
}
