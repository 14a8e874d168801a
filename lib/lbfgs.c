/* L-BFGS: a quasi-Newton minimiser of limited memory. */
#include <string.h>

#include "line_search.h"
#include "minimiser.h"
#include "vector.h"

sm_lbfgs_options sm_lbfgs_defaults(void)
{
    return (sm_lbfgs_options){.memory = 10, .max_iterations = 10000, .tolerance = 1e-6};
}

/* The numbers in the state of L-BFGS alone; vectors follow: start, x, gradient, s, y, rho. */
typedef struct numbers {
    double first_step; /* of the next line search */
    double lowest_value, lowest_norm;
    double last_progress;    /* the iteration of the last new low */
    double n_pairs, newest;  /* pairs kept, and the place of the last one in the ring */
    double gamma;            /* s'y / y'y of the newest pair: the scale of the inverse Hessian */
    double renewed, renewal; /* the iterations of the last and the next preconditioner */
    double is_refined;       /* whether the precision was raised */
} numbers;

enum { START_AT = SM_N_INFO + sizeof(numbers) / sizeof(double) };

/* This many iterations without a lower value or a smaller gradient mean that precision is exhausted. */
enum { MAX_IDLE_ITERATIONS = 30 };

typedef struct lbfgs {
    sm_minimiser base;
    sm_lbfgs_options options;
    bool is_preconditioned;   /* the problem has an H, computed at `start` */
    numbers *now;             /* in the state, like all up to rho */
    double *start, *gradient; /* [n_parameters] */
    double *s, *y;            /* [memory, n_parameters], the last steps x' - x and differences g' - g, in a ring */
    double *rho;              /* [memory], 1 / s'y */
    double *next_x, *next_gradient, *direction; /* [n_parameters], in the workspace */
    double *alpha;                              /* [memory], there too; used by find_direction */
} lbfgs;

/* The place in the ring of the pair of an age, 0 for the newest. */
static size_t pair_index(const lbfgs *l, size_t age)
{
    return ((size_t)l->now->newest + l->options.memory - age) % l->options.memory;
}

/* direction = -H gradient, H being the approximation of the inverse Hessian (algorithm 7.4). It starts from
 * the problem's own approximation, or from the scale of the newest pair. */
static void find_direction(lbfgs *l)
{
    const sm_problem *problem = &l->base.problem;
    const size_t n = problem->n_parameters, n_pairs = (size_t)l->now->n_pairs;
    double *direction = l->direction;
    for (size_t i = 0; i < n; i++)
        direction[i] = -l->gradient[i];
    for (size_t age = 0; age < n_pairs; age++) {
        const size_t at = pair_index(l, age);
        l->alpha[at] = l->rho[at] * sm_dot(n, l->s + at * n, direction);
        sm_add_scaled(n, -l->alpha[at], l->y + at * n, direction);
    }
    for (size_t i = 0; !l->is_preconditioned && i < n; i++)
        direction[i] *= l->now->gamma;
    if (l->is_preconditioned)
        problem->precondition(problem->context, direction, direction);
    for (size_t age = n_pairs; age-- > 0;) {
        const size_t at = pair_index(l, age);
        const double beta = l->rho[at] * sm_dot(n, l->y + at * n, direction);
        sm_add_scaled(n, l->alpha[at] - beta, l->s + at * n, direction);
    }
}

/* Stores the pair of an accepted step if it meets the curvature condition by more than rounding. */
static void keep_pair(lbfgs *l)
{
    const size_t n = l->base.problem.n_parameters, memory = l->options.memory;
    const size_t at = ((size_t)l->now->newest + 1) % memory;
    double *s = l->s + at * n, *y = l->y + at * n;
    for (size_t i = 0; i < n; i++) {
        s[i] = l->next_x[i] - l->base.x[i];
        y[i] = l->next_gradient[i] - l->gradient[i];
    }
    const double curvature = sm_dot(n, s, y), square = sm_dot(n, y, y);
    if (!(curvature > 1e-10 * square * l->now->gamma))
        return;
    l->rho[at] = 1 / curvature;
    l->now->gamma = curvature / square;
    l->now->newest = (double)at;
    l->now->n_pairs = fmin(l->now->n_pairs + 1, (double)memory);
}

