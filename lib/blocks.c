/* Passes over samples: shards, blocks and tiles. */
#include "blocks.h"

#include <float.h>
#include <math.h>

#include "memory.h"

void sm_blocks_destroy(sm_blocks *blocks)
{
    for (size_t t = 0; blocks->workspaces && t < blocks->n_threads; t++) {
        free(blocks->workspaces[t].scratch);
        free(blocks->workspaces[t].gradient);
        free(blocks->workspaces[t].scores);
    }
    free(blocks->workspaces);
    free(blocks->model);
    sm_rows_destroy(&blocks->rows);
}

/* What it allocated is freed by sm_blocks_destroy even if it fails. */
static bool create_workspace(const sm_blocks *blocks, sm_workspace *w)
{
    w->scores = sm_calloc(SM_BLOCK_SAMPLES * blocks->shape.n_lanes + SM_LANES, sizeof *w->scores);
    w->gradient = sm_calloc(blocks->n_model, sizeof *w->gradient);
    w->scratch = malloc(sm_rows_scratch_bytes(&blocks->rows, SM_BLOCK_SAMPLES) + 1);
    return w->scores && w->gradient && w->scratch;
}

sm_status sm_blocks_create(const sm_source *source, const sm_execution *execution, bool once, sm_blocks *blocks)
{
    sm_blocks created = {
        .n_features = source->n_features,
        .unit = source->type == SM_U8 ? source->unit : 1,
        .mean_weight = sm_source_mean_weight(source),
        .n_threads = sm_thread_count(execution->n_threads),
        .kernels = sm_kernels_find(execution->isa),
    };
    if (!created.kernels)
        return SM_ERROR_ARGUMENT;
    const sm_status status = sm_rows_create(source, created.n_threads, once, &created.rows);
    if (status != SM_OK)
        return status;
    created.shape = (sm_shape){.n_chunks = created.rows.n_chunks,
                               .n_words = created.rows.n_words,
                               .n_classes = source->n_classes,
                               .n_lanes = sm_round_up(source->n_classes, SM_LANES),
                               .n_weights = created.rows.n_chunks * source->n_classes * SM_LANES};
    created.n_model = created.shape.n_weights + created.shape.n_lanes;
    created.model = sm_calloc(created.n_model, sizeof *created.model);
    created.workspaces = calloc(created.n_threads, sizeof *created.workspaces);
    bool ok = created.model && created.workspaces;
    for (size_t t = 0; ok && t < created.n_threads; t++)
        ok = create_workspace(&created, &created.workspaces[t]);
    if (!ok) {
        sm_blocks_destroy(&created);
        return SM_ERROR_MEMORY;
    }
    *blocks = created;
    return SM_OK;
}

/* The mean of the biases, if it is larger than their differences, which would then lose digits; a common offset changes no
 * probability. Otherwise 0. */
static double find_offset(size_t n_classes, const double *bias)
{
    double mean = 0, largest = 0;
    for (size_t k = 0; k < n_classes; k++)
        mean += bias[k] / (double)n_classes;
    for (size_t k = 0; k < n_classes; k++)
        largest = fmax(largest, fabs(bias[k] - mean));
    return fabs(mean) > largest ? mean : 0;
}

bool sm_blocks_set_parameters(sm_blocks *blocks, const double *parameters)
{
    const size_t n_features = blocks->n_features, n_classes = blocks->shape.n_classes;
    const double unit = blocks->unit;
    for (size_t first = 0; first < n_features; first += SM_LANES) {
        const size_t n = sm_min(SM_LANES, n_features - first);
        for (size_t k = 0; k < n_classes; k++) {
            const double *row = parameters + k * n_features + first;
            float *weights = blocks->model + sm_weight_index(&blocks->shape, first, k);
            for (size_t j = 0; j < n; j++)
                weights[j] = (float)(row[j] * unit);
        }
    }
    const double *bias = parameters + n_classes * n_features, offset = find_offset(n_classes, bias);
    for (size_t k = 0; k < n_classes; k++)
        blocks->model[blocks->shape.n_weights + k] = (float)(bias[k] - offset);
    size_t n_infinite = 0;
    for (size_t i = 0; i < blocks->n_model; i++)
        n_infinite += !(fabsf(blocks->model[i]) <= FLT_MAX);
    return n_infinite == 0;
}

