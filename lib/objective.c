/*
 * Many samples: the regularised objective and its gradient.
 *
 * Samples are cut into shards, and shards into blocks. A block is scored and its gradient summed in
 * float, which is precise enough for that few samples; each shard adds its blocks in double, and the
 * shards are added in their order. How samples are cut depends on the sizes alone. A thread takes whole
 * shards, so that the number of threads cannot change a sum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "objective.h"
#include "threads.h"
#include "vector.h"

enum {
    SHARD_MIN_SAMPLES = 256,
    THREAD_MIN_SAMPLES = 512, /* fewer are done before another thread has woken up */
    MIN_SHARDS = 8,           /* as many as there are, even where their sums take much memory */
    SHARD_SUMS_BYTES = 16 << 20,
    PIECE_BYTES = 512 << 10
};

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void add_losses(size_t n, const sm_workspace *workspace, sm_shard *s)
{
    for (size_t i = 0; i < n; i++) {
        s->loss += (double)workspace->losses[i];
        s->n_correct += workspace->predictions[i] == workspace->labels[i];
    }
}

/* Adds the gradient of samples whose residuals S - y are in workspace->scores to that of their block. */
static void add_gradient(const sm_blocks *blocks, size_t n, sm_workspace *workspace)
{
    const sm_shape *shape = &blocks->shape;
    float *bias = workspace->gradient + shape->n_weights;
    blocks->kernels->gradient(shape, n, workspace->rows, workspace->scores, workspace->gradient);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < shape->n_lanes; k++)
            bias[k] += workspace->scores[i * shape->n_lanes + k];
}

/* What run_shards sums: the objective alone, with its gradient, or instead of a gradient the features of
 * each class, which is the same sum with y in the place of S - y. */
typedef enum sum_kind { SUM_VALUE, SUM_GRADIENT, SUM_CLASSES } sum_kind;

/* Leaves in the workspace, in the place of scores, a 1 for each sample's own class. */
static sm_status label_block(const sm_blocks *blocks, size_t first, size_t n, sm_workspace *workspace)
{
    const size_t n_lanes = blocks->shape.n_lanes;
    const sm_status status = sm_rows_get(&blocks->rows, NULL, first, n, workspace->scratch, workspace->rows);
    if (status != SM_OK)
        return status;
    memset(workspace->scores, 0, n * n_lanes * sizeof *workspace->scores);
    for (size_t i = 0; i < n; i++)
        workspace->scores[i * n_lanes + blocks->rows.source.labels[first + i]] = 1;
    return SM_OK;
}

/* Predicts a block, adds its losses and leaves S - y in the place of its scores. */
static sm_status residuals_of_block(const sm_blocks *blocks, const size_t *indices, size_t first, size_t n,
                                    sm_workspace *workspace, sm_shard *s)
{
    const sm_status status = sm_blocks_predict(blocks, &blocks->model, indices, first, n, workspace);
    if (status != SM_OK)
        return status;
    add_losses(n, workspace, s);
    for (size_t i = 0; i < n; i++)
        workspace->scores[i * blocks->shape.n_lanes + workspace->labels[i]] -= 1;
    return SM_OK;
}

static sm_status run_piece(const sm_blocks *blocks, sum_kind kind, const size_t *indices, size_t first, size_t n,
                           sm_workspace *workspace, sm_shard *s)
{
    const sm_status status = kind == SUM_CLASSES ? label_block(blocks, first, n, workspace)
                                                 : residuals_of_block(blocks, indices, first, n, workspace, s);
    if (status == SM_OK && kind != SUM_VALUE)
        add_gradient(blocks, n, workspace);
    return status;
}

/* Rows are read for their scores and again for their gradient: so many at a time as stay in the second-level cache
 * in between. That changes no sum, as their order stays. */
static size_t piece_samples(const sm_blocks *blocks)
{
    const size_t row_bytes = blocks->n_features * sm_type_bytes(blocks->rows.source.type);
    size_t n = SM_BLOCK_SAMPLES;
    while (n > SM_LANES && n * row_bytes > PIECE_BYTES)
        n /= 2;
    return n;
}

static sm_status run_block(const sm_blocks *blocks, sum_kind kind, const size_t *indices, size_t first, size_t n,
                           sm_workspace *workspace, sm_shard *s)
{
    const sm_shape *shape = &blocks->shape;
    const size_t n_piece = piece_samples(blocks);
    sm_status status = SM_OK;
    for (size_t done = 0; status == SM_OK && done < n; done += n_piece)
        status = run_piece(blocks, kind, indices ? indices + done : NULL, first + done, min_size(n_piece, n - done),
                           workspace, s);
    if (status != SM_OK || kind == SUM_VALUE)
        return status;
    blocks->kernels->flush(shape->n_weights + shape->n_lanes, s->is_empty, workspace->gradient, s->gradient);
    s->is_empty = false;
    return SM_OK;
}

