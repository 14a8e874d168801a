/* L-BFGS: a quasi-Newton minimiser of limited memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line_search.h"
#include "softmax.h"
#include "vector.h"

sm_lbfgs_options sm_lbfgs_defaults(void)
{
    return (sm_lbfgs_options){.memory = 10, .max_iterations = 10000, .tolerance = 1e-6};
}

/* The last steps s = x' - x and gradient differences y = g' - g, in a ring. */
typedef struct history {
    size_t n, length, newest; /* values in a vector; pairs kept; where the last one stands */
    size_t capacity;
    double *s, *y; /* [capacity, n] */
    double *rho;   /* [capacity], 1 / s'y */
    double *alpha; /* [capacity], used by multiply */
    double gamma;  /* s'y / y'y of the newest pair: the scale of the inverse Hessian */
} history;

/* So many iterations without a lower value or a smaller gradient are the end of precision. */
enum { MAX_IDLE_ITERATIONS = 30 };

typedef struct state {
    const sm_problem *problem;
    const sm_lbfgs_options *options;
    double *x, *gradient, *next_x, *next_gradient, *direction; /* [n_parameters] */
    history pairs;
    double first_step; /* of the next line search */
    double lowest_value, lowest_norm;
    size_t last_progress; /* the iteration of the last new low */
} state;

static bool options_ok(const sm_lbfgs_options *options)
{
    return options->memory > 0 && options->tolerance >= 0 && options->value_noise >= 0 &&
           options->value_noise < 0.01;
}

/* direction = -H gradient, H being the approximation of the inverse Hessian (algorithm 7.4). It starts from
 * the problem's own approximation, or from the scale of the newest pair. */
static void multiply(history *h, const sm_problem *problem, const double *gradient, double *direction)
{
    const size_t n = h->n;
    for (size_t i = 0; i < n; i++)
        direction[i] = -gradient[i];
    for (size_t j = 0; j < h->length; j++) {
        const size_t at = (h->newest + h->capacity - j) % h->capacity;
        h->alpha[at] = h->rho[at] * sm_dot(n, h->s + at * n, direction);
        sm_add_scaled(n, -h->alpha[at], h->y + at * n, direction);
    }
    for (size_t i = 0; !problem->precondition && i < n; i++)
        direction[i] *= h->gamma;
    if (problem->precondition)
        problem->precondition(problem->context, direction, direction);
    for (size_t j = h->length; j-- > 0;) {
        const size_t at = (h->newest + h->capacity - j) % h->capacity;
        const double beta = h->rho[at] * sm_dot(n, h->y + at * n, direction);
        sm_add_scaled(n, h->alpha[at] - beta, h->s + at * n, direction);
    }
}

/* Keeps the pair of an accepted step if it meets the curvature condition by more than rounding. */
static void remember(history *h, const state *st)
{
    const size_t at = (h->newest + 1) % h->capacity;
    double *s = h->s + at * h->n, *y = h->y + at * h->n;
    for (size_t i = 0; i < h->n; i++) {
        s[i] = st->next_x[i] - st->x[i];
        y[i] = st->next_gradient[i] - st->gradient[i];
    }
    const double curvature = sm_dot(h->n, s, y), square = sm_dot(h->n, y, y);
    if (!(curvature > 1e-10 * square * h->gamma))
        return;
    h->rho[at] = 1 / curvature;
    h->gamma = curvature / square;
    h->newest = at;
    h->length = h->length < h->capacity ? h->length + 1 : h->capacity;
}

static sm_status describe(const state *st, double value, sm_info *info)
{
    const sm_problem *problem = st->problem;
    info->value = value;
    info->gradient_norm = sm_norm(problem->n_parameters, st->gradient);
    info->gap = HUGE_VAL;
    if (!problem->gap)
        return SM_OK;
    const double enough = st->options->tolerance * fabs(value);
    return problem->gap(problem->context, st->x, value, st->gradient, enough, &info->gap);
}

static bool has_converged(const state *st, const sm_info *info)
{
    if (st->problem->gap)
        return info->gap <= st->options->tolerance * fabs(info->value);
    return sm_max_magnitude(st->problem->n_parameters, st->gradient) <= st->options->tolerance;
}

/* Whether for long no iteration has lowered f or its gradient by more than chance would. */
static bool is_idle(state *st, const sm_info *info)
{
    if (info->value < st->lowest_value - st->options->value_noise * fabs(st->lowest_value) ||
        info->gradient_norm < 0.99 * st->lowest_norm) {
        st->lowest_value = fmin(info->value, st->lowest_value);
        st->lowest_norm = fmin(info->gradient_norm, st->lowest_norm);
        st->last_progress = info->n_iterations;
    }
    return info->n_iterations - st->last_progress >= MAX_IDLE_ITERATIONS;
}

