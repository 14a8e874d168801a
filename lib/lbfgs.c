/* L-BFGS: a quasi-Newton minimiser of limited memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line_search.h"
#include "minimiser.h"
#include "vector.h"

sm_lbfgs_options sm_lbfgs_defaults(void)
{
    return (sm_lbfgs_options){.memory = 10, .max_iterations = 10000, .tolerance = 1e-6};
}

/* The last steps s = x' - x and gradient differences y = g' - g, in a ring. */
typedef struct history {
    size_t n, length, newest; /* values in a vector; pairs kept; index of the last one */
    size_t capacity;
    double *s, *y; /* [capacity, n], in the state */
    double *rho;   /* [capacity], 1 / s'y, in the state */
    double *alpha; /* [capacity], used by multiply */
    double gamma;  /* s'y / y'y of the newest pair: the scale of the inverse Hessian */
} history;

/* What the state holds after the numbers of every minimiser; vectors follow: start, x, gradient, s, y, rho. */
typedef struct numbers {
    double first_step, lowest_value, lowest_norm, last_progress, length, newest, gamma;
} numbers;

enum { START_AT = SM_N_MINIMISER_NUMBERS + sizeof(numbers) / sizeof(double) };

/* This many iterations without a lower value or a smaller gradient mean that precision is exhausted. */
enum { MAX_IDLE_ITERATIONS = 30 };

/* The preconditioner is renewed each time this many iterations have been done with it. */
enum { RENEWAL_ITERATIONS = 24 };

/* The block-diagonal preconditioner underestimates curvature, so the first step is shortened. */
static const double FIRST_STEP = 0.8;

typedef struct lbfgs {
    sm_minimiser base;
    sm_lbfgs_options options;
    bool is_preconditioned;                     /* the problem has an H, and it is that of start */
    double *start, *gradient;                   /* [n_parameters], in the state */
    double *next_x, *next_gradient, *direction; /* [n_parameters] */
    history pairs;
    double first_step; /* of the next line search */
    double lowest_value, lowest_norm;
    size_t last_progress; /* the iteration of the last new low */
} lbfgs;

static bool options_ok(const sm_lbfgs_options *options)
{
    return options->memory > 0 && options->tolerance >= 0 && options->value_noise >= 0 &&
           options->value_noise < 0.01;
}

/* direction = -H gradient, H being the approximation of the inverse Hessian (algorithm 7.4). It starts from
 * the problem's own approximation, or from the scale of the newest pair. */
static void multiply(lbfgs *l)
{
    history *h = &l->pairs;
    const sm_problem *problem = &l->base.problem;
    double *direction = l->direction;
    const size_t n = h->n;
    for (size_t i = 0; i < n; i++)
        direction[i] = -l->gradient[i];
    for (size_t j = 0; j < h->length; j++) {
        const size_t at = (h->newest + h->capacity - j) % h->capacity;
        h->alpha[at] = h->rho[at] * sm_dot(n, h->s + at * n, direction);
        sm_add_scaled(n, -h->alpha[at], h->y + at * n, direction);
    }
    if (l->is_preconditioned)
        problem->precondition(problem->context, direction, direction);
    else
        for (size_t i = 0; i < n; i++)
            direction[i] *= h->gamma;
    for (size_t j = h->length; j-- > 0;) {
        const size_t at = (h->newest + h->capacity - j) % h->capacity;
        const double beta = h->rho[at] * sm_dot(n, h->y + at * n, direction);
        sm_add_scaled(n, h->alpha[at] - beta, h->s + at * n, direction);
    }
}

/* Keeps the pair of an accepted step if it meets the curvature condition by more than rounding. */
static void remember(lbfgs *l)
{
    history *h = &l->pairs;
    const size_t at = (h->newest + 1) % h->capacity;
    double *s = h->s + at * h->n, *y = h->y + at * h->n;
    for (size_t i = 0; i < h->n; i++) {
        s[i] = l->next_x[i] - l->base.x[i];
        y[i] = l->next_gradient[i] - l->gradient[i];
    }
    const double curvature = sm_dot(h->n, s, y), square = sm_dot(h->n, y, y);
    if (!(curvature > 1e-10 * square * h->gamma))
        return;
    h->rho[at] = 1 / curvature;
    h->gamma = curvature / square;
    h->newest = at;
    h->length = h->length < h->capacity ? h->length + 1 : h->capacity;
}

