/* A step of Newton's method on the bias alone. */
#include "bias_step.h"

#include <math.h>
#include <stdlib.h>

#include "vector.h"

/* Adds the Jacobian diag(p) - p p' of one sample to a [K, K] matrix. */
static void add_jacobian(size_t n_classes, double weight, const double *p, double *sum)
{
    for (size_t k = 0; k < n_classes; k++) {
        sum[k * n_classes + k] += weight * p[k];
        for (size_t j = 0; j < n_classes; j++)
            sum[k * n_classes + j] -= weight * p[k] * p[j];
    }
}

/* sm_pass.visit: adds the Jacobians of a tile to its shard's [K, K] matrix. */
static void add_float_jacobians(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    const size_t n_classes = blocks->shape.n_classes;
    for (size_t i = 0; i < tile->n; i++) {
        double p[SM_MAX_CLASSES];
        for (size_t k = 0; k < n_classes; k++)
            p[k] = (double)tile->workspace->scores[i * blocks->shape.n_lanes + k];
        add_jacobian(n_classes, blocks->rows.source.weights ? tile->workspace->sample_weights[i] : 1, p,
                     (double *)context + tile->shard * n_classes * n_classes);
    }
}

/* sm_double_pass.visit: the same. */
static void add_double_jacobians(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    const size_t n_classes = doubles->shape.n_classes;
    for (size_t i = 0; i < tile->n; i++)
        add_jacobian(n_classes, tile->workspace->sample_weights[i], tile->workspace->probabilities + i * n_classes,
                     (double *)context + tile->shard * n_classes * n_classes);
}

static sm_status sum_jacobians(sm_objective *o, const double *x, double *sums)
{
    if (o->is_double) {
        sm_doubles_set_parameters(&o->doubles, x, true);
        return sm_doubles_run(
            &o->doubles, &(sm_double_pass){SM_PROBABILITIES, {NULL, 0}, SM_MAX_SHARDS, add_double_jacobians, sums});
    }
    (void)sm_blocks_set_parameters(&o->blocks, x); /* which were evaluated, and are finite */
    return sm_blocks_run(&o->blocks,
                         &(sm_pass){o->blocks.model, {NULL, 0}, SM_MAX_SHARDS, add_float_jacobians, sums});
}

sm_status sm_bias_step(sm_objective *o, const double *x, const double *gradient, double *step)
{
    const size_t n = o->source.n_classes, n_shards = SM_MAX_SHARDS;
    const double n_samples = (double)o->source.n_samples;
    double *sums = calloc(n_shards, n * n * sizeof *sums), *equations = calloc(n, (n + 1) * sizeof *equations);
    double scale[SM_MAX_CLASSES] = {0};
    sm_status status = sums && equations ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sum_jacobians(o, x, sums);
    for (size_t shard = 1; status == SM_OK && shard < n_shards; shard++)
        sm_add_scaled(n * n, 1, sums + shard * n * n, sums);
    for (size_t k = 0; status == SM_OK && k < n; k++)
        scale[k] = sums[k * n + k] > 0 ? 1 / sqrt(sums[k * n + k]) : 0;
    for (size_t k = 0; status == SM_OK && k < n; k++) {
        for (size_t j = 0; j < n; j++)
            equations[k * (n + 1) + j] = sums[k * n + j] * scale[k] * scale[j];
        equations[k * (n + 1) + n] = gradient[k] * scale[k] * n_samples;
    }
    if (status == SM_OK)
        sm_solve(n, equations, step);
    for (size_t k = 0; status == SM_OK && k < n; k++)
        step[k] *= scale[k];
    free(equations);
    free(sums);
    return status;
}
