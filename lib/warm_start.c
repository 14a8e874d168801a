/* One pass of SGD, on the weights as the kernels use them. */
#include "warm_start.h"

#include "memory.h"
#include "threads.h"

enum { N_REPLICAS = 2, BATCH_SAMPLES = 32 };

/* The first learning rate is this divided by the mean square norm of a sample; the last one is a tenth of it. */
static const double FIRST_RATE = 80;

/* Any number will do; changing it changes every trained model. */
static const uint64_t SHUFFLE_SEED = 1;

/* One of the models that are trained at the same time, each on its own samples. */
typedef struct replica {
    float *model;  /* [n_model] as in sm_blocks */
    size_t *order; /* [n_samples], the samples in the order in which they are visited */
    size_t n_samples;
} replica;

static double mean_square_norm(const sm_blocks *blocks, sm_status *status)
{
    /* The first block is estimate enough. */
    const size_t n = sm_min(blocks->rows.source.n_samples, SM_BLOCK_SAMPLES);
    sm_workspace *w = &blocks->workspaces[0];
    double sum = 1e-30;
    *status = sm_rows_get(&blocks->rows, NULL, 0, n, w->scratch, w->rows);
    for (size_t i = 0; *status == SM_OK && i < n; i++) {
        for (size_t d = 0; d < blocks->n_features; d++) {
            const double x = blocks->unit * (double)sm_row_value(&w->rows[i], d);
            sum += x * x;
        }
    }
    return sum / (double)n;
}

/* One step: the kernel adds the scaled gradient of the batch to the weights. */
static sm_status step(const sm_blocks *blocks, replica *r, size_t first, size_t n, double rate, double l2)
{
    sm_workspace *w = &blocks->workspaces[sm_thread_index()];
    const size_t n_lanes = blocks->shape.n_lanes, n_weights = blocks->shape.n_weights;
    const sm_status status = sm_blocks_predict(blocks, r->model, r->order + first, 0, n, w);
    if (status != SM_OK)
        return status;
    const float bias_factor = (float)(-rate / (double)n);
    const float weight_factor = (float)(-rate / (double)n * blocks->unit * blocks->unit);
    for (size_t i = 0; i < n; i++) {
        w->scores[i * n_lanes + w->labels[i]] -= 1.0f;
        const float weight = blocks->rows.source.weights ? (float)w->sample_weights[i] : 1;
        for (size_t k = 0; k < n_lanes; k++) {
            w->scores[i * n_lanes + k] *= weight;
            r->model[n_weights + k] += bias_factor * w->scores[i * n_lanes + k];
            w->scores[i * n_lanes + k] *= weight_factor;
        }
    }
    blocks->kernels->add_scaled(n_weights, (float)(-rate * l2), r->model, r->model);
    blocks->kernels->gradient(&blocks->shape, n, w->rows, w->scores, r->model);
    return SM_OK;
}

static sm_status run(const sm_blocks *blocks, replica *r, double first_rate, double l2)
{
    sm_status status = SM_OK;
    for (size_t first = 0; status == SM_OK && first < r->n_samples; first += BATCH_SAMPLES) {
        const double rate = first_rate * (1 - 0.9 * (double)first / (double)r->n_samples);
        status = step(blocks, r, first, sm_min(BATCH_SAMPLES, r->n_samples - first), rate, l2);
    }
    return status;
}

static bool create(const sm_blocks *blocks, size_t i, replica *r)
{
    const size_t n_samples = blocks->rows.source.n_samples;
    const size_t begin = n_samples * i / N_REPLICAS, end = n_samples * (i + 1) / N_REPLICAS;
    r->n_samples = end - begin;
    r->order = calloc(r->n_samples + 1, sizeof *r->order);
    r->model = sm_calloc(blocks->n_model, sizeof *r->model);
    if (!r->order || !r->model)
        return false;
    for (size_t n = 0; n < r->n_samples; n++)
        r->order[n] = begin + n;
    sm_shuffle(&(sm_random){SHUFFLE_SEED + i}, r->n_samples, r->order);
    return true;
}

/* The mean of one parameter over the replicas. */
static double average(const replica *replicas, size_t at)
{
    double sum = 0;
    for (size_t i = 0; i < N_REPLICAS; i++)
        sum += (double)replicas[i].model[at];
    return sum / N_REPLICAS;
}

/* Averages the replicas to parameters [K * (D + 1)]. */
static void average_all(const sm_blocks *blocks, const replica *replicas, double *parameters)
{
    const size_t n_features = blocks->n_features, n_classes = blocks->shape.n_classes;
    for (size_t k = 0; k < n_classes; k++) {
        for (size_t d = 0; d < n_features; d++)
            parameters[k * n_features + d] =
                average(replicas, sm_weight_index(&blocks->shape, d, k)) / blocks->unit;
        parameters[n_classes * n_features + k] = average(replicas, blocks->shape.n_weights + k);
    }
}

sm_status sm_warm_start(const sm_blocks *blocks, double l2, double *parameters)
{
    replica replicas[N_REPLICAS] = {{NULL, NULL, 0}};
    sm_status statuses[N_REPLICAS], status = SM_OK;
    for (size_t i = 0; status == SM_OK && i < N_REPLICAS; i++)
        status = create(blocks, i, &replicas[i]) ? SM_OK : SM_ERROR_MEMORY;
    double rate = 0;
    if (status == SM_OK)
        rate = FIRST_RATE / mean_square_norm(blocks, &status);
    if (status == SM_OK) {
#pragma omp parallel for schedule(static, 1) num_threads((int)sm_min(blocks->n_threads, N_REPLICAS))
        for (size_t i = 0; i < N_REPLICAS; i++)
            statuses[i] = run(blocks, &replicas[i], rate, l2);
        for (size_t i = 0; i < N_REPLICAS; i++)
            status = statuses[i] != SM_OK ? statuses[i] : status;
    }
    if (status == SM_OK)
        average_all(blocks, replicas, parameters);
    for (size_t i = 0; i < N_REPLICAS; i++) {
        free(replicas[i].order);
        free(replicas[i].model);
    }
    return status;
}