/* Drops all pairs: the next direction is a step of length 1 down the gradient, or that of the preconditioner. */
static void forget(lbfgs *l)
{
    const double norm = l->base.info.gradient_norm;
    l->pairs.length = 0;
    l->pairs.gamma = norm > 0 ? 1 / norm : 1;
}

/* ---------------------------------------------------------------------------------------------- */

static bool has_converged(const lbfgs *l)
{
    const sm_info *info = &l->base.info;
    if (l->base.problem.gap)
        return info->gap <= l->options.tolerance * fabs(info->value);
    return sm_max_magnitude(l->base.problem.n_parameters, l->gradient) <= l->options.tolerance;
}

/* Whether for long no iteration has lowered f or its gradient by more than chance would. */
static bool is_idle(lbfgs *l)
{
    const sm_info *info = &l->base.info;
    if (info->value < l->lowest_value - l->options.value_noise * fabs(l->lowest_value) ||
        info->gradient_norm < 0.99 * l->lowest_norm) {
        l->lowest_value = fmin(info->value, l->lowest_value);
        l->lowest_norm = fmin(info->gradient_norm, l->lowest_norm);
        l->last_progress = info->n_iterations;
    }
    return info->n_iterations - l->last_progress >= MAX_IDLE_ITERATIONS;
}

static sm_stop find_stop(lbfgs *l)
{
    if (has_converged(l))
        return SM_STOP_CONVERGED;
    if (is_idle(l))
        return SM_STOP_NO_PROGRESS;
    return l->base.info.n_iterations < l->options.max_iterations ? SM_STOP_NONE : SM_STOP_ITERATIONS;
}

