/*
 * Many samples: the regularised objective and its gradient.
 *
 * Losses and gradient of a block are summed in float, which is precise enough for a few samples; each shard adds its
 * blocks in double, and the shards are added in their order.
 */

#include "memory.h"
#include "objective.h"
#include "vector.h"

enum {
    MIN_SHARDS = 8, /* even where their sums take much memory */
    SHARD_SUMS_BYTES = 16 << 20
};

/* sm_pass.visit, as are the following, each with the objective as context: adds the losses of a tile, and leaves S - y
 * in the place of the probabilities. */
static void add_losses(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    sm_workspace *w = tile->workspace;
    for (size_t i = 0; i < tile->n; i++) {
        shard->loss += (double)w->losses[i];
        shard->n_correct += w->predictions[i] == w->labels[i];
        w->scores[i * blocks->shape.n_lanes + w->labels[i]] -= 1;
    }
}

/* Adds the gradient for the residuals that are in the place of the scores. */
static void add_gradient(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    const sm_shape *shape = &blocks->shape;
    sm_workspace *w = tile->workspace;
    float *bias = w->gradient + shape->n_weights;
    blocks->kernels->gradient(shape, tile->n, w->rows, w->scores, w->gradient);
    for (size_t i = 0; i < tile->n; i++)
        for (size_t k = 0; k < shape->n_lanes; k++)
            bias[k] += w->scores[i * shape->n_lanes + k];
    if (tile->ends_block) {
        blocks->kernels->flush(blocks->n_model, shard->is_empty, w->gradient, shard->gradient);
        shard->is_empty = false;
    }
}

static void add_losses_and_gradient(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    add_losses(context, blocks, tile);
    add_gradient(context, blocks, tile);
}

/* Adds the features of each class: the gradient with y in the place of S - y. */
static void add_classes(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    for (size_t i = 0; i < tile->n; i++)
        tile->workspace->scores[i * blocks->shape.n_lanes + tile->workspace->labels[i]] = 1;
    add_gradient(context, blocks, tile);
}

/* Empties the shards of a pass, and returns how many these are. */
static size_t clear_shards(sm_objective *o, const sm_terms *terms)
{
    const size_t n_shards = sm_blocks_count_shards(&o->blocks, terms, o->n_max_shards);
    for (size_t i = 0; i < n_shards; i++)
        o->shards[i] = (sm_shard){.is_empty = true, .gradient = o->shards[i].gradient};
    return n_shards;
}

/* Adds the sums of the other shards to those of the first, from `first` on. */
static void add_shards(sm_objective *o, size_t n_shards, size_t first, size_t n)
{
    double *sums = o->shards[0].gradient + first;
    for (size_t i = 1; i < n_shards; i++)
        for (size_t j = 0; j < n; j++)
            sums[j] += o->shards[i].gradient[first + j];
}

/* Bytes times residuals are; floats may be too large. */
static bool gradient_is_finite(const sm_objective *o, size_t n_shards)
{
    for (size_t i = 0; o->blocks.rows.source.type != SM_U8 && i < n_shards; i++)
        if (!isfinite(sm_norm(o->blocks.n_model, o->shards[i].gradient)))
            return false;
    return true;
}

/* mean [K * (D + 1)] = factor times the sum of the shards' gradients, W row by row and then b. */
static void collect_gradient(sm_objective *o, size_t n_shards, double factor, double *mean)
{
    const sm_shape *shape = &o->blocks.shape;
    const size_t n_features = o->blocks.n_features, n_classes = shape->n_classes;
    const double *sums = o->shards[0].gradient, *bias = sums + shape->n_weights;
    const double weight_factor = factor * o->blocks.unit;
#pragma omp parallel for schedule(static) num_threads(n_shards > 4 ? (int)o->blocks.n_threads : 1)
    for (size_t c = 0; c < shape->n_chunks; c++) {
        const size_t first = c * SM_LANES, n = sm_min(SM_LANES, n_features - first);
        add_shards(o, n_shards, first * n_classes, n_classes * SM_LANES);
        for (size_t k = 0; k < n_classes; k++) {
            const double *sum = sums + sm_weight_index(shape, first, k);
            for (size_t j = 0; j < n; j++)
                mean[k * n_features + first + j] = sum[j] * weight_factor;
        }
    }
    add_shards(o, n_shards, shape->n_weights, shape->n_lanes);
    for (size_t k = 0; k < n_classes; k++)
        mean[n_classes * n_features + k] = bias[k] * factor;
}