/* The next direction is that of the preconditioner, or a step of length 1 down the gradient. */
static void drop_pairs(lbfgs *l)
{
    const double norm = l->base.info.gradient_norm;
    l->now->n_pairs = 0;
    l->now->gamma = norm > 0 ? 1 / norm : 1;
}

/* Whether recent iterations lowered neither f nor its gradient by more than noise. */
static bool is_idle(lbfgs *l)
{
    const sm_info *info = &l->base.info;
    numbers *now = l->now;
    if (info->value < now->lowest_value - l->base.problem.value_noise * fabs(now->lowest_value) ||
        info->gradient_norm < 0.99 * now->lowest_norm) {
        now->lowest_value = fmin(info->value, now->lowest_value);
        now->lowest_norm = fmin(info->gradient_norm, now->lowest_norm);
        now->last_progress = (double)info->n_iterations;
    }
    return (double)info->n_iterations - now->last_progress >= MAX_IDLE_ITERATIONS;
}

/* Whether the gap would be small enough if it were not for rounding. */
static bool is_rounding_all(const lbfgs *l)
{
    const sm_info *info = &l->base.info;
    return info->gap - info->rounding <= l->options.tolerance * fabs(info->value);
}

static bool has_converged(const lbfgs *l)
{
    const sm_problem *problem = &l->base.problem;
    const sm_info *info = &l->base.info;
    const double tolerance = l->options.tolerance;
    return problem->gap ? info->gap <= tolerance * fabs(info->value)
                        : sm_max_magnitude(problem->n_parameters, l->gradient) <= tolerance;
}

static sm_stop find_stop(lbfgs *l)
{
    const sm_info *info = &l->base.info;
    if (has_converged(l))
        return SM_STOP_CONVERGED;
    if (info->n_iterations >= l->options.max_iterations)
        return SM_STOP_ITERATIONS;
    return SM_STOP_NONE;
}

/* Sets info for x, of which f and the gradient are known. */
static sm_status describe(lbfgs *l, double value)
{
    const sm_problem *problem = &l->base.problem;
    sm_info *info = &l->base.info;
    sm_bound bound = {HUGE_VAL, 0};
    sm_status status = SM_OK;
    info->value = value;
    info->gradient_norm = sm_norm(problem->n_parameters, l->gradient);
    if (problem->gap)
        status = problem->gap(problem->context, l->base.x, l->gradient, l->options.tolerance * fabs(value), &bound);
    info->gap = bound.gap;
    info->rounding = bound.rounding;
    if (status == SM_OK)
        info->stop = find_stop(l);
    return status;
}