/* Whether to go on after an iteration, or before the first; says in info why not. */
static bool goes_on(state *st, sm_info *info)
{
    const sm_lbfgs_options *options = st->options;
    info->stop = SM_STOP_ITERATIONS;
    const bool asked = options->progress && options->progress(options->progress_context, st->x, info);
    if (has_converged(st, info))
        info->stop = SM_STOP_CONVERGED;
    else if (asked)
        info->stop = SM_STOP_CALLER;
    else if (is_idle(st, info))
        info->stop = SM_STOP_NO_PROGRESS;
    else
        return info->n_iterations < options->max_iterations;
    return false;
}

/* Searches along the quasi-Newton direction; *moved is false where no step lowers f. */
static sm_status search(state *st, sm_info *info, sm_line_point *point, bool *moved)
{
    multiply(&st->pairs, st->problem, st->gradient, st->direction);
    const sm_line line = {
        .problem = st->problem,
        .x0 = st->x,
        .direction = st->direction,
        .value0 = info->value,
        .slope0 = sm_dot(st->problem->n_parameters, st->gradient, st->direction),
        .value_noise = st->options->value_noise,
    };
    *moved = false;
    if (!(line.slope0 < 0))
        return SM_OK;
    return sm_line_search(&line, st->first_step, st->next_x, st->next_gradient, point, &info->n_evaluations, moved);
}

/* One step; *moved is false where none lowers f. */
static sm_status iterate(state *st, sm_info *info, bool *moved)
{
    const size_t n = st->problem->n_parameters;
    sm_line_point point;
    sm_status status = search(st, info, &point, moved);
    if (status == SM_OK && !*moved && st->pairs.length > 0) { /* the pairs may be to blame */
        st->pairs.length = 0;
        st->pairs.gamma = 1 / info->gradient_norm;
        status = search(st, info, &point, moved);
    }
    if (status != SM_OK || !*moved)
        return status;
    remember(&st->pairs, st);
    /* Without its off-diagonal blocks the Hessian is too small, and steps are too long, again and again. */
    st->first_step = point.step < 0.8 ? 1.25 * point.step : 1;
    memcpy(st->x, st->next_x, n * sizeof *st->x);
    memcpy(st->gradient, st->next_gradient, n * sizeof *st->gradient);
    info->n_iterations++;
    return describe(st, point.value, info);
}

static sm_status minimise(state *st, sm_info *info)
{
    const sm_terms all = {NULL, 0};
    double value;
    sm_status status = st->problem->evaluate(st->problem->context, &all, st->x, &value, st->gradient);
    if (status != SM_OK)
        return status;
    info->n_evaluations = 1;
    status = describe(st, value, info);
    if (status != SM_OK)
        return status;
    /* The first direction is a step of length 1 down the gradient. */
    st->pairs.gamma = info->gradient_norm > 0 ? 1 / info->gradient_norm : 1;

    while (goes_on(st, info)) {
        bool moved;
        status = iterate(st, info, &moved);
        if (status != SM_OK)
            return status;
        if (!moved) {
            info->stop = SM_STOP_NO_PROGRESS;
            break;
        }
    }
    return SM_OK;
}

static bool allocate(state *st, size_t n, size_t capacity)
{
    history *h = &st->pairs;
    *h = (history){.n = n, .capacity = capacity, .gamma = 1};
    st->x = calloc(n, sizeof *st->x);
    st->gradient = calloc(n, sizeof *st->gradient);
    st->next_x = calloc(n, sizeof *st->next_x);
    st->next_gradient = calloc(n, sizeof *st->next_gradient);
    st->direction = calloc(n, sizeof *st->direction);
    h->s = calloc(capacity, n * sizeof *h->s);
    h->y = calloc(capacity, n * sizeof *h->y);
    h->rho = calloc(capacity, sizeof *h->rho);
    h->alpha = calloc(capacity, sizeof *h->alpha);
    return st->x && st->gradient && st->next_x && st->next_gradient && st->direction && h->s && h->y && h->rho &&
           h->alpha;
}

static void release(state *st)
{
    free(st->pairs.alpha);
    free(st->pairs.rho);
    free(st->pairs.y);
    free(st->pairs.s);
    free(st->direction);
    free(st->next_gradient);
    free(st->next_x);
    free(st->gradient);
    free(st->x);
}

sm_status sm_lbfgs(const sm_problem *problem, const sm_lbfgs_options *options, double *x, sm_info *info)
{
    if (!options_ok(options) || problem->n_parameters == 0)
        return SM_ERROR_ARGUMENT;
    state st = {.problem = problem,
                .options = options,
                .first_step = problem->precondition ? 0.8 : 1,
                .lowest_value = HUGE_VAL,
                .lowest_norm = HUGE_VAL};
    sm_info found = {0};
    sm_status status = allocate(&st, problem->n_parameters, options->memory) ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        memcpy(st.x, x, problem->n_parameters * sizeof *x);
        status = minimise(&st, &found);
    }
    if (status == SM_OK) {
        memcpy(x, st.x, problem->n_parameters * sizeof *x);
        if (info)
            *info = found;
    }
    release(&st);
    return status;
}
