/* Mini-batch stochastic gradient descent with momentum. */
#include <math.h>

#include "memory.h"
#include "minimiser.h"

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

/* The state: the numbers of every minimiser, the two halves of the random state, x, the velocity, the order. */
enum { RANDOM_AT = SM_N_INFO, X_AT = RANDOM_AT + 2 };

typedef struct sgd {
    sm_minimiser base;
    sm_sgd_options options;
    sm_random random;
    double *velocity, *saved_order; /* [n_parameters], [n_terms], in the state */
    size_t order[];                 /* [n_terms], shuffled again for each epoch */
} sgd;

static double learning_rate(const sgd *s, size_t batch)
{
    if (s->options.schedule == SM_SCHEDULE_CONSTANT)
        return s->options.learning_rate;
    const double n_batches = (double)((s->base.problem.n_terms - 1) / s->options.batch_size + 1);
    const double n_done = (double)s->base.info.n_iterations * n_batches + (double)batch;
    return s->options.learning_rate * (1 - n_done / (n_batches * (double)s->options.n_epochs));
}

static sm_status descend(sgd *s, const sm_terms *batch, double rate)
{
    const sm_problem *problem = &s->base.problem;
    double value, *gradient = s->base.workspace;
    const sm_status status = problem->evaluate(problem->context, batch, s->base.x, &value, gradient);
    if (status != SM_OK)
        return status;
    for (size_t i = 0; i < problem->n_parameters; i++) {
        s->velocity[i] = s->options.momentum * s->velocity[i] + gradient[i];
        s->base.x[i] -= rate * s->velocity[i];
    }
    return SM_OK;
}

static sm_stop find_stop(const sgd *s)
{
    return s->base.info.n_iterations < s->options.n_epochs ? SM_STOP_NONE : SM_STOP_ITERATIONS;
}

/* Evaluates f over all terms, and completes the state. */
static sm_status evaluate(sm_minimiser *m)
{
    sgd *s = (sgd *)m;
    m->state[RANDOM_AT] = (double)(s->random.state >> 32);
    m->state[RANDOM_AT + 1] = (double)(s->random.state & UINT32_MAX);
    for (size_t i = 0; i < m->problem.n_terms; i++)
        s->saved_order[i] = (double)s->order[i];
    m->info.n_evaluations++;
    m->info.stop = find_stop(s);
    return m->problem.evaluate(m->problem.context, &(sm_terms){NULL, 0}, m->x, &m->info.value, NULL);
}

static sm_status step(sm_minimiser *m)
{
    sgd *s = (sgd *)m;
    const size_t n_terms = m->problem.n_terms, batch_size = s->options.batch_size;
    sm_shuffle(&s->random, n_terms, s->order);
    for (size_t first = 0; first < n_terms; first += batch_size) {
        const sm_terms batch = {s->order + first, sm_min(batch_size, n_terms - first)};
        const sm_status status = descend(s, &batch, learning_rate(s, first / batch_size));
        if (status != SM_OK)
            return status;
    }
    m->info.n_iterations++;
    return evaluate(m);
}

static sm_status load(sm_minimiser *m)
{
    sgd *s = (sgd *)m;
    size_t high, low;
    if (!sm_read_count(m->state[RANDOM_AT], 0x1p32, &high) || !sm_read_count(m->state[RANDOM_AT + 1], 0x1p32, &low))
        return SM_ERROR_STATE;
    s->random.state = (uint64_t)high << 32 | (uint64_t)low;
    for (size_t i = 0; i < m->problem.n_terms; i++)
        if (!sm_read_count(s->saved_order[i], (double)m->problem.n_terms, &s->order[i]))
            return SM_ERROR_STATE;
    m->info.stop = find_stop(s);
    return SM_OK;
}

sm_status sm_sgd_create(const sm_problem *problem, const sm_sgd_options *options, const double *x,
                        sm_minimiser **minimiser)
{
    static const sm_minimiser_kind kind = {evaluate, step, load};
    const sm_sgd_options defaults = sm_sgd_defaults();
    options = options ? options : &defaults;
    const size_t n = problem->n_parameters, n_terms = problem->n_terms, many = SIZE_MAX / sizeof(double) / 4;
    if (n == 0 || n_terms == 0 || options->batch_size == 0 || !(options->learning_rate > 0) ||
        !isfinite(options->learning_rate) || !(options->momentum >= 0 && options->momentum < 1))
        return SM_ERROR_ARGUMENT;
    if (n > many || n_terms > many)
        return SM_ERROR_MEMORY;
    const size_t size_bytes = sizeof(sgd) + n_terms * sizeof(size_t);
    sgd *s = (sgd *)sm_minimiser_allocate(&kind, size_bytes, problem, X_AT + 2 * n + n_terms, n, X_AT, x);
    if (!s)
        return SM_ERROR_MEMORY;
    s->options = *options;
    s->velocity = s->base.x + n;
    s->saved_order = s->velocity + n;
    s->random.state = options->seed;
    for (size_t i = 0; i < n_terms; i++)
        s->order[i] = i;
    *minimiser = &s->base;
    return SM_OK;
}

sm_status sm_sgd(const sm_problem *problem, const sm_sgd_options *options, double *x, sm_info *info)
{
    sm_minimiser *m;
    const sm_status status = sm_sgd_create(problem, options, x, &m);
    return status == SM_OK ? sm_minimiser_finish(m, x, info) : status;
}
