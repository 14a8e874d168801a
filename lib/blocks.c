/* Blocks of samples run through a linear model and the softmax. */
#include "blocks.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "threads.h"

bool sm_lane_model_create(const sm_blocks *blocks, sm_lane_model *model)
{
    model->weights = sm_calloc(blocks->shape.n_weights, sizeof *model->weights);
    model->bias = sm_calloc(blocks->shape.n_lanes, sizeof *model->bias);
    return model->weights && model->bias;
}

void sm_lane_model_destroy(sm_lane_model *model)
{
    free(model->bias);
    free(model->weights);
    *model = (sm_lane_model){NULL, NULL};
}

void sm_blocks_destroy(sm_blocks *blocks)
{
    for (size_t t = 0; blocks->workspaces && t < blocks->n_threads; t++)
        sm_workspace_destroy(blocks->workspaces[t]);
    free(blocks->workspaces);
    sm_lane_model_destroy(&blocks->model);
    sm_rows_destroy(&blocks->rows);
}

enum { MAX_GROUPS = 32 };

sm_workspace *sm_workspace_create(const sm_blocks *blocks)
{
    const size_t scratch_bytes = sm_rows_scratch_bytes(&blocks->rows, SM_BLOCK_SAMPLES);
    sm_workspace *workspace = calloc(1, sizeof *workspace);
    if (!workspace)
        return NULL;
    const sm_shape *shape = &blocks->shape;
    workspace->scores = sm_calloc(SM_BLOCK_SAMPLES * shape->n_lanes + SM_LANES, sizeof *workspace->scores);
    workspace->gradient = sm_calloc(shape->n_weights + shape->n_lanes, sizeof *workspace->gradient);
    workspace->scratch = malloc(scratch_bytes + 1);
    if (!workspace->scores || !workspace->gradient || !workspace->scratch) {
        sm_workspace_destroy(workspace);
        return NULL;
    }
    return workspace;
}

void sm_workspace_destroy(sm_workspace *workspace)
{
    if (!workspace)
        return;
    free(workspace->scratch);
    free(workspace->gradient);
    free(workspace->scores);
    free(workspace);
}

static sm_shape shape_of(const sm_rows *rows)
{
    const size_t n_classes = rows->source.n_classes;
    return (sm_shape){.n_chunks = rows->n_chunks,
                      .n_words = rows->n_words,
                      .n_classes = n_classes,
                      .n_lanes = (n_classes + SM_LANES - 1) / SM_LANES * SM_LANES,
                      .n_weights = rows->n_chunks * n_classes * SM_LANES};
}

sm_status sm_blocks_create(const sm_source *source, const sm_execution *execution, sm_blocks *blocks)
{
    sm_blocks created = {
        .n_features = source->n_features,
        .unit = source->type == SM_U8 ? source->unit : 1,
        .n_threads = sm_thread_count(execution->n_threads),
        .kernels = sm_kernels_find(execution->isa),
    };
    if (!created.kernels)
        return SM_ERROR_ARGUMENT;
    const sm_status status = sm_rows_create(source, created.n_threads, &created.rows);
    if (status != SM_OK)
        return status;
    created.shape = shape_of(&created.rows);
    created.workspaces = calloc(created.n_threads, sizeof *created.workspaces);
    bool ok = sm_lane_model_create(&created, &created.model) && created.workspaces;
    for (size_t t = 0; ok && t < created.n_threads; t++) {
        created.workspaces[t] = sm_workspace_create(&created);
        ok = created.workspaces[t];
    }
    if (!ok) {
        sm_blocks_destroy(&created);
        return SM_ERROR_MEMORY;
    }
    *blocks = created;
    return SM_OK;
}

static bool are_finite(size_t n, const float *values)
{
    size_t n_others = 0;
    for (size_t i = 0; i < n; i++)
        n_others += !(fabsf(values[i]) <= FLT_MAX);
    return n_others == 0;
}

bool sm_blocks_set_parameters(sm_blocks *blocks, const double *parameters)
{
    const size_t n_features = blocks->n_features, n_classes = blocks->shape.n_classes;
    const double unit = blocks->unit;
    for (size_t first = 0; first < n_features; first += SM_LANES) {
        const size_t left = n_features - first, n = left < SM_LANES ? left : SM_LANES;
        for (size_t k = 0; k < n_classes; k++) {
            const double *row = parameters + k * n_features + first;
            float *weights = blocks->model.weights + sm_weight_index(&blocks->shape, first, k);
            for (size_t j = 0; j < n; j++)
                weights[j] = (float)(row[j] * unit);
        }
    }
    for (size_t k = 0; k < n_classes; k++)
        blocks->model.bias[k] = (float)parameters[n_classes * n_features + k];
    return are_finite(blocks->shape.n_weights, blocks->model.weights) && are_finite(n_classes, blocks->model.bias);
}

sm_status sm_blocks_predict(const sm_blocks *blocks, const sm_lane_model *model, const size_t *indices,
                            size_t first, size_t n, sm_workspace *workspace)
{
    const sm_status status = sm_rows_get(&blocks->rows, indices, first, n, workspace->scratch, workspace->rows);
    if (status != SM_OK)
        return status;
    const uint8_t *labels = blocks->rows.source.labels;
    for (size_t i = 0; labels && i < n; i++)
        workspace->labels[i] = labels[indices ? indices[i] : first + i];
    blocks->kernels->scores(&blocks->shape, n, workspace->rows, model->weights, model->bias, workspace->scores);
    blocks->kernels->softmax(n, blocks->shape.n_classes, blocks->shape.n_lanes, labels ? workspace->labels : NULL,
                             workspace->scores, workspace->predictions, workspace->losses);
    return SM_OK;
}

size_t sm_blocks_n_groups(const sm_blocks *blocks)
{
    const size_t n_blocks = (blocks->rows.source.n_samples - 1) / SM_BLOCK_SAMPLES + 1;
    return n_blocks < MAX_GROUPS ? n_blocks : MAX_GROUPS;
}

static sm_status visit_group(const sm_blocks *blocks, size_t group, sm_block_visitor visit, void *context)
{
    const size_t n_samples = blocks->rows.source.n_samples, n_groups = sm_blocks_n_groups(blocks);
    const size_t begin = n_samples * group / n_groups, end = n_samples * (group + 1) / n_groups;
    sm_workspace *workspace = blocks->workspaces[sm_thread_index()];
    for (size_t first = begin; first < end; first += SM_BLOCK_SAMPLES) {
        const size_t left = end - first, n = left < SM_BLOCK_SAMPLES ? left : SM_BLOCK_SAMPLES;
        const sm_status status = sm_blocks_predict(blocks, &blocks->model, NULL, first, n, workspace);
        if (status != SM_OK)
            return status;
        visit(context, group, first, n, workspace, blocks);
    }
    return SM_OK;
}

sm_status sm_blocks_for_each(const sm_blocks *blocks, sm_block_visitor visit, void *context)
{
    const size_t n_groups = sm_blocks_n_groups(blocks);
    sm_status statuses[MAX_GROUPS];
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)blocks->n_threads)
    for (size_t group = 0; group < n_groups; group++)
        statuses[group] = visit_group(blocks, group, visit, context);
    for (size_t group = 0; group < n_groups; group++)
        if (statuses[group] != SM_OK)
            return statuses[group];
    return SM_OK;
}
