/* A line search that satisfies the strong Wolfe conditions (Nocedal & Wright 2006, section 3.5). */
#include "line_search.h"

#include "vector.h"

static const double C1 = 1e-4, C2 = 0.9;

enum { MAX_EVALUATIONS = 40 };

/* Moves to a step and evaluates there. An infinite f is a point too far out, not a failure. */
static sm_status move_to(sm_line *line, double step, sm_line_point *point)
{
    const size_t n = line->problem->n_parameters;
    for (size_t i = 0; i < n; i++)
        line->x[i] = line->x0[i] + step * line->direction[i];
    line->n_evaluations++;
    *point = (sm_line_point){step, HUGE_VAL, HUGE_VAL};
    const sm_status status = line->problem->evaluate(line->problem->context, &(sm_terms){NULL, 0}, line->x,
                                                     &point->value, line->gradient);
    if (status == SM_OK)
        point->slope = sm_dot(n, line->gradient, line->direction);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

/* Smaller differences of f are not trusted. */
static double noise(const sm_line *line)
{
    return line->problem->value_noise * fabs(line->value0);
}

static bool decreases_enough(const sm_line *line, const sm_line_point *p)
{
    return p->value <= line->value0 + C1 * p->step * line->slope0 + noise(line);
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

/* Algorithm 3.6: `low` decreases enough and has the lowest value so far, and a good step lies between it and `high`. */
static sm_status zoom(sm_line *line, sm_line_point low, sm_line_point high, sm_line_point *point, bool *found)
{
    while (line->n_evaluations < MAX_EVALUATIONS) {
        const sm_status status = move_to(line, interpolate(&low, &high), point);
        if (status != SM_OK)
            return status;
        const bool enough = decreases_enough(line, point);
        *found = enough && is_flat_enough(line, point);
        if (*found)
            return SM_OK;
        if (!enough || point->value > low.value + noise(line)) {
            high = *point;
            continue;
        }
        if (point->slope * (high.step - low.step) >= 0)
            high = low;
        low = *point;
    }
    return SM_OK;
}

/* Algorithm 3.5: doubles the step until it is good or a good one has been passed. */
sm_status sm_line_search(sm_line *line, double first_step, sm_line_point *point, bool *found)
{
    sm_line_point last = {0, line->value0, line->slope0};
    double step = first_step;
    *found = false;
    line->n_evaluations = 0;
    while (line->n_evaluations < MAX_EVALUATIONS) {
        const sm_status status = move_to(line, step, point);
        if (status != SM_OK)
            return status;
        if (!decreases_enough(line, point) || (last.step > 0 && point->value > last.value + noise(line)))
            return zoom(line, last, *point, point, found);
        *found = is_flat_enough(line, point);
        if (*found)
            return SM_OK;
        if (point->slope >= 0)
            return zoom(line, *point, last, point, found);
        last = *point;
        step *= 2;
    }
    return SM_OK;
}
