/* A trained model at work on the samples of a source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "softmax.h"

/* Scores are linear in the parameters: what divides the ones divides the others. */
static void set_model(const sm_model *model, double *parameters)
{
    const double temperature = model->temperature == 0 ? 1 : model->temperature;
    const size_t n_weights = model->n_classes * model->n_features;
    for (size_t i = 0; i < n_weights; i++)
        parameters[i] = (double)model->weight[i] / temperature;
    for (size_t k = 0; k < model->n_classes; k++)
        parameters[n_weights + k] = (double)model->bias[k] / temperature;
}

/* Where the blocks' probabilities and losses go. */
typedef struct predictions {
    float *probabilities; /* [N, K] */
    double *losses;       /* [n_groups], sums; NAN where a probability is not a number */
} predictions;

static void store_block(void *context, size_t group, size_t first, size_t n, const sm_workspace *workspace,
                        const sm_blocks *blocks)
{
    const predictions *found = context;
    for (size_t i = 0; i < n; i++) {
        const float *row = workspace->scores + i * blocks->shape.n_lanes;
        memcpy(found->probabilities + (first + i) * blocks->shape.n_classes, row,
               blocks->shape.n_classes * sizeof *row);
        found->losses[group] += blocks->rows.source.labels ? (double)workspace->losses[i] : 0;
        found->losses[group] += isfinite(row[0]) ? 0 : (double)NAN;
    }
}

static sm_status predict_all(const sm_blocks *blocks, float *probabilities, double *mean_loss)
{
    const size_t n_groups = sm_blocks_n_groups(blocks);
    predictions found = {probabilities, calloc(n_groups, sizeof(double))};
    if (!found.losses)
        return SM_ERROR_MEMORY;
    sm_status status = sm_blocks_for_each(blocks, store_block, &found);
    double sum = 0;
    for (size_t group = 0; group < n_groups; group++)
        sum += found.losses[group];
    free(found.losses);
    if (status == SM_OK && isnan(sum))
        status = SM_ERROR_NOT_FINITE;
    if (status == SM_OK && mean_loss)
        *mean_loss = sum / (double)blocks->rows.source.n_samples;
    return status;
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
    double *parameters = calloc(n_classes * (model->n_features + 1), sizeof *parameters);
    float *found = calloc(n_samples, n_classes * sizeof *found);
    status = parameters && found ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        set_model(model, parameters);
        const bool is_finite = sm_blocks_set_parameters(&blocks, parameters);
        status = is_finite ? predict_all(&blocks, found, mean_loss) : SM_ERROR_NOT_FINITE;
    }
    if (status == SM_OK)
        memcpy(probabilities, found, n_samples * n_classes * sizeof *found);
    free(found);
    free(parameters);
    sm_blocks_destroy(&blocks);
    return status;
}