static void run_shard(sm_objective *o, sum_kind kind, const sm_terms *terms, size_t begin, size_t end, sm_shard *s)
{
    sm_workspace *workspace = o->blocks.workspaces[sm_thread_index()];
    s->loss = 0;
    s->n_correct = 0;
    s->is_empty = true;
    s->status = SM_OK;
    for (size_t first = begin; s->status == SM_OK && first < end; first += SM_BLOCK_SAMPLES) {
        const size_t *indices = terms->indices ? terms->indices + first : NULL;
        s->status =
            run_block(&o->blocks, kind, indices, first, min_size(SM_BLOCK_SAMPLES, end - first), workspace, s);
    }
}

static int thread_count(const sm_blocks *blocks, size_t n_shards, size_t n_samples)
{
    return (int)min_size(blocks->n_threads, min_size(n_shards, n_samples / THREAD_MIN_SAMPLES + 1));
}

/* Sums over the terms and returns the number of shards it was cut into. */
static sm_status run_shards(sm_objective *o, sum_kind kind, const sm_terms *terms, size_t *n_shards_out)
{
    const size_t n = terms->indices ? terms->n : o->blocks.rows.source.n_samples;
    const size_t n_shards = min_size((n - 1) / SHARD_MIN_SAMPLES + 1, o->n_max_shards);
#pragma omp parallel for schedule(dynamic, 1) num_threads(thread_count(&o->blocks, n_shards, n))
    for (size_t i = 0; i < n_shards; i++)
        run_shard(o, kind, terms, n * i / n_shards, n * (i + 1) / n_shards, &o->shards[i]);
    *n_shards_out = n_shards;
    for (size_t i = 0; i < n_shards; i++)
        if (o->shards[i].status != SM_OK)
            return o->shards[i].status;
    return SM_OK;
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
    const size_t n = o->blocks.shape.n_weights + o->blocks.shape.n_lanes;
    bool is_finite = true;
    for (size_t i = 0; o->blocks.rows.source.type != SM_U8 && i < n_shards; i++)
        is_finite = is_finite && isfinite(sm_dot(n, o->shards[i].gradient, o->shards[i].gradient));
    return is_finite;
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
        const size_t first = c * SM_LANES, n = min_size(SM_LANES, n_features - first);
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

/* ---------------------------------------------------------------------------------------------- */

sm_status sm_objective_evaluate(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient)
{
    sm_objective *o = context;
    sm_blocks *blocks = &o->blocks;
    const size_t n_weights = blocks->shape.n_classes * blocks->n_features;
    const size_t n = terms->indices ? terms->n : blocks->rows.source.n_samples;
    size_t n_shards = 0, n_correct = 0;

    if (!sm_blocks_set_parameters(blocks, x))
        return SM_ERROR_NOT_FINITE;
    const sm_status status = run_shards(o, gradient ? SUM_GRADIENT : SUM_VALUE, terms, &n_shards);
    if (status != SM_OK)
        return status;

    double loss = 0;
    for (size_t i = 0; i < n_shards; i++) {
        loss += o->shards[i].loss;
        n_correct += o->shards[i].n_correct;
    }
    const double objective = loss / (double)n + o->l2 / 2 * sm_dot(n_weights, x, x);
    if (!isfinite(objective) || (gradient && !gradient_is_finite(o, n_shards)))
        return SM_ERROR_NOT_FINITE;

    *value = objective;
    o->accuracy = (double)n_correct / (double)n;
    if (gradient) {
        collect_gradient(o, n_shards, 1 / (double)n, gradient);
        sm_add_scaled(n_weights, o->l2, x, gradient);
    }
    return SM_OK;
}

/* ---------------------------------------------------------------------------------------------- */

static sm_status allocate_sums(sm_objective *o)
{
    const sm_blocks *blocks = &o->blocks;
    const size_t n_parameters = blocks->shape.n_classes * (blocks->n_features + 1);
    const size_t shard_values = blocks->shape.n_weights + blocks->shape.n_lanes;
    const size_t n_affordable = SHARD_SUMS_BYTES / sizeof(double) / shard_values;
    o->n_max_shards = n_affordable < MIN_SHARDS ? MIN_SHARDS : min_size(n_affordable, SM_MAX_SHARDS);
    o->gradient_sums = sm_calloc(o->n_max_shards, shard_values * sizeof *o->gradient_sums);
    o->class_sums = calloc(n_parameters, sizeof *o->class_sums);
    if (!o->gradient_sums || !o->class_sums)
        return SM_ERROR_MEMORY;
    for (size_t i = 0; i < o->n_max_shards; i++)
        o->shards[i].gradient = o->gradient_sums + i * shard_values;
    return SM_OK;
}

static sm_status sum_classes(sm_objective *o)
{
    size_t n_shards = 0;
    const sm_status status = run_shards(o, SUM_CLASSES, &(sm_terms){NULL, 0}, &n_shards);
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
    if (status != SM_OK) {
        free(o);
        return status;
    }
    status = allocate_sums(o);
    if (status == SM_OK)
        status = sum_classes(o);
    if (status != SM_OK) {
        sm_objective_free(o);
        return status;
    }
    *objective = o;
    return SM_OK;
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
