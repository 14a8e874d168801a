/* The probabilities that a trained model gives the samples of a source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"

/* Scores are linear in the parameters, so that dividing these by the temperature divides the scores. */
static void set_model(const sm_model *model, double *parameters)
{
    const double temperature = model->temperature == 0 ? 1 : model->temperature;
    const size_t n_weights = model->n_classes * model->n_features;
    for (size_t i = 0; i < n_weights; i++)
        parameters[i] = (double)model->weight[i] / temperature;
    for (size_t k = 0; k < model->n_classes; k++)
        parameters[n_weights + k] = (double)model->bias[k] / temperature;
}

/* Where the probabilities and losses go. */
typedef struct predictions {
    float *probabilities;         /* [N, K] */
    double losses[SM_MAX_SHARDS]; /* sums; NAN where a probability is not a number */
} predictions;

/* sm_pass.visit */
static void store_tile(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    predictions *found = context;
    const size_t n_classes = blocks->shape.n_classes;
    for (size_t i = 0; i < tile->n; i++) {
        const float *row = tile->workspace->scores + i * blocks->shape.n_lanes;
        memcpy(found->probabilities + (tile->first + i) * n_classes, row, n_classes * sizeof *row);
        found->losses[tile->shard] += blocks->rows.source.labels ? (double)tile->workspace->losses[i] : 0;
        found->losses[tile->shard] += isfinite(row[0]) ? 0 : (double)NAN;
    }
}

sm_status sm_predict(const sm_model *model, const sm_source *source, const sm_execution *execution,
                     float *probabilities, double *mean_loss)
{
    if (source->n_classes != model->n_classes || source->n_features != model->n_features ||
        !(model->temperature >= 0) || (mean_loss && !source->labels))
        return SM_ERROR_ARGUMENT;
    sm_blocks blocks;
    sm_status status = sm_blocks_create(source, execution, &blocks);
    if (status != SM_OK)
        return status;
    const size_t n_samples = source->n_samples, n_classes = model->n_classes;
    double *parameters = calloc(n_classes * (model->n_features + 1), sizeof *parameters), loss = 0;
    predictions found = {.probabilities = calloc(n_samples, n_classes * sizeof *found.probabilities)};
    status = parameters && found.probabilities ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        set_model(model, parameters);
        const sm_pass pass = {blocks.model, {0}, SM_MAX_SHARDS, store_tile, &found};
        status =
            sm_blocks_set_parameters(&blocks, parameters) ? sm_blocks_run(&blocks, &pass) : SM_ERROR_NOT_FINITE;
    }
    for (size_t shard = 0; shard < SM_MAX_SHARDS; shard++)
        loss += found.losses[shard];
    if (status == SM_OK && isnan(loss))
        status = SM_ERROR_NOT_FINITE;
    if (status == SM_OK)
        memcpy(probabilities, found.probabilities, n_samples * n_classes * sizeof *probabilities);
    if (status == SM_OK && mean_loss)
        *mean_loss = loss / (double)n_samples;
    free(found.probabilities);
    free(parameters);
    sm_blocks_destroy(&blocks);
    return status;
}
