/* The objective as minimisers see it, and what helps them to its minimum. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluation.h"
#include "gap.h"
#include "kernels/elementary.h"
#include "memory.h"
#include "objective.h"
#include "vector.h"
#include "warm_start.h"

/* The relative precision of a mean of float losses, and of one of doubles. */
static const double FLOAT_NOISE = 1e-7, DOUBLE_NOISE = 1e-13;

/* A preconditioner may take as many multiply-adds as this many gradients; more do not pay. In double precision it may
 * always take so many multiply-adds, about a second: without it, some problems are not solved at all. */
static const double MAX_GRADIENTS = 200, MAX_MULTIPLY_ADDS = 2e9;

/* One that would take more gradients is never built. */
static const double MAX_COST = 5000;

/* A preconditioner is renewed after at most this many iterations; one of low rank, which is cheap, sooner. */
enum { RENEWAL_ITERATIONS = 24, LOW_RANK_ITERATIONS = 10 };

/* Up to so many features and bytes, the blocks in float are whole. */
enum { WHOLE_FEATURES = 1024 };
static const double WHOLE_BYTES = 512 << 20;

/* The blocks in float underestimate curvature, so the first step is shortened. */
static const double FIRST_STEP = 0.8;

/* Newton's matrix is coupled where it is small, or blocks have not done for so many iterations and it is not too large. */
enum { SMALL_ROWS = 96, MAX_ROWS = 1500, UNCOUPLED_ITERATIONS = 40 };

/* Whether the blocks of the preconditioner in float are of low rank: there are many features, or too many classes for
 * whole blocks. */
static bool has_low_rank(const sm_objective *o)
{
    const double n = (double)(o->source.n_features + 1);
    return o->source.n_features > WHOLE_FEATURES ||
           (double)o->source.n_classes * n * n * sizeof(float) > WHOLE_BYTES;
}

static bool float_preconditioner_pays(const sm_objective *o)
{
    const double n = (double)(o->source.n_features + 1), n_classes = (double)o->source.n_classes;
    const double n_values = (double)o->blocks.rows.n_chunks_held * SM_LANES;
    const double n_rows =
        (double)sm_min(sm_low_rank_count_rows(o->source.n_features, o->source.n_classes), o->source.n_samples);
    const double cost =
        has_low_rank(o) ? n_rows * n_rows * (n / 2 + n_classes * n_rows / 6) : n_classes * n * n * n / 6;
    return cost <= MAX_GRADIENTS * 2 * n_values * n_classes;
}

/* Subtracts the mean over classes: the loss does not change where all classes move alike, and the penalty is lowest
 * where they do not. */
static void subtract_class_mean(const sm_objective *o, double *x)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    for (size_t d = 0; d <= n_features; d++) {
        double *first = d < n_features ? x + d : x + n_classes * n_features, mean = 0;
        const size_t stride = d < n_features ? n_features : 1;
        for (size_t k = 0; k < n_classes; k++)
            mean += first[k * stride] / (double)n_classes;
        for (size_t k = 0; k < n_classes; k++)
            first[k * stride] -= mean;
    }
}

/* Sets x to a warm start, and *value to f there. */
static sm_status start_warm(sm_objective *o, double *x, double *value)
{
    const size_t n_features = o->source.n_features;
    double *mean = calloc(n_features, sizeof *mean);
    if (!mean)
        return SM_ERROR_MEMORY;
    for (size_t k = 0; k < o->source.n_classes; k++)
        sm_add_scaled(n_features, 1, o->class_sums + k * n_features, mean);
    sm_status status =
        sm_warm_start(&o->blocks, sm_objective_penalty(o, 0), sm_objective_is_dense(o) ? mean : NULL, x);
    if (status == SM_OK)
        status = sm_objective_evaluate(o, &(sm_terms){NULL, 0}, x, value, NULL);
    free(mean);
    return status;
}

