/* The probabilities that a trained model gives the samples of a source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "doubles.h"

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
        const double weight = blocks->rows.source.weights ? tile->workspace->sample_weights[i] : 1;
        found->losses[tile->shard] += blocks->rows.source.labels ? weight * (double)tile->workspace->losses[i] : 0;
        found->losses[tile->shard] += isfinite(row[0]) ? 0 : (double)NAN;
    }
}

static sm_status predict_float(const sm_model *model, const sm_source *source, const sm_execution *execution,
                               predictions *found)
{
    sm_blocks blocks;
    sm_status status = sm_blocks_create(source, execution, true, &blocks);
    if (status != SM_OK)
        return status;
    double *parameters = calloc(model->n_classes * (model->n_features + 1), sizeof *parameters);
    status = parameters ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK) {
        set_model(model, parameters);
        const sm_pass pass = {blocks.model, {0}, SM_MAX_SHARDS, store_tile, found};
        status =
            sm_blocks_set_parameters(&blocks, parameters) ? sm_blocks_run(&blocks, &pass) : SM_ERROR_NOT_FINITE;
    }
    free(parameters);
    sm_blocks_destroy(&blocks);
    return status;
}

/* ---- In double precision --------------------------------------------------------------------- */

/* Where these go; each pointer may be NULL. */
typedef struct double_predictions {
    double *scores, *probabilities; /* [N, K] */
    predictions *rounded;
    bool is_infinite[SM_MAX_SHARDS];
} double_predictions;

/* sm_double_pass.visit */
static void store_double_tile(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    double_predictions *found = context;
    const size_t at = tile->first * doubles->shape.n_classes, n = tile->n * doubles->shape.n_classes;
    const sm_double_workspace *w = tile->workspace;
    for (size_t i = 0; i < n; i++)
        found->is_infinite[tile->shard] |= !isfinite(w->probabilities[i]);
    if (found->scores)
        memcpy(found->scores + at, w->probabilities, n * sizeof(double));
    if (found->probabilities)
        memcpy(found->probabilities + at, w->probabilities, n * sizeof(double));
    for (size_t i = 0; found->rounded && i < n; i++)
        found->rounded->probabilities[at + i] = (float)w->probabilities[i];
    for (size_t i = 0; found->rounded && i < tile->n; i++)
        found->rounded->losses[tile->shard] += w->sample_weights[i] * w->losses[i];
}

static sm_status run_double(const sm_doubles *doubles, sm_double_stage stage, double_predictions *found)
{
    const sm_status status =
        sm_doubles_run(doubles, &(sm_double_pass){stage, {0}, SM_MAX_SHARDS, store_double_tile, found});
    for (size_t shard = 0; status == SM_OK && shard < SM_MAX_SHARDS; shard++)
        if (found->is_infinite[shard])
            return SM_ERROR_NOT_FINITE;
    return status;
}

static sm_status predict_double(const double *parameters, const sm_source *source, const sm_execution *execution,
                                double *scores, double *probabilities, predictions *rounded)
{
    sm_coordinates coordinates;
    sm_doubles doubles = {.model = NULL};
    sm_status status = sm_source_check(source);
    if (status != SM_OK)
        return status;
    status = sm_coordinates_create(source->n_features, source->n_classes, &coordinates) ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = sm_doubles_create(source, execution, &coordinates, true, &doubles);
    if (status == SM_OK && scores) {
        sm_doubles_set_parameters(&doubles, parameters, false);
        status = run_double(&doubles, SM_SCORES, &(double_predictions){.scores = scores});
    }
    if (status == SM_OK && (probabilities || rounded)) {
        sm_doubles_set_parameters(&doubles, parameters, true);
        status = run_double(&doubles, SM_PROBABILITIES,
                            &(double_predictions){.probabilities = probabilities, .rounded = rounded});
    }
    sm_doubles_destroy(&doubles);
    sm_coordinates_destroy(&coordinates);
    return status;
}

sm_status sm_predict_double(const double *parameters, const sm_source *source, const sm_execution *execution,
                            double *scores, double *probabilities)
{
    const sm_execution any = {0};
    return predict_double(parameters, source, execution ? execution : &any, scores, probabilities, NULL);
}

static sm_status predict_rounded(const sm_model *model, const sm_source *source, const sm_execution *execution,
                                 predictions *found)
{
    double *parameters = calloc(model->n_classes * (model->n_features + 1), sizeof *parameters);
    if (!parameters)
        return SM_ERROR_MEMORY;
    set_model(model, parameters);
    const sm_status status = predict_double(parameters, source, execution, NULL, NULL, found);
    free(parameters);
    return status;
}

/* --------------------------------------------------------------------------------------------- */

sm_status sm_predict(const sm_model *model, const sm_source *source, const sm_execution *execution,
                     float *probabilities, double *mean_loss)
{
    const sm_execution any = {0};
    execution = execution ? execution : &any;
    if (source->n_classes != model->n_classes || source->n_features != model->n_features ||
        !(model->temperature >= 0) || (mean_loss && !source->labels))
        return SM_ERROR_ARGUMENT;
    sm_status status = sm_source_check(source);
    if (status != SM_OK)
        return status;
    const size_t n_samples = source->n_samples, n_classes = model->n_classes;
    double loss = 0;
    predictions found = {.probabilities = calloc(n_samples, n_classes * sizeof *found.probabilities)};
    status = found.probabilities ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = source->type == SM_F64 ? predict_rounded(model, source, execution, &found)
                                        : predict_float(model, source, execution, &found);
    for (size_t shard = 0; shard < SM_MAX_SHARDS; shard++)
        loss += found.losses[shard];
    if (status == SM_OK && isnan(loss))
        status = SM_ERROR_NOT_FINITE;
    if (status == SM_OK)
        memcpy(probabilities, found.probabilities, n_samples * n_classes * sizeof *probabilities);
    if (status == SM_OK && mean_loss)
        *mean_loss = loss / (double)n_samples;
    free(found.probabilities);
    return status;
}