sm_status sm_objective_evaluate(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient)
{
    sm_objective *o = context;
    sm_blocks *blocks = &o->blocks;
    const size_t n_weights = o->n_parameters - blocks->shape.n_classes, n_shards = clear_shards(o, terms);
    const double n = (double)sm_blocks_count_samples(blocks, terms);
    if (!sm_blocks_set_parameters(blocks, x))
        return SM_ERROR_NOT_FINITE;
    const sm_pass pass = {blocks->model, *terms, o->n_max_shards, gradient ? add_losses_and_gradient : add_losses,
                          o};
    const sm_status status = sm_blocks_run(blocks, &pass);
    if (status != SM_OK)
        return status;

    double loss = 0;
    size_t n_correct = 0;
    for (size_t i = 0; i < n_shards; i++) {
        loss += o->shards[i].loss;
        n_correct += o->shards[i].n_correct;
    }
    const double objective = loss / n + o->l2 / 2 * sm_dot(n_weights, x, x);
    if (!isfinite(objective) || (gradient && !gradient_is_finite(o, n_shards)))
        return SM_ERROR_NOT_FINITE;

    *value = objective;
    o->accuracy = (double)n_correct / n;
    if (gradient) {
        collect_gradient(o, n_shards, 1 / n, gradient);
        sm_add_scaled(n_weights, o->l2, x, gradient);
    }
    return SM_OK;
}

static sm_status allocate_sums(sm_objective *o)
{
    const sm_blocks *blocks = &o->blocks;
    const size_t n_affordable = SHARD_SUMS_BYTES / sizeof(double) / blocks->n_model;
    o->n_max_shards = n_affordable < MIN_SHARDS ? MIN_SHARDS : sm_min(n_affordable, SM_OBJECTIVE_SHARDS);
    o->gradient_sums = sm_calloc(o->n_max_shards, blocks->n_model * sizeof *o->gradient_sums);
    o->n_parameters = blocks->shape.n_classes * (blocks->n_features + 1);
    o->class_sums = calloc(o->n_parameters, sizeof *o->class_sums);
    if (!o->gradient_sums || !o->class_sums)
        return SM_ERROR_MEMORY;
    for (size_t i = 0; i < o->n_max_shards; i++)
        o->shards[i].gradient = o->gradient_sums + i * blocks->n_model;
    return SM_OK;
}

static sm_status sum_classes(sm_objective *o)
{
    const sm_terms all = {NULL, 0};
    const size_t n_shards = clear_shards(o, &all);
    const sm_status status = sm_blocks_run(&o->blocks, &(sm_pass){NULL, all, o->n_max_shards, add_classes, o});
    if (status == SM_OK)
        collect_gradient(o, n_shards, 1 / (double)o->blocks.rows.source.n_samples, o->class_sums);
    return status;
}

sm_status sm_objective_create(const sm_source *source, const sm_objective_options *options,
                              sm_objective **objective)
{
    if (!(options->l2 >= 0) || !isfinite(options->l2) || !source->labels)
        return SM_ERROR_ARGUMENT;
    sm_objective *o = calloc(1, sizeof *o);
    if (!o)
        return SM_ERROR_MEMORY;
    o->l2 = options->l2;
    sm_status status = sm_blocks_create(source, &options->execution, &o->blocks);
    if (status == SM_OK)
        status = allocate_sums(o);
    if (status == SM_OK)
        status = sum_classes(o);
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
    sm_hessian_destroy(&objective->hessian);
    free(objective->class_sums);
    free(objective->gradient_sums);
    sm_blocks_destroy(&objective->blocks);
    free(objective);
}

void sm_objective_set_l2(sm_objective *objective, double l2)
{
    objective->l2 = l2;
}

double sm_objective_accuracy(const sm_objective *objective)
{
    return objective->accuracy;
}
