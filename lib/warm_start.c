/* One pass of SGD, on the weights as the kernels use them. */
#include "warm_start.h"

#include "memory.h"
#include "threads.h"

enum { N_REPLICAS = 2, BATCH_SAMPLES = 32 };

/* The first learning rate is this divided by the mean square norm of a sample, less the mean if that is subtracted; the last
 * one is a tenth of it. */
static const double FIRST_RATE = 80;

/* Any number will do; changing it changes every trained model. */
static const uint64_t SHUFFLE_SEED = 1;

/* The mean of the samples as a row, if features are taken less their mean. */
typedef struct centre {
    sm_row row;
    float *values;    /* [n_chunks * SM_LANES], in the unit of rows; NULL: nothing is subtracted */
    uint64_t *chunks; /* [n_words], all of them */
    float *zeros;     /* [n_lanes], a bias of 0 */
} centre;

/* One of the models that are trained at the same time, each on its own samples. */
typedef struct replica {
    float *model;    /* [n_model] as in sm_blocks */
    float *constant; /* [n_lanes], the scores of the mean: the bias, if nothing is subtracted */
    size_t *order;   /* [n_samples], the samples in the order in which they are visited */
    size_t n_samples;
} replica;

static bool centre_create(const sm_blocks *blocks, const double *mean, centre *c)
{
    *c = (centre){.values = NULL};
    if (!mean)
        return true;
    const size_t n_chunks = blocks->shape.n_chunks;
    c->values = sm_calloc(n_chunks, SM_LANES * sizeof *c->values);
    c->chunks = calloc(blocks->shape.n_words, sizeof *c->chunks);
    c->zeros = calloc(blocks->shape.n_lanes, sizeof *c->zeros);
    if (!c->values || !c->chunks || !c->zeros)
        return false;
    for (size_t d = 0; d < blocks->n_features; d++)
        c->values[d] = (float)(mean[d] / blocks->unit);
    for (size_t i = 0; i < n_chunks; i++)
        c->chunks[i / SM_WORD_CHUNKS] |= UINT64_C(1) << i % SM_WORD_CHUNKS;
    c->row = (sm_row){.floats = c->values, .chunks = c->chunks};
    return true;
}

static void centre_destroy(centre *c)
{
    free(c->zeros);
    free(c->chunks);
    free(c->values);
}

static double mean_square_norm(const sm_blocks *blocks, const centre *c, sm_status *status)
{
    /* The first block is estimate enough. */
    const size_t n = sm_min(blocks->rows.source.n_samples, SM_BLOCK_SAMPLES);
    sm_workspace *w = &blocks->workspaces[0];
    double sum = 1e-30;
    *status = sm_rows_get(&blocks->rows, NULL, 0, n, w->scratch, w->rows);
    for (size_t i = 0; *status == SM_OK && i < n; i++) {
        for (size_t d = 0; d < blocks->n_features; d++) {
            const double value = (double)sm_row_value(&w->rows[i], d) - (c->values ? (double)c->values[d] : 0);
            sum += blocks->unit * value * blocks->unit * value;
        }
    }
    return sum / (double)n;
}

/* Where features are taken less their mean, the gradient of the weights is  sum_n r_n (x_n - mean)',  of which the kernel
 * has added all but the mean; `sums` are those of the r_n, and the bias of the model makes up for it. */
static void subtract_mean(const sm_blocks *blocks, const centre *c, const float *sums, replica *r)
{
    sm_workspace *w = &blocks->workspaces[sm_thread_index()];
    const size_t n_lanes = blocks->shape.n_lanes, n_weights = blocks->shape.n_weights;
    for (size_t k = 0; k < n_lanes; k++)
        w->scores[k] = -sums[k];
    blocks->kernels->gradient(&blocks->shape, 1, &c->row, w->scores, r->model);
    blocks->kernels->scores(&blocks->shape, 1, &c->row, r->model, c->zeros, w->scores);
    for (size_t k = 0; k < n_lanes; k++)
        r->model[n_weights + k] = r->constant[k] - w->scores[k];
}

