#include "training/outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The least number of three digits that is not below x, above 0: a bound that is printed stays a bound. */
static double round_up(double x)
{
    char text[32], step[32];
    (void)snprintf(text, sizeof text, "%.2e", x);
    const double nearest = strtod(text, NULL);
    (void)snprintf(step, sizeof step, "0.01%s", strchr(text, 'e'));
    return nearest < x ? nearest + strtod(step, NULL) : nearest;
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
    /* In float, the minimiser's weights were rounded as they are in the file. */
    const bool in_double = sm_objective_is_double(t->objectives.training);
    const bool has_gap = info->gap < HUGE_VAL || t->l2 == 0;
    double value = info->value;
    sm_bound bound = {info->gap, 0};
    bool separates = false;
    sm_status result = SM_OK;
    if (in_double || !has_gap || t->best_iteration != info->n_iterations) {
        const status rounded = round_weights(t, f);
        if (rounded != STATUS_OK)
            return rounded;
        result = evaluate(t, in_double, &value, &bound);
    }
    if (result == SM_OK && t->l2 == 0 && sm_objective_accuracy(t->objectives.training) == 1)
        result = objectives_separate(&t->objectives, t->best, &separates);
    const double gap = bound.gap < HUGE_VAL && value > 0 ? fmin(round_up(bound.gap / value), 1) : HUGE_VAL;
    *found = (outcome){.objective = value,
                       .gap = gap,
                       .has_converged = !separates && has_converged(t, value, gap),
                       .has_no_minimum = separates};
    return check_library(f, "training", result);
}
