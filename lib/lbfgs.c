/* L-BFGS: a quasi-Newton minimiser of limited memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lbfgs.h"
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
    double *s, *y; /* [capacity, n], in the state */
    double *rho;   /* [capacity], 1 / s'y, in the state */
    double *alpha; /* [capacity], used by multiply */
    double gamma;  /* s'y / y'y of the newest pair: the scale of the inverse Hessian */
} history;

/* The numbers in the state, which has them in front of its vectors. */
typedef struct numbers {
    double n_iterations, n_evaluations, value, gradient_norm, gap;
    double first_step, lowest_value, lowest_norm, last_progress;
    double length, newest, gamma;
} numbers;

enum { N_NUMBERS = sizeof(numbers) / sizeof(double) };

/* So many iterations without a lower value or a smaller gradient are the end of precision. */
enum { MAX_IDLE_ITERATIONS = 30 };

/* Preconditioned, the first step is too long by about so much: blocks alone underrate the Hessian. */
static const double FIRST_STEP = 0.8;

typedef struct lbfgs {
    const sm_problem *problem;
    const sm_lbfgs_options *options;
    double *state; /* [n_state]: numbers, start, x, gradient, s, y, rho */
    size_t n_state;
    double *start, *x, *gradient;               /* [n_parameters], in the state */
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
static void remember(history *h, const lbfgs *st)
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

static sm_status describe(const lbfgs *st, double value, sm_info *info)
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

static bool has_converged(const lbfgs *st, const sm_info *info)
{
    if (st->problem->gap)
        return info->gap <= st->options->tolerance * fabs(info->value);
    return sm_max_magnitude(st->problem->n_parameters, st->gradient) <= st->options->tolerance;
}

/* Whether for long no iteration has lowered f or its gradient by more than chance would. */
static bool is_idle(lbfgs *st, const sm_info *info)
{
    if (info->value < st->lowest_value - st->options->value_noise * fabs(st->lowest_value) ||
        info->gradient_norm < 0.99 * st->lowest_norm) {
        st->lowest_value = fmin(info->value, st->lowest_value);
        st->lowest_norm = fmin(info->gradient_norm, st->lowest_norm);
        st->last_progress = info->n_iterations;
    }
    return info->n_iterations - st->last_progress >= MAX_IDLE_ITERATIONS;
}

/* Tells the caller where it stands, with all that it takes to go on from here; true asks it to stop. */
static bool report(const lbfgs *st, const sm_info *info)
{
    const numbers found = {
        .n_iterations = (double)info->n_iterations,
        .n_evaluations = (double)info->n_evaluations,
        .value = info->value,
        .gradient_norm = info->gradient_norm,
        .gap = info->gap,
        .first_step = st->first_step,
        .lowest_value = st->lowest_value,
        .lowest_norm = st->lowest_norm,
        .last_progress = (double)st->last_progress,
        .length = (double)st->pairs.length,
        .newest = (double)st->pairs.newest,
        .gamma = st->pairs.gamma,
    };
    sm_info reported = *info;
    memcpy(st->state, &found, sizeof found);
    reported.state = st->state;
    reported.n_state = st->n_state;
    return st->options->progress && st->options->progress(st->options->progress_context, st->x, &reported);
}

/* Whether to go on after an iteration, or before the first; says in info why not. */
static bool goes_on(lbfgs *st, bool asked, sm_info *info)
{
    const sm_lbfgs_options *options = st->options;
    info->stop = SM_STOP_ITERATIONS;
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
static sm_status search(lbfgs *st, sm_info *info, sm_line_point *point, bool *moved)
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

/* After so many iterations a preconditioner has done its share. */
enum { RENEWAL_ITERATIONS = 24 };

/* Begins anew from here, with the preconditioner of this place. */
static sm_status renew(lbfgs *st, const sm_info *info)
{
    const size_t n = info->n_iterations;
    if (!st->problem->renew || n == 0 || n % RENEWAL_ITERATIONS != 0)
        return SM_OK;
    memcpy(st->start, st->x, st->problem->n_parameters * sizeof *st->x);
    st->pairs.length = 0;
    st->pairs.gamma = 1 / info->gradient_norm;
    st->first_step = FIRST_STEP;
    return st->problem->renew(st->problem->context, st->x);
}

/* One step; *moved is false where none lowers f. */
static sm_status iterate(lbfgs *st, sm_info *info, bool *moved)
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

/* A count in the state, SIZE_MAX if it is none below the limit. */
static size_t count_of(double value, double limit)
{
    return value >= 0 && value < limit && floor(value) == value ? (size_t)value : SIZE_MAX;
}

/* Puts an earlier state back. */
static sm_status resume(lbfgs *st, sm_info *info)
{
    const double many = 0x1p53;
    numbers found;
    if (st->options->n_resume != st->n_state)
        return SM_ERROR_STATE;
    memcpy(st->state, st->options->resume, st->n_state * sizeof *st->state);
    memcpy(&found, st->state, sizeof found);
    info->n_iterations = count_of(found.n_iterations, many);
    info->n_evaluations = count_of(found.n_evaluations, many);
    info->value = found.value;
    info->gradient_norm = found.gradient_norm;
    info->gap = found.gap;
    st->first_step = found.first_step;
    st->lowest_value = found.lowest_value;
    st->lowest_norm = found.lowest_norm;
    st->last_progress = count_of(found.last_progress, fmin(found.n_iterations + 1, many));
    st->pairs.length = count_of(found.length, (double)st->pairs.capacity + 1);
    st->pairs.newest = count_of(found.newest, (double)st->pairs.capacity);
    st->pairs.gamma = found.gamma;
    const bool ok = info->n_iterations != SIZE_MAX && info->n_evaluations != SIZE_MAX &&
                    st->last_progress != SIZE_MAX && st->pairs.length != SIZE_MAX && st->pairs.newest != SIZE_MAX;
    return ok ? SM_OK : SM_ERROR_STATE;
}

static sm_status begin(lbfgs *st, const double *x, sm_info *info)
{
    const sm_terms all = {NULL, 0};
    const size_t size_bytes = st->problem->n_parameters * sizeof *x;
    double value;
    memcpy(st->start, x, size_bytes);
    memcpy(st->x, x, size_bytes);
    sm_status status = st->problem->evaluate(st->problem->context, &all, st->x, &value, st->gradient);
    if (status != SM_OK)
        return status;
    info->n_evaluations = 1;
    status = describe(st, value, info);
    /* The first direction is a step of length 1 down the gradient. */
    st->pairs.gamma = info->gradient_norm > 0 ? 1 / info->gradient_norm : 1;
    return status;
}

static sm_status minimise(lbfgs *st, const double *x, sm_info *info)
{
    const bool is_resumed = st->options->resume;
    sm_status status = is_resumed ? resume(st, info) : begin(st, x, info);
    if (status != SM_OK)
        return status;
    bool asked = !is_resumed && report(st, info);
    while (goes_on(st, asked, info)) {
        bool moved = false;
        status = renew(st, info);
        if (status == SM_OK)
            status = iterate(st, info, &moved);
        if (status != SM_OK)
            return status;
        if (!moved) {
            info->stop = SM_STOP_NO_PROGRESS;
            break;
        }
        asked = report(st, info);
    }
    return SM_OK;
}

static bool allocate(lbfgs *st, size_t n, size_t capacity)
{
    history *h = &st->pairs;
    *h = (history){.n = n, .capacity = capacity, .gamma = 1};
    if (capacity > SIZE_MAX / sizeof(double) / 4 / (n + 1) - 16)
        return false;
    st->n_state = N_NUMBERS + 3 * n + 2 * capacity * n + capacity;
    st->state = calloc(st->n_state, sizeof *st->state);
    st->next_x = calloc(n, sizeof *st->next_x);
    st->next_gradient = calloc(n, sizeof *st->next_gradient);
    st->direction = calloc(n, sizeof *st->direction);
    h->alpha = calloc(capacity, sizeof *h->alpha);
    if (!st->state || !st->next_x || !st->next_gradient || !st->direction || !h->alpha)
        return false;
    st->start = st->state + N_NUMBERS;
    st->x = st->start + n;
    st->gradient = st->x + n;
    h->s = st->gradient + n;
    h->y = h->s + capacity * n;
    h->rho = h->y + capacity * n;
    return true;
}

static void release(lbfgs *st)
{
    free(st->pairs.alpha);
    free(st->direction);
    free(st->next_gradient);
    free(st->next_x);
    free(st->state);
}

const double *sm_lbfgs_start(size_t n_parameters, const double *state, size_t n_state)
{
    return n_state >= N_NUMBERS + n_parameters ? state + N_NUMBERS : NULL;
}

sm_status sm_lbfgs(const sm_problem *problem, const sm_lbfgs_options *options, double *x, sm_info *info)
{
    if (!options_ok(options) || problem->n_parameters == 0)
        return SM_ERROR_ARGUMENT;
    lbfgs st = {.problem = problem,
                .options = options,
                .first_step = problem->precondition ? FIRST_STEP : 1,
                .lowest_value = HUGE_VAL,
                .lowest_norm = HUGE_VAL};
    sm_info found = {0};
    sm_status status = allocate(&st, problem->n_parameters, options->memory) ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = minimise(&st, x, &found);
    if (status == SM_OK) {
        memcpy(x, st.x, problem->n_parameters * sizeof *x);
        if (info)
            *info = found;
    }
    release(&st);
    return status;
}