/* sm_problem.start: a warm start, if that is better than 0. */
static sm_status start(void *context, bool from_x, double *x)
{
    sm_objective *o = context;
    const size_t n = o->n_parameters;
    if (from_x) {
        subtract_class_mean(o, x);
        return SM_OK;
    }
    memset(x, 0, n * sizeof *x);
    if (o->is_double || !o->has_bias)
        return SM_OK;
    double *warm = calloc(n, sizeof *warm), value = HUGE_VAL;
    if (!warm)
        return SM_ERROR_MEMORY;
    const sm_status status = start_warm(o, warm, &value);
    /* At 0 every class is as likely, and the loss log K. */
    if (status == SM_OK && value < sm_log_double((double)o->source.n_classes))
        memcpy(x, warm, n * sizeof *x);
    free(warm);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

static bool double_preconditioner_pays(const sm_objective *o, bool is_coupled)
{
    const double cost = sm_newton_cost(&o->source, is_coupled);
    return cost <= MAX_GRADIENTS ||
           cost * 2 * (double)o->source.n_samples * (double)o->n_parameters <= MAX_MULTIPLY_ADDS;
}

static bool couples(const sm_objective *o, size_t n_done)
{
    const size_t max_rows = n_done < UNCOUPLED_ITERATIONS ? SMALL_ROWS : MAX_ROWS;
    return o->source.n_classes > 2 && o->n_parameters <= max_rows && double_preconditioner_pays(o, true);
}

static sm_status renew_double(sm_objective *o, const double *x, sm_renewal *renewal)
{
    const size_t n_features = o->source.n_features;
    const bool is_coupled = couples(o, renewal->n_done);
    if (!is_coupled && !double_preconditioner_pays(o, false)) {
        /* Once iterations have cost as much, without coming to an end, it does. */
        const double cost = sm_newton_cost(&o->source, false);
        if (!(cost <= (double)renewal->n_done)) {
            renewal->n_iterations = cost < MAX_COST ? (size_t)cost + 1 - renewal->n_done : SIZE_MAX;
            return SM_ERROR_NOT_FINITE;
        }
    }
    double *penalty = calloc(n_features, sizeof *penalty);
    if (!penalty)
        return SM_ERROR_MEMORY;
    for (size_t d = 0; d < n_features; d++)
        penalty[d] = sm_objective_penalty(o, d);
    sm_newton_destroy(&o->newton);
    sm_doubles_set_parameters(&o->doubles, x, true);
    const sm_status status = sm_newton_create(&o->doubles, penalty, is_coupled, &o->newton);
    free(penalty);
    renewal->n_iterations = (size_t)fmin(sm_newton_cost(&o->source, is_coupled) / 2 + 1, RENEWAL_ITERATIONS);
    return status;
}

static sm_status renew_float(sm_objective *o, const double *x, sm_renewal *renewal)
{
    const double l2 = sm_objective_penalty(o, 0);
    sm_hessian_destroy(&o->hessian); /* there may be no room for two */
    sm_low_rank_destroy(&o->low_rank);
    if (!float_preconditioner_pays(o) || !sm_blocks_set_parameters(&o->blocks, x))
        return SM_ERROR_NOT_FINITE;
    const bool is_low = has_low_rank(o);
    *renewal =
        (sm_renewal){.n_iterations = is_low ? LOW_RANK_ITERATIONS : RENEWAL_ITERATIONS, .first_step = FIRST_STEP};
    return is_low ? sm_low_rank_create(&o->blocks, l2, &o->low_rank)
                  : sm_hessian_create(&o->blocks, l2, &o->hessian);
}

/* sm_problem.renew */
static sm_status renew(void *context, const double *x, sm_renewal *renewal)
{
    sm_objective *o = context;
    return o->is_double ? renew_double(o, x, renewal) : renew_float(o, x, renewal);
}

/* sm_problem.precondition */
static void precondition(void *context, const double *vector, double *product)
{
    const sm_objective *o = context;
    if (o->is_double) {
        sm_newton_solve(&o->newton, vector, product);
    } else {
        if (o->low_rank.factors)
            sm_low_rank_solve(&o->low_rank, vector, product);
        else
            sm_hessian_solve(&o->hessian, vector, product);
        subtract_class_mean(o, product);
    }
    if (!o->has_bias)
        memset(product + o->n_parameters - o->source.n_classes, 0, o->source.n_classes * sizeof *product);
}

/* sm_problem.refine: from float to double precision. */
static sm_status refine(void *context, sm_problem *problem)
{
    sm_objective *o = context;
    const sm_status status = sm_objective_prepare_doubles(o);
    if (status != SM_OK)
        return status;
    o->is_double = true;
    problem->refine = NULL;
    problem->value_noise = DOUBLE_NOISE;
    return SM_OK;
}

sm_problem sm_objective_problem(sm_objective *objective)
{
    const bool is_double = sm_objective_starts_in_double(&objective->source);
    objective->is_double = is_double;
    return (sm_problem){
        .n_parameters = objective->n_parameters,
        .n_terms = objective->source.n_samples,
        .context = objective,
        .evaluate = sm_objective_evaluate,
        .value_noise = is_double ? DOUBLE_NOISE : FLOAT_NOISE,
        .gap = objective->l2 > 0 ? sm_objective_gap : NULL,
        .start = start,
        .renew = renew,
        .precondition = precondition,
        .refine = is_double ? NULL : refine,
    };
}