/* Sets info for x, of which f and the gradient are known. */
static sm_status describe(lbfgs *l, double value)
{
    const sm_problem *problem = &l->base.problem;
    sm_info *info = &l->base.info;
    sm_status status = SM_OK;
    info->value = value;
    info->gradient_norm = sm_norm(problem->n_parameters, l->gradient);
    info->gap = HUGE_VAL;
    if (problem->gap)
        status = problem->gap(problem->context, l->base.x, value, l->gradient, l->options.tolerance * fabs(value),
                              &info->gap);
    if (status == SM_OK)
        info->stop = find_stop(l);
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

/* Makes the preconditioner that of `start`. Where there is none it goes on without. */
static sm_status build_preconditioner(lbfgs *l)
{
    const sm_problem *problem = &l->base.problem;
    const sm_status status = problem->renew ? problem->renew(problem->context, l->start) : SM_OK;
    l->is_preconditioned = problem->precondition && status == SM_OK;
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

/* Starts again from x, with the preconditioner of this place. */
static sm_status restart(lbfgs *l)
{
    memcpy(l->start, l->base.x, l->base.problem.n_parameters * sizeof *l->start);
    const sm_status status = build_preconditioner(l);
    l->first_step = l->is_preconditioned ? FIRST_STEP : 1;
    forget(l);
    return status;
}

static sm_status begin(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    const sm_problem *problem = &m->problem;
    double value;
    sm_status status = problem->start ? problem->start(problem->context, m->x) : SM_OK;
    if (status == SM_OK)
        status = restart(l);
    if (status == SM_OK)
        status = problem->evaluate(problem->context, &(sm_terms){NULL, 0}, m->x, &value, l->gradient);
    if (status != SM_OK)
        return status;
    m->info.n_evaluations = 1;
    status = describe(l, value);
    forget(l);
    return status;
}

/* Searches along the quasi-Newton direction; *moved is false where no step lowers f. */
static sm_status search(lbfgs *l, sm_line_point *point, bool *moved)
{
    const sm_problem *problem = &l->base.problem;
    multiply(l);
    const sm_line line = {
        .problem = problem,
        .x0 = l->base.x,
        .direction = l->direction,
        .value0 = l->base.info.value,
        .slope0 = sm_dot(problem->n_parameters, l->gradient, l->direction),
        .value_noise = l->options.value_noise,
    };
    *moved = false;
    if (!(line.slope0 < 0))
        return SM_OK;
    return sm_line_search(&line, l->first_step, l->next_x, l->next_gradient, point, &l->base.info.n_evaluations,
                          moved);
}

static sm_status step(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    const size_t n = m->problem.n_parameters, n_done = m->info.n_iterations;
    sm_line_point point;
    bool moved = false;
    sm_status status = SM_OK;
    if (m->problem.renew && l->is_preconditioned && n_done > 0 && n_done % RENEWAL_ITERATIONS == 0)
        status = restart(l);
    if (status == SM_OK)
        status = search(l, &point, &moved);
    if (status == SM_OK && !moved && l->pairs.length > 0) { /* the pairs may be to blame */
        forget(l);
        status = search(l, &point, &moved);
    }
    if (status == SM_OK && !moved)
        m->info.stop = SM_STOP_NO_PROGRESS;
    if (status != SM_OK || !moved)
        return status;
    remember(l);
    /* Where blocks alone underestimate the curvature, steps are too long again and again. */
    l->first_step = point.step < 0.8 ? 1.25 * point.step : 1;
    memcpy(m->x, l->next_x, n * sizeof *m->x);
    memcpy(l->gradient, l->next_gradient, n * sizeof *l->gradient);
    m->info.n_iterations++;
    return describe(l, point.value);
}

/* ---------------------------------------------------------------------------------------------- */

static void save(const sm_minimiser *m, double *state)
{
    const lbfgs *l = (const lbfgs *)m;
    const numbers kept = {
        .first_step = l->first_step,
        .lowest_value = l->lowest_value,
        .lowest_norm = l->lowest_norm,
        .last_progress = (double)l->last_progress,
        .length = (double)l->pairs.length,
        .newest = (double)l->pairs.newest,
        .gamma = l->pairs.gamma,
    };
    memcpy(state + SM_N_MINIMISER_NUMBERS, &kept, sizeof kept);
}

static sm_status load(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    const double n_capacity = (double)l->pairs.capacity;
    numbers kept;
    memcpy(&kept, m->state + SM_N_MINIMISER_NUMBERS, sizeof kept);
    l->first_step = kept.first_step;
    l->lowest_value = kept.lowest_value;
    l->lowest_norm = kept.lowest_norm;
    l->pairs.gamma = kept.gamma;
    if (!sm_read_count(kept.last_progress, (double)m->info.n_iterations + 1, &l->last_progress) ||
        !sm_read_count(kept.length, n_capacity + 1, &l->pairs.length) ||
        !sm_read_count(kept.newest, n_capacity, &l->pairs.newest))
        return SM_ERROR_STATE;
    m->info.stop = find_stop(l);
    return build_preconditioner(l);
}

static void release(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    free(l->pairs.alpha);
    free(l->direction);
    free(l->next_gradient);
    free(l->next_x);
}

static bool allocate(lbfgs *l, size_t n, size_t capacity)
{
    history *h = &l->pairs;
    l->start = l->base.state + START_AT;
    l->gradient = l->base.x + n;
    *h = (history){.n = n, .capacity = capacity};
    h->s = l->gradient + n;
    h->y = h->s + capacity * n;
    h->rho = h->y + capacity * n;
    l->next_x = calloc(n, sizeof *l->next_x);
    l->next_gradient = calloc(n, sizeof *l->next_gradient);
    l->direction = calloc(n, sizeof *l->direction);
    h->alpha = calloc(capacity, sizeof *h->alpha);
    return l->next_x && l->next_gradient && l->direction && h->alpha;
}

sm_status sm_lbfgs_create(const sm_problem *problem, const sm_lbfgs_options *options, const double *x,
                          sm_minimiser **minimiser)
{
    static const sm_minimiser_kind kind = {begin, step, save, load, release};
    const size_t n = problem->n_parameters, capacity = options->memory;
    if (!options_ok(options) || n == 0)
        return SM_ERROR_ARGUMENT;
    if (capacity > SIZE_MAX / sizeof(double) / 4 / (n + 1) - 16)
        return SM_ERROR_MEMORY;
    const size_t n_state = START_AT + 3 * n + 2 * capacity * n + capacity;
    lbfgs *l = (lbfgs *)sm_minimiser_allocate(&kind, sizeof *l, problem, n_state, START_AT + n, x);
    if (!l)
        return SM_ERROR_MEMORY;
    l->options = *options;
    l->lowest_value = l->lowest_norm = HUGE_VAL;
    if (!allocate(l, n, capacity)) {
        sm_minimiser_free(&l->base);
        return SM_ERROR_MEMORY;
    }
    *minimiser = &l->base;
    return SM_OK;
}

sm_status sm_lbfgs(const sm_problem *problem, const sm_lbfgs_options *options, double *x, sm_info *info)
{
    sm_minimiser *m;
    const sm_status status = sm_lbfgs_create(problem, options, x, &m);
    return status == SM_OK ? sm_minimiser_finish(m, x, info) : status;
}
