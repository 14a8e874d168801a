/* A trained model at work on the samples of a source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "softmax.h"
#include "threads.h"

static void set_model(const sm_model *model, double *parameters)
{
    const size_t n_weights = model->n_classes * model->n_features;
    for (size_t i = 0; i < n_weights; i++)
        parameters[i] = (double)model->weight[i];
    for (size_t k = 0; k < model->n_classes; k++)
        parameters[n_weights + k] = (double)model->bias[k];
}

/* Predicts one block and says in *loss the sum of its losses; NAN where a probability is not a number. */
static sm_status predict_block(const sm_blocks *blocks, size_t first, size_t n, float *probabilities, double *loss)
{
    sm_workspace *workspace = &blocks->workspaces[sm_thread_index()];
    const sm_status status = sm_blocks_predict(blocks, NULL, first, n, workspace);
    *loss = 0;
    for (size_t i = 0; status == SM_OK && i < n; i++) {
        const float *row = workspace->scores + i * blocks->n_lanes;
        memcpy(probabilities + i * blocks->n_classes, row, blocks->n_classes * sizeof *row);
        *loss += blocks->rows.source.labels ? (double)workspace->losses[i] : 0;
        *loss += isfinite(row[0]) ? 0 : (double)NAN;
    }
    return status;
}

static sm_status predict_all(const sm_blocks *blocks, float *probabilities, double *mean_loss)
{
    const size_t n_samples = blocks->rows.source.n_samples;
    const size_t n_blocks = (n_samples - 1) / SM_BLOCK_SAMPLES + 1;
    double *losses = calloc(n_blocks, sizeof *losses);
    sm_status *statuses = calloc(n_blocks, sizeof *statuses);
    sm_status status = losses && statuses ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
#pragma omp parallel for schedule(static) num_threads((int)blocks->n_threads)
        for (size_t b = 0; b < n_blocks; b++) {
            const size_t first = b * SM_BLOCK_SAMPLES, left = n_samples - first;
            const size_t n = left < SM_BLOCK_SAMPLES ? left : SM_BLOCK_SAMPLES;
            statuses[b] = predict_block(blocks, first, n, probabilities + first * blocks->n_classes, &losses[b]);
        }
        double sum = 0;
        for (size_t b = 0; b < n_blocks; b++) {
            status = status == SM_OK ? statuses[b] : status;
            sum += losses[b];
        }
        if (status == SM_OK && isnan(sum))
            status = SM_ERROR_NOT_FINITE;
        if (status == SM_OK && mean_loss)
            *mean_loss = sum / (double)n_samples;
    }
    free(statuses);
    free(losses);
    return status;
}

sm_status sm_predict(const sm_model *model, const sm_source *source, const sm_execution *execution,
                     float *probabilities, double *mean_loss)
{
    if (source->n_classes != model->n_classes || source->n_features != model->n_features ||
        (mean_loss && !source->labels))
        return SM_ERROR_ARGUMENT;
    sm_blocks blocks;
    sm_status status = sm_blocks_create(source, execution, &blocks);
    if (status != SM_OK)
        return status;
    const size_t n_samples = source->n_samples, n_classes = model->n_classes;
    double *parameters = calloc(n_classes * (model->n_features + 1), sizeof *parameters);
    float *found = calloc(n_samples, n_classes * sizeof *found);
    status = parameters && found ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        set_model(model, parameters);
        sm_blocks_set_parameters(&blocks, parameters);
        status = predict_all(&blocks, found, mean_loss);
    }
    if (status == SM_OK)
        memcpy(probabilities, found, n_samples * n_classes * sizeof *found);
    free(found);
    free(parameters);
    sm_blocks_destroy(&blocks);
    return status;
}