/* Computes the preconditioner at `start`; without one if the problem has none there. */
static sm_status build_preconditioner(lbfgs *l, double *first_step)
{
    const sm_problem *problem = &l->base.problem;
    sm_renewal renewal = {(size_t)l->now->renewed, SIZE_MAX, 1};
    const sm_status status = problem->renew ? problem->renew(problem->context, l->start, &renewal) : SM_OK;
    l->is_preconditioned = problem->precondition && status == SM_OK;
    l->now->renewal = l->now->renewed + (double)renewal.n_iterations;
    *first_step = l->is_preconditioned ? renewal.first_step : 1;
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

/* Continues with the preconditioner computed at x. */
static sm_status renew(lbfgs *l)
{
    memcpy(l->start, l->base.x, l->base.problem.n_parameters * sizeof *l->start);
    l->now->renewed = (double)l->base.info.n_iterations;
    const sm_status status = build_preconditioner(l, &l->now->first_step);
    drop_pairs(l);
    return status;
}

/* Evaluates f at x, from where the steps then start again. */
static sm_status restart(lbfgs *l)
{
    const sm_problem *problem = &l->base.problem;
    double value;
    sm_status status = problem->evaluate(problem->context, &(sm_terms){NULL, 0}, l->base.x, &value, l->gradient);
    if (status != SM_OK)
        return status;
    l->base.info.n_evaluations++;
    l->is_preconditioned = false;
    status = describe(l, value);
    l->now->lowest_value = l->now->lowest_norm = HUGE_VAL;
    (void)is_idle(l);
    /* Where nothing is left to do, H is not needed. */
    return status == SM_OK && l->base.info.stop == SM_STOP_NONE ? renew(l) : status;
}

/* Whether the last direction promises no more than noise. */
static bool is_noise_all(const lbfgs *l)
{
    const sm_problem *problem = &l->base.problem;
    const double decrease = -sm_dot(problem->n_parameters, l->gradient, l->direction) / 2;
    return decrease <= problem->value_noise * fabs(l->base.info.value);
}

/* Raises the precision, if there is a higher one, or stops. */
static sm_status refine(lbfgs *l)
{
    sm_problem *problem = &l->base.problem;
    if (!problem->refine) {
        l->base.info.stop = is_rounding_all(l) || is_noise_all(l) ? SM_STOP_PRECISION : SM_STOP_STUCK;
        return SM_OK;
    }
    const sm_status status = problem->refine(problem->context, problem);
    l->now->is_refined = 1;
    return status == SM_OK ? restart(l) : status;
}

/* Raises the precision, or stops, where steps lower nothing any more or only rounding is in the way. */
static sm_status settle(lbfgs *l)
{
    sm_status status = SM_OK;
    while (status == SM_OK && l->base.info.stop == SM_STOP_NONE && (is_idle(l) || is_rounding_all(l)))
        status = refine(l);
    return status;
}

static sm_status begin(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    sm_status status = m->problem.start ? m->problem.start(m->problem.context, l->options.from_x, m->x) : SM_OK;
    if (status == SM_OK)
        status = restart(l);
    return status == SM_OK ? settle(l) : status;
}

/* Searches along the quasi-Newton direction; *moved is false if no step lowers f. */
static sm_status search(lbfgs *l, sm_line_point *point, bool *moved)
{
    const sm_problem *problem = &l->base.problem;
    find_direction(l);
    sm_line line = {
        .problem = problem,
        .x0 = l->base.x,
        .direction = l->direction,
        .value0 = l->base.info.value,
        .slope0 = sm_dot(problem->n_parameters, l->gradient, l->direction),
        .x = l->next_x,
        .gradient = l->next_gradient,
    };
    *moved = false;
    if (!(line.slope0 < 0))
        return SM_OK;
    const sm_status status = sm_line_search(&line, l->now->first_step, point, moved);
    l->base.info.n_evaluations += line.n_evaluations;
    return status;
}

/* Searches with what is known of f's curvature, and where that leads nowhere, with less or newer knowledge. */
static sm_status search_again(lbfgs *l, sm_line_point *point, bool *moved)
{
    const bool is_new = l->now->renewed == (double)l->base.info.n_iterations;
    sm_status status = search(l, point, moved);
    if (status == SM_OK && !*moved && l->now->n_pairs > 0) {
        drop_pairs(l);
        status = search(l, point, moved);
    }
    if (status == SM_OK && !*moved && l->is_preconditioned && !is_new) {
        status = renew(l);
        if (status == SM_OK)
            status = search(l, point, moved);
    }
    return status;
}

/* Searches, in a higher precision where that is needed; *moved is false if even that does not help. */
static sm_status search_precisely(lbfgs *l, sm_line_point *point, bool *moved)
{
    sm_info *info = &l->base.info;
    sm_status status = SM_OK;
    do {
        if ((double)info->n_iterations >= l->now->renewal)
            status = renew(l);
        if (status == SM_OK)
            status = search_again(l, point, moved);
        if (status == SM_OK && !*moved)
            status = refine(l);
    } while (status == SM_OK && !*moved && info->stop == SM_STOP_NONE);
    return status;
}

static sm_status step(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    const size_t n = m->problem.n_parameters;
    sm_line_point point;
    bool moved = false;
    sm_status status = search_precisely(l, &point, &moved);
    if (status != SM_OK || !moved)
        return status;
    keep_pair(l);
    /* If the preconditioner underestimates curvature, it does so at the next point, too. */
    l->now->first_step = point.step < 0.8 ? 1.25 * point.step : 1;
    memcpy(m->x, l->next_x, n * sizeof *m->x);
    memcpy(l->gradient, l->next_gradient, n * sizeof *l->gradient);
    m->info.n_iterations++;
    status = describe(l, point.value);
    return status == SM_OK ? settle(l) : status;
}

static sm_status load(sm_minimiser *m)
{
    lbfgs *l = (lbfgs *)m;
    const double memory = (double)l->options.memory;
    size_t count;
    if (!sm_read_count(l->now->last_progress, (double)m->info.n_iterations + 1, &count) ||
        !sm_read_count(l->now->renewed, (double)m->info.n_iterations + 1, &count) ||
        !sm_read_count(l->now->n_pairs, memory + 1, &count) || !sm_read_count(l->now->newest, memory, &count))
        return SM_ERROR_STATE;
    m->info.stop = find_stop(l);
    if (l->now->is_refined != 0 && m->problem.refine) {
        const sm_status refined = m->problem.refine(m->problem.context, &m->problem);
        if (refined != SM_OK)
            return refined;
    }
    double unused;
    const sm_status status = build_preconditioner(l, &unused);
    return status == SM_OK ? settle(l) : status; /* which the steps had done as well: it only finds a stop */
}

sm_status sm_lbfgs_create(const sm_problem *problem, const sm_lbfgs_options *options, const double *x,
                          sm_minimiser **minimiser)
{
    static const sm_minimiser_kind kind = {begin, step, load};
    const sm_lbfgs_options defaults = sm_lbfgs_defaults();
    options = options ? options : &defaults;
    const size_t n = problem->n_parameters, memory = options->memory;
    if (n == 0 || memory == 0 || !(options->tolerance >= 0) ||
        !(problem->value_noise >= 0 && problem->value_noise < 0.01))
        return SM_ERROR_ARGUMENT;
    if (memory > SIZE_MAX / sizeof(double) / 4 / (n + 1) - 16)
        return SM_ERROR_MEMORY;
    const size_t n_state = START_AT + 3 * n + 2 * memory * n + memory, n_workspace = 3 * n + memory;
    lbfgs *l = (lbfgs *)sm_minimiser_allocate(&kind, sizeof *l, problem, n_state, n_workspace, START_AT + n, x);
    if (!l)
        return SM_ERROR_MEMORY;
    l->options = *options;
    l->now = (numbers *)(void *)(l->base.state + SM_N_INFO);
    l->now->lowest_value = l->now->lowest_norm = HUGE_VAL;
    l->start = l->base.state + START_AT;
    l->gradient = l->base.x + n;
    l->s = l->gradient + n;
    l->y = l->s + memory * n;
    l->rho = l->y + memory * n;
    l->next_x = l->base.workspace;
    l->next_gradient = l->next_x + n;
    l->direction = l->next_gradient + n;
    l->alpha = l->direction + n;
    *minimiser = &l->base;
    return SM_OK;
}

sm_status sm_lbfgs(const sm_problem *problem, const sm_lbfgs_options *options, double *x, sm_info *info)
{
    sm_minimiser *m;
    const sm_status status = sm_lbfgs_create(problem, options, x, &m);
    return status == SM_OK ? sm_minimiser_finish(m, x, info) : status;
}