/* One step: the kernel adds the scaled gradient of the batch to the weights. */
static sm_status step(const sm_blocks *blocks, const centre *c, replica *r, size_t first, size_t n, double rate,
                      double l2)
{
    sm_workspace *w = &blocks->workspaces[sm_thread_index()];
    const size_t n_lanes = blocks->shape.n_lanes, n_weights = blocks->shape.n_weights;
    const sm_status status = sm_blocks_predict(blocks, r->model, r->order + first, 0, n, w);
    if (status != SM_OK)
        return status;
    const float bias_factor = (float)(-rate / (double)n);
    const float weight_factor = (float)(-rate / (double)n * blocks->unit * blocks->unit);
    float sums[SM_MAX_CLASSES + SM_LANES] = {0};
    for (size_t i = 0; i < n; i++) {
        w->scores[i * n_lanes + w->labels[i]] -= 1.0f;
        const float weight = blocks->rows.source.weights ? (float)w->sample_weights[i] : 1;
        for (size_t k = 0; k < n_lanes; k++) {
            w->scores[i * n_lanes + k] *= weight;
            r->constant[k] += bias_factor * w->scores[i * n_lanes + k];
            w->scores[i * n_lanes + k] *= weight_factor;
            sums[k] += w->scores[i * n_lanes + k];
        }
    }
    blocks->kernels->add_scaled(n_weights, (float)(-rate * l2), r->model, r->model);
    blocks->kernels->gradient(&blocks->shape, n, w->rows, w->scores, r->model);
    if (c->values)
        subtract_mean(blocks, c, sums, r);
    else
        memcpy(r->model + n_weights, r->constant, n_lanes * sizeof *r->constant);
    return SM_OK;
}

static sm_status run(const sm_blocks *blocks, const centre *c, replica *r, double first_rate, double l2)
{
    sm_status status = SM_OK;
    for (size_t first = 0; status == SM_OK && first < r->n_samples; first += BATCH_SAMPLES) {
        const double rate = first_rate * (1 - 0.9 * (double)first / (double)r->n_samples);
        status = step(blocks, c, r, first, sm_min(BATCH_SAMPLES, r->n_samples - first), rate, l2);
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
    r->constant = calloc(blocks->shape.n_lanes, sizeof *r->constant);
    if (!r->order || !r->model || !r->constant)
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

/* Trains the replicas. */
static sm_status run_all(const sm_blocks *blocks, const centre *c, double l2, replica *replicas)
{
    sm_status statuses[N_REPLICAS], status;
    const double rate = FIRST_RATE / mean_square_norm(blocks, c, &status);
    if (status != SM_OK)
        return status;
#pragma omp parallel for schedule(static, 1) num_threads((int)sm_min(blocks->n_threads, N_REPLICAS))
    for (size_t i = 0; i < N_REPLICAS; i++)
        statuses[i] = run(blocks, c, &replicas[i], rate, l2);
    for (size_t i = 0; i < N_REPLICAS; i++)
        status = statuses[i] != SM_OK ? statuses[i] : status;
    return status;
}

sm_status sm_warm_start(const sm_blocks *blocks, double l2, const double *mean, double *parameters)
{
    replica replicas[N_REPLICAS] = {{.model = NULL}};
    centre c;
    sm_status status = centre_create(blocks, mean, &c) ? SM_OK : SM_ERROR_MEMORY;
    for (size_t i = 0; status == SM_OK && i < N_REPLICAS; i++)
        status = create(blocks, i, &replicas[i]) ? SM_OK : SM_ERROR_MEMORY;
    if (status == SM_OK)
        status = run_all(blocks, &c, l2, replicas);
    if (status == SM_OK)
        average_all(blocks, replicas, parameters);
    for (size_t i = 0; i < N_REPLICAS; i++) {
        free(replicas[i].order);
        free(replicas[i].constant);
        free(replicas[i].model);
    }
    centre_destroy(&c);
    return status;
}
