/* Many samples: creates a regularised objective, and evaluates it and its gradient. */
#include "evaluation.h"

#include <math.h>

#include "double_means.h"
#include "float_means.h"
#include "memory.h"

enum {
    MIN_SHARDS = 8, /* even where their sums take much memory */
    SHARD_SUMS_BYTES = 16 << 20
};

sm_status sm_objective_evaluate(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient)
{
    sm_objective *o = context;
    sm_means means;
    const double penalty = o->l2 / 2 * sm_coordinates_squared_norm(&o->coordinates, x);
    if (!isfinite(penalty))
        return SM_ERROR_NOT_FINITE;
    const sm_status status = o->is_double ? sm_double_means(o, terms, x, &means, gradient)
                                          : sm_float_means(o, terms, x, &means, gradient);
    if (status != SM_OK)
        return status;
    *value = means.loss + penalty;
    o->means = means;
    if (gradient)
        sm_objective_add_penalty(o, x, gradient);
    return SM_OK;
}

/* Sums of doubles take more room than those of floats. */
static sm_status allocate_sums(sm_objective *o)
{
    const size_t n_sums = sm_round_up(o->source.n_features + SM_LANES, SM_LANES) * o->source.n_classes + SM_LANES;
    const size_t n_affordable = SHARD_SUMS_BYTES / sizeof(double) / n_sums;
    o->n_max_shards = n_affordable < MIN_SHARDS ? MIN_SHARDS : sm_min(n_affordable, SM_OBJECTIVE_SHARDS);
    o->gradient_sums = sm_calloc(o->n_max_shards, n_sums * sizeof *o->gradient_sums);
    o->class_sums = calloc(o->n_parameters, sizeof *o->class_sums);
    if (!o->gradient_sums || !o->class_sums)
        return SM_ERROR_MEMORY;
    for (size_t i = 0; i < o->n_max_shards; i++)
        o->shards[i].gradient = o->gradient_sums + i * n_sums;
    return SM_OK;
}

static sm_status prepare_passes(sm_objective *o)
{
    if (!sm_coordinates_create(o->source.n_features, o->source.n_classes, &o->coordinates))
        return SM_ERROR_MEMORY;
    if (!o->is_double)
        return sm_blocks_create(&o->source, &o->execution, false, &o->blocks);
    const sm_status status = sm_objective_prepare_doubles(o);
    return status == SM_OK ? sm_doubles_find_coordinates(&o->doubles, &o->coordinates) : status;
}

sm_status sm_objective_create(const sm_source *source, const sm_objective_options *options,
                              sm_objective **objective)
{
    const sm_objective_options defaults = {.l2 = 0};
    options = options ? options : &defaults;
    if (!(options->l2 >= 0) || !isfinite(options->l2) || !source->labels)
        return SM_ERROR_ARGUMENT;
    sm_status status = sm_source_check(source);
    if (status != SM_OK)
        return status;
    sm_objective *o = calloc(1, sizeof *o);
    if (!o)
        return SM_ERROR_MEMORY;
    *o = (sm_objective){.source = *source,
                        .l2 = options->l2,
                        .has_bias = !options->no_bias,
                        .n_parameters = source->n_classes * (source->n_features + 1),
                        .is_double = sm_objective_starts_in_double(source),
                        .execution = options->execution};
    status = prepare_passes(o);
    if (status == SM_OK)
        status = allocate_sums(o);
    if (status == SM_OK)
        status = o->is_double ? sm_double_sum_classes(o) : sm_float_sum_classes(o);
    if (status == SM_OK)
        *objective = o;
    else
        sm_objective_free(o);
    return status;
}

void sm_objective_free(sm_objective *objective)
{
    if (!objective)
        return;
    sm_newton_destroy(&objective->newton);
    sm_low_rank_destroy(&objective->low_rank);
    sm_hessian_destroy(&objective->hessian);
    free(objective->class_sums);
    free(objective->gradient_sums);
    sm_doubles_destroy(&objective->doubles);
    sm_blocks_destroy(&objective->blocks);
    sm_coordinates_destroy(&objective->coordinates);
    free(objective);
}
