/* Mini-batch stochastic gradient descent with momentum. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "vector.h"

sm_sgd_options sm_sgd_defaults(void)
{
    return (sm_sgd_options){
        .batch_size = 128,
        .n_epochs = 10,
        .learning_rate = 0.2,
        .momentum = 0.9,
        .schedule = SM_SCHEDULE_LINEAR,
        .seed = 1,
    };
}

/* The numbers in the state, which has them in front of its vectors. */
typedef struct numbers {
    double n_epochs, n_steps, n_evaluations, random_high, random_low; /* halves of the random state */
} numbers;

enum { N_NUMBERS = sizeof(numbers) / sizeof(double) };

typedef struct descent {
    const sm_problem *problem;
    const sm_sgd_options *options;
    double *state; /* [n_state]: numbers, x, velocity, order */
    size_t n_state;
    double *x, *velocity; /* [n_parameters], in the state */
    double *gradient;     /* [n_parameters] */
    size_t *order;        /* [n_terms] */
    sm_random random;
    size_t n_steps; /* done so far */
} descent;

static bool options_ok(const sm_sgd_options *options)
{
    return options->batch_size > 0 && options->learning_rate > 0 && isfinite(options->learning_rate) &&
           options->momentum >= 0 && options->momentum < 1;
}

static size_t steps_per_epoch(const descent *d)
{
    return (d->problem->n_terms - 1) / d->options->batch_size + 1;
}

static double learning_rate(const descent *d)
{
    if (d->options->schedule == SM_SCHEDULE_CONSTANT)
        return d->options->learning_rate;
    const double n_all_steps = (double)steps_per_epoch(d) * (double)d->options->n_epochs;
    return d->options->learning_rate * (1 - (double)d->n_steps / n_all_steps);
}

static sm_status run_step(descent *d, const sm_terms *batch)
{
    double value;
    const sm_status status = d->problem->evaluate(d->problem->context, batch, d->x, &value, d->gradient);
    if (status != SM_OK)
        return status;
    const double rate = learning_rate(d), momentum = d->options->momentum;
    for (size_t i = 0; i < d->problem->n_parameters; i++) {
        d->velocity[i] = momentum * d->velocity[i] + d->gradient[i];
        d->x[i] -= rate * d->velocity[i];
    }
    d->n_steps++;
    return SM_OK;
}

static sm_status run_epoch(descent *d)
{
    const size_t n_terms = d->problem->n_terms, batch_size = d->options->batch_size;
    sm_shuffle(&d->random, n_terms, d->order);
    for (size_t first = 0; first < n_terms; first += batch_size) {
        const size_t left = n_terms - first;
        const sm_terms batch = {d->order + first, left < batch_size ? left : batch_size};
        const sm_status status = run_step(d, &batch);
        if (status != SM_OK)
            return status;
    }
    return SM_OK;
}

/* Writes down all that it takes to go on from here. */
static void keep_state(const descent *d, const sm_info *info)
{
    const numbers found = {
        .n_epochs = (double)info->n_iterations,
        .n_steps = (double)d->n_steps,
        .n_evaluations = (double)info->n_evaluations,
        .random_high = (double)(d->random.state >> 32),
        .random_low = (double)(d->random.state & UINT32_MAX),
    };
    memcpy(d->state, &found, sizeof found);
    double *order = d->velocity + d->problem->n_parameters;
    for (size_t i = 0; i < d->problem->n_terms; i++)
        order[i] = (double)d->order[i];
}

/* Evaluates f over all terms and reports it; *stop says whether the caller wants no more. */
static sm_status report(descent *d, sm_info *info, bool *stop)
{
    const sm_terms all = {NULL, 0};
    const sm_status status = d->problem->evaluate(d->problem->context, &all, d->x, &info->value, NULL);
    if (status != SM_OK)
        return status;
    info->n_evaluations++;
    if (!d->options->progress)
        return SM_OK;
    keep_state(d, info);
    sm_info reported = *info;
    reported.state = d->state;
    reported.n_state = d->n_state;
    *stop = d->options->progress(d->options->progress_context, d->x, &reported);
    return SM_OK;
}

