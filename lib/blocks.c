/* Blocks of samples run through a linear model and the softmax. */
#include "blocks.h"

#include <stdlib.h>

#include "threads.h"

void sm_blocks_destroy(sm_blocks *blocks)
{
    for (size_t t = 0; blocks->workspaces && t < blocks->n_threads; t++) {
        free(blocks->workspaces[t].scratch);
        free(blocks->workspaces[t].gradient);
        free(blocks->workspaces[t].scores);
    }
    free(blocks->workspaces);
    free(blocks->bias);
    free(blocks->weights);
    sm_rows_destroy(&blocks->rows);
}

const char *sm_isa_name(const char *isa)
{
    const sm_kernels *kernels = sm_kernels_find(isa);
    return kernels ? kernels->name : NULL;
}

static bool workspace_create(const sm_blocks *blocks, sm_workspace *workspace)
{
    const size_t scratch_bytes = sm_rows_scratch_bytes(&blocks->rows, SM_BLOCK_SAMPLES);
    workspace->scores = calloc(SM_BLOCK_SAMPLES * blocks->n_lanes, sizeof *workspace->scores);
    workspace->gradient = calloc(blocks->n_features * blocks->n_lanes, sizeof *workspace->gradient);
    workspace->scratch = scratch_bytes ? malloc(scratch_bytes) : NULL;
    return workspace->scores && workspace->gradient && (workspace->scratch || !scratch_bytes);
}

sm_status sm_blocks_create(const sm_source *source, const sm_execution *execution, sm_blocks *blocks)
{
    sm_blocks created = {
        .n_features = source->n_features,
        .n_classes = source->n_classes,
        .n_lanes = (source->n_classes + SM_LANES - 1) / SM_LANES * SM_LANES,
        .unit = source->type == SM_U8 ? source->unit : 1,
        .n_threads = sm_thread_count(execution->n_threads),
        .kernels = sm_kernels_find(execution->isa),
    };
    if (!created.kernels)
        return SM_ERROR_ARGUMENT;
    const sm_status status = sm_rows_create(source, created.n_threads, &created.rows);
    if (status != SM_OK)
        return status;
    created.weights = calloc(created.n_features * created.n_lanes, sizeof *created.weights);
    created.bias = calloc(created.n_lanes, sizeof *created.bias);
    created.workspaces = calloc(created.n_threads, sizeof *created.workspaces);
    bool ok = created.weights && created.bias && created.workspaces;
    for (size_t t = 0; ok && t < created.n_threads; t++)
        ok = workspace_create(&created, &created.workspaces[t]);
    if (!ok) {
        sm_blocks_destroy(&created);
        return SM_ERROR_MEMORY;
    }
    *blocks = created;
    return SM_OK;
}

void sm_blocks_set_parameters(sm_blocks *blocks, const double *parameters)
{
    const size_t n_features = blocks->n_features, n_classes = blocks->n_classes, n_lanes = blocks->n_lanes;
    for (size_t d = 0; d < n_features; d++)
        for (size_t k = 0; k < n_classes; k++)
            blocks->weights[d * n_lanes + k] = (float)(parameters[k * n_features + d] * blocks->unit);
    for (size_t k = 0; k < n_classes; k++)
        blocks->bias[k] = (float)parameters[n_classes * n_features + k];
}

sm_status sm_blocks_predict(const sm_blocks *blocks, const size_t *indices, size_t first, size_t n,
                            sm_workspace *workspace)
{
    const sm_status status = sm_rows_get(&blocks->rows, indices, first, n, workspace->scratch, workspace->rows);
    if (status != SM_OK)
        return status;
    const uint8_t *labels = blocks->rows.source.labels;
    for (size_t i = 0; labels && i < n; i++)
        workspace->labels[i] = labels[indices ? indices[i] : first + i];
    blocks->kernels->scores(n, workspace->rows, blocks->n_lanes, blocks->weights, blocks->bias, workspace->scores);
    blocks->kernels->softmax(n, blocks->n_classes, blocks->n_lanes, labels ? workspace->labels : NULL,
                             workspace->scores, workspace->predictions, workspace->losses);
    return SM_OK;
}
