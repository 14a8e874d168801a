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

typedef struct descent {
    const sm_problem *problem;
    const sm_sgd_options *options;
    double *x, *gradient, *velocity; /* [n_parameters] */
    size_t *order;                   /* [n_terms] */
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

/* Evaluates f over all terms and reports it; *stop says whether the caller wants no more. */
static sm_status report(descent *d, sm_info *info, bool *stop)
{
    const sm_terms all = {NULL, 0};
    const sm_status status = d->problem->evaluate(d->problem->context, &all, d->x, &info->value, NULL);
    if (status != SM_OK)
        return status;
    info->n_evaluations++;
    *stop = d->options->progress && d->options->progress(d->options->progress_context, d->x, info);
    return SM_OK;
}

static sm_status descend(descent *d, sm_info *info)
{
    bool stop = false;
    for (size_t n = 0; n < d->problem->n_terms; n++)
        d->order[n] = n;
    sm_status status = report(d, info, &stop);
    while (status == SM_OK && !stop && info->n_iterations < d->options->n_epochs) {
        status = run_epoch(d);
        info->n_iterations++;
        if (status == SM_OK)
            status = report(d, info, &stop);
    }
    info->stop = stop ? SM_STOP_CALLER : SM_STOP_ITERATIONS;
    return status;
}

sm_status sm_sgd(const sm_problem *problem, const sm_sgd_options *options, double *x, sm_info *info)
{
    if (!options_ok(options) || problem->n_parameters == 0 || problem->n_terms == 0)
        return SM_ERROR_ARGUMENT;
    const size_t n = problem->n_parameters;
    descent d = {.problem = problem, .options = options, .random = {options->seed}};
    sm_info found = {.gradient_norm = (double)NAN, .gap = HUGE_VAL};
    d.x = calloc(n, sizeof *d.x);
    d.gradient = calloc(n, sizeof *d.gradient);
    d.velocity = calloc(n, sizeof *d.velocity);
    d.order = calloc(problem->n_terms, sizeof *d.order);
    sm_status status = d.x && d.gradient && d.velocity && d.order ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        memcpy(d.x, x, n * sizeof *x);
        status = descend(&d, &found);
    }
    if (status == SM_OK) {
        memcpy(x, d.x, n * sizeof *x);
        if (info)
            *info = found;
    }
    free(d.order);
    free(d.velocity);
    free(d.gradient);
    free(d.x);
    return status;
}