sm_status sm_blocks_predict(const sm_blocks *blocks, const float *model, const size_t *indices, size_t first,
                            size_t n, sm_workspace *workspace)
{
    const sm_kernels *kernels = blocks->kernels;
    const sm_shape *shape = &blocks->shape;
    const sm_status status = sm_rows_get(&blocks->rows, indices, first, n, workspace->scratch, workspace->rows);
    if (status != SM_OK)
        return status;
    const uint8_t *labels = blocks->rows.source.labels;
    for (size_t i = 0; labels && i < n; i++)
        workspace->labels[i] = labels[indices ? indices[i] : first + i];
    const double *sample_weights = blocks->rows.source.weights;
    for (size_t i = 0; sample_weights && i < n; i++)
        workspace->sample_weights[i] = sample_weights[indices ? indices[i] : first + i] / blocks->mean_weight;
    if (!model) {
        memset(workspace->scores, 0, n * shape->n_lanes * sizeof *workspace->scores);
        return SM_OK;
    }
    kernels->scores(shape, n, workspace->rows, model, model + shape->n_weights, workspace->scores);
    kernels->softmax(n, shape->n_classes, shape->n_lanes, labels ? workspace->labels : NULL, workspace->scores,
                     workspace->predictions, workspace->losses);
    return SM_OK;
}

enum {
    THREAD_MIN_SAMPLES = 512, /* fewer are done before another thread has woken up */
    TILE_BYTES = 512 << 10    /* what the second-level cache holds */
};

size_t sm_blocks_count_samples(const sm_blocks *blocks, const sm_terms *samples)
{
    return samples->indices ? samples->n : blocks->rows.source.n_samples;
}

size_t sm_blocks_count_shards(const sm_blocks *blocks, const sm_terms *samples, size_t max_shards)
{
    return sm_min(max_shards, (sm_blocks_count_samples(blocks, samples) - 1) / SM_BLOCK_SAMPLES + 1);
}

/* A power of 2, so that tiles fill a block. */
static size_t count_tile_samples(const sm_blocks *blocks)
{
    const size_t row_bytes = blocks->n_features * sm_type_bytes(blocks->rows.source.type);
    size_t n = SM_BLOCK_SAMPLES;
    while (n > SM_LANES && n * row_bytes > TILE_BYTES)
        n /= 2;
    return n;
}

static sm_status visit_shard(const sm_blocks *blocks, const sm_pass *pass, size_t shard, size_t begin, size_t end)
{
    sm_workspace *workspace = &blocks->workspaces[sm_thread_index()];
    const size_t *indices = pass->samples.indices, n_tile = count_tile_samples(blocks);
    for (size_t first = begin; first < end; first += n_tile) {
        const size_t n = sm_min(n_tile, end - first);
        const sm_status status =
            sm_blocks_predict(blocks, pass->model, indices ? indices + first : NULL, first, n, workspace);
        if (status != SM_OK) { /* the gradient may hold the first tiles of a block */
            memset(workspace->gradient, 0, blocks->n_model * sizeof *workspace->gradient);
            return status;
        }
        const bool ends_block = first + n == end || (first + n - begin) % SM_BLOCK_SAMPLES == 0;
        pass->visit(pass->context, blocks, &(sm_tile){shard, first, n, ends_block, workspace});
    }
    return SM_OK;
}

static int thread_count(const sm_blocks *blocks, size_t n_shards, size_t n_samples)
{
    return (int)sm_min(blocks->n_threads, sm_min(n_shards, n_samples / THREAD_MIN_SAMPLES + 1));
}

sm_status sm_blocks_run(const sm_blocks *blocks, const sm_pass *pass)
{
    const size_t n = sm_blocks_count_samples(blocks, &pass->samples);
    const size_t n_shards = sm_blocks_count_shards(blocks, &pass->samples, pass->max_shards);
    sm_status statuses[SM_MAX_SHARDS];
#pragma omp parallel for schedule(dynamic, 1) num_threads(thread_count(blocks, n_shards, n))
    for (size_t shard = 0; shard < n_shards; shard++)
        statuses[shard] = visit_shard(blocks, pass, shard, n * shard / n_shards, n * (shard + 1) / n_shards);
    for (size_t shard = 0; shard < n_shards; shard++)
        if (statuses[shard] != SM_OK)
            return statuses[shard];
    return SM_OK;
}
