#include "training/outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The least number of three digits that is not below x, above 0: a bound that is printed stays a bound. */
static double round_up(double x)
{
    char text[32], step[32];
    (void)snprintf(text, sizeof text, "%.2e", x);
    const double nearest = strtod(text, NULL);
    (void)snprintf(step, sizeof step, "0.01%s", strchr(text, 'e'));
    return nearest < x ? nearest + strtod(step, NULL) : nearest;
}

/* Whether the gap is within the tolerance; without a gap, the gradient is. The objective is 0 if there is one class
 * only, and never below. */
static bool has_converged(const training *t, const outcome *o)
{
    if (o->has_no_minimum)
        return false;
    return t->l2 > 0 ? o->objective == 0 || o->gap <= t->settings->lbfgs.tolerance
                     : sm_minimiser_info(t->minimiser)->stop == SM_STOP_CONVERGED && !o->is_earlier;
}

static ending find_ending(const training *t, const outcome *o)
{
    const bool is_sgd = t->settings->optimizer == OPTIMIZER_SGD;
    if (!is_sgd && has_converged(t, o))
        return ENDING_CONVERGED;
    if (training_stopped_early(t))
        return ENDING_STOPPED_EARLY;
    if (is_sgd || (o->is_earlier && sm_minimiser_info(t->minimiser)->stop == SM_STOP_CONVERGED))
        return ENDING_COMPLETE;
    return ENDING_MISSED;
}

/* The objective at the weights of the model, and its gap. Where a tolerance is beyond proof, no effort is made for it:
 * then the sharpest bound is asked for. */
static sm_status measure(training *t, const model *m, bool in_double, double *value, sm_bound *bound)
{
    objectives *o = &t->objectives;
    const double tolerance = t->settings->lbfgs.tolerance;
    get_model_weights(t->set, m, t->current);
    sm_bound sharpest;
    sm_status result = objectives_measure(o, t->current, in_double, tolerance, value, bound);
    if (result != SM_OK || bound->gap <= tolerance * *value || bound->gap == HUGE_VAL)
        return result;
    result = objectives_measure(o, t->current, in_double, 1, value, &sharpest);
    if (result == SM_OK && sharpest.gap < bound->gap)
        *bound = sharpest;
    return result;
}

status outcome_find(training *t, const model *m, outcome *found, failure *f)
{
    const sm_info *info = sm_minimiser_info(t->minimiser);
    /* In float, the minimiser's weights were rounded as they are in the file. */
    const bool in_double = sm_objective_is_double(t->objectives.training);
    const bool has_gap = info->gap < HUGE_VAL || t->l2 == 0;
    double value = info->value;
    sm_bound bound = {info->gap, 0};
    bool separates = false;
    sm_status result = SM_OK;
    const bool is_earlier = t->best_iteration != info->n_iterations;
    if (in_double || !has_gap || is_earlier)
        result = measure(t, m, in_double, &value, &bound);
    if (result == SM_OK && t->l2 == 0 && sm_objective_accuracy(t->objectives.training) == 1)
        result = objectives_separate(&t->objectives, t->best, &separates);
    const double gap = bound.gap < HUGE_VAL && value > 0 ? fmin(round_up(bound.gap / value), 1) : HUGE_VAL;
    *found = (outcome){.objective = value, .gap = gap, .is_earlier = is_earlier, .has_no_minimum = separates};
    found->ending = find_ending(t, found);
    return check_library(f, "training", result);
}