static sm_status begin(descent *d, const double *x, sm_info *info, bool *stop)
{
    memcpy(d->x, x, d->problem->n_parameters * sizeof *x);
    for (size_t n = 0; n < d->problem->n_terms; n++)
        d->order[n] = n;
    return report(d, info, stop);
}

static bool is_count(double value, double limit)
{
    return value >= 0 && value < limit && floor(value) == value;
}

/* Puts an earlier state back. */
static sm_status resume(descent *d, sm_info *info)
{
    const size_t n_terms = d->problem->n_terms;
    numbers found;
    if (d->options->n_resume != d->n_state)
        return SM_ERROR_STATE;
    memcpy(d->state, d->options->resume, d->n_state * sizeof *d->state);
    memcpy(&found, d->state, sizeof found);
    const double *order = d->velocity + d->problem->n_parameters;
    for (size_t i = 0; i < n_terms; i++) {
        if (!is_count(order[i], (double)n_terms))
            return SM_ERROR_STATE;
        d->order[i] = (size_t)order[i];
    }
    if (!is_count(found.n_epochs, 0x1p53) || !is_count(found.n_steps, 0x1p53) ||
        !is_count(found.n_evaluations, 0x1p53) || !is_count(found.random_high, 0x1p32) ||
        !is_count(found.random_low, 0x1p32))
        return SM_ERROR_STATE;
    info->n_iterations = (size_t)found.n_epochs;
    info->n_evaluations = (size_t)found.n_evaluations;
    d->n_steps = (size_t)found.n_steps;
    d->random.state = (uint64_t)found.random_high << 32 | (uint64_t)found.random_low;
    /* Where it was reported, f was known; what is left to say is the same if no epoch is left. */
    return d->problem->evaluate(d->problem->context, &(sm_terms){NULL, 0}, d->x, &info->value, NULL);
}

static sm_status descend(descent *d, const double *x, sm_info *info)
{
    bool stop = false;
    sm_status status = d->options->resume ? resume(d, info) : begin(d, x, info, &stop);
    while (status == SM_OK && !stop && info->n_iterations < d->options->n_epochs) {
        status = run_epoch(d);
        info->n_iterations++;
        if (status == SM_OK)
            status = report(d, info, &stop);
    }
    info->stop = stop ? SM_STOP_CALLER : SM_STOP_ITERATIONS;
    return status;
}

static bool allocate(descent *d)
{
    const size_t n = d->problem->n_parameters, n_terms = d->problem->n_terms;
    if (n > SIZE_MAX / sizeof(double) / 4 || n_terms > SIZE_MAX / sizeof(double) / 4)
        return false;
    d->n_state = N_NUMBERS + 2 * n + n_terms;
    d->state = calloc(d->n_state, sizeof *d->state);
    d->gradient = calloc(n, sizeof *d->gradient);
    d->order = calloc(n_terms, sizeof *d->order);
    if (!d->state || !d->gradient || !d->order)
        return false;
    d->x = d->state + N_NUMBERS;
    d->velocity = d->x + n;
    return true;
}

sm_status sm_sgd(const sm_problem *problem, const sm_sgd_options *options, double *x, sm_info *info)
{
    if (!options_ok(options) || problem->n_parameters == 0 || problem->n_terms == 0)
        return SM_ERROR_ARGUMENT;
    descent d = {.problem = problem, .options = options, .random = {options->seed}};
    sm_info found = {.gradient_norm = (double)NAN, .gap = HUGE_VAL};
    sm_status status = allocate(&d) ? descend(&d, x, &found) : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        memcpy(x, d.x, problem->n_parameters * sizeof *x);
        if (info)
            *info = found;
    }
    free(d.order);
    free(d.gradient);
    free(d.state);
    return status;
}
