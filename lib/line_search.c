/* A line search that satisfies the strong Wolfe conditions (Nocedal & Wright 2006, section 3.5). */
#include "line_search.h"

#include <math.h>

#include "vector.h"

static const double C1 = 1e-4, C2 = 0.9;

enum { MAX_EVALUATIONS = 40 };

/* A search in progress. */
typedef struct search {
    const sm_line *line;
    double *x, *gradient;
    size_t n_evaluations;
} search;

/* Moves to a step and evaluates there. An infinite f is a point too far out, not a failure. */
static sm_status move_to(search *s, double step, sm_line_point *point)
{
    const sm_line *line = s->line;
    const size_t n = line->problem->n_parameters;
    const sm_terms all = {NULL, 0};
    for (size_t i = 0; i < n; i++)
        s->x[i] = line->x0[i] + step * line->direction[i];
    s->n_evaluations++;
    point->step = step;
    const sm_status status =
        line->problem->evaluate(line->problem->context, &all, s->x, &point->value, s->gradient);
    if (status == SM_ERROR_NOT_FINITE) {
        point->value = HUGE_VAL;
        point->slope = HUGE_VAL;
        return SM_OK;
    }
    if (status == SM_OK)
        point->slope = sm_dot(n, s->gradient, line->direction);
    return status;
}

static bool decreases_enough(const sm_line *line, const sm_line_point *p)
{
    const double noise = line->value_noise * fabs(line->value0);
    return p->value <= line->value0 + C1 * p->step * line->slope0 + noise;
}

static bool is_flat_enough(const sm_line *line, const sm_line_point *p)
{
    return fabs(p->slope) <= C2 * fabs(line->slope0);
}

/* The minimiser of the cubic through two points and their slopes (eq. 3.59), kept away from both. */
static double interpolate(const sm_line_point *a, const sm_line_point *b)
{
    const double width = b->step - a->step;
    const double d1 = a->slope + b->slope - 3 * (a->value - b->value) / (a->step - b->step);
    const double square = d1 * d1 - a->slope * b->slope;
    double step = a->step + width / 2;
    if (square >= 0) {
        const double d2 = width > 0 ? sqrt(square) : -sqrt(square);
        const double cubic = b->step - width * (b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2);
        if (isfinite(cubic))
            step = cubic;
    }
    const double nearest = a->step + 0.1 * width, farthest = a->step + 0.9 * width;
    return width > 0 ? fmin(fmax(step, nearest), farthest) : fmax(fmin(step, nearest), farthest);
}

/* Algorithm 3.6: `low` decreases enough and has the lowest value so far, and a good step lies between it
 * and `high`. */
static sm_status zoom(search *s, sm_line_point low, sm_line_point high, sm_line_point *point, bool *found)
{
    while (s->n_evaluations < MAX_EVALUATIONS) {
        const sm_status status = move_to(s, interpolate(&low, &high), point);
        if (status != SM_OK)
            return status;
        const bool enough = decreases_enough(s->line, point);
        if (enough && is_flat_enough(s->line, point)) {
            *found = true;
            return SM_OK;
        }
        const double noise = s->line->value_noise * fabs(s->line->value0);
        if (!enough || point->value > low.value + noise) {
            high = *point;
            continue;
        }
        if (point->slope * (high.step - low.step) >= 0)
            high = low;
        low = *point;
    }
    return SM_OK;
}

/* Algorithm 3.5: lengthens the step until it is good or a good one has been passed. */
static sm_status bracket(search *s, double first_step, sm_line_point *point, bool *found)
{
    sm_line_point last = {0, s->line->value0, s->line->slope0};
    double step = first_step;
    while (s->n_evaluations < MAX_EVALUATIONS) {
        const sm_status status = move_to(s, step, point);
        if (status != SM_OK)
            return status;
        const double noise = s->line->value_noise * fabs(s->line->value0);
        if (!decreases_enough(s->line, point) || (last.step > 0 && point->value > last.value + noise))
            return zoom(s, last, *point, point, found);
        if (is_flat_enough(s->line, point)) {
            *found = true;
            return SM_OK;
        }
        if (point->slope >= 0)
            return zoom(s, *point, last, point, found);
        last = *point;
        step *= 2;
    }
    return SM_OK;
}

sm_status sm_line_search(const sm_line *line, double first_step, double *x, double *gradient, sm_line_point *point,
                         size_t *n_evaluations, bool *found)
{
    search s = {.line = line, .x = x, .gradient = gradient};
    *found = false;
    const sm_status status = bracket(&s, first_step, point, found);
    *n_evaluations += s.n_evaluations;
    return status;
}
