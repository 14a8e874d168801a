/*
 * The mean loss of many samples and its gradient, in float.
 *
 * Losses and gradient of a block are summed in float, which is precise enough for a few samples; each shard adds its
 * blocks in double, and the shards are added in their order.
 */
#include "float_means.h"

#include <float.h>
#include <math.h>

#include "memory.h"
#include "vector.h"

/* sm_pass.visit, as are the following, each with the objective as context: adds the losses of a tile, and leaves S - y
 * in the place of the probabilities. */
static void add_losses(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    const size_t n_lanes = blocks->shape.n_lanes;
    sm_workspace *w = tile->workspace;
    const bool is_weighted = blocks->rows.source.weights;
    for (size_t i = 0; i < tile->n; i++) {
        shard->loss += (is_weighted ? w->sample_weights[i] : 1) * (double)w->losses[i];
        shard->n_correct += w->predictions[i] == w->labels[i];
        w->scores[i * n_lanes + w->labels[i]] -= 1;
        for (size_t k = 0; is_weighted && k < n_lanes; k++)
            w->scores[i * n_lanes + k] *= (float)w->sample_weights[i];
    }
}

/* Adds the gradient for the residuals that are in the place of the scores. */
static void add_gradient(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    const sm_shape *shape = &blocks->shape;
    sm_workspace *w = tile->workspace;
    float *bias = w->gradient + shape->n_weights;
    blocks->kernels->gradient(shape, tile->n, w->rows, w->scores, w->gradient);
    for (size_t i = 0; i < tile->n; i++)
        for (size_t k = 0; k < shape->n_lanes; k++)
            bias[k] += w->scores[i * shape->n_lanes + k];
    if (tile->ends_block) {
        blocks->kernels->flush(blocks->n_model, shard->is_empty, w->gradient, shard->gradient);
        shard->is_empty = false;
    }
}

static void add_losses_and_gradient(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    add_losses(context, blocks, tile);
    add_gradient(context, blocks, tile);
}

/* Adds the squares of a row of halves, and finds their largest magnitude. Sums are made in float, lane by lane, and
 * enlarged by what that may take from them. */
static void add_halves(const uint16_t *halves, size_t n_chunks, double weight, sm_shard *shard)
{
    float squares[SM_LANES] = {0};
    int16_t largest[SM_LANES] = {0};
    for (size_t c = 0; c < n_chunks; c++) {
        for (size_t j = 0; j < SM_LANES; j++) {
            const int16_t magnitude = (int16_t)(halves[c * SM_LANES + j] & 0x7fff);
            /* As sm_float_from_half for finite ones, in loops that compilers make vectors of. */
            const float x = sm_float_from_bits((uint32_t)magnitude << 13) * 0x1p112f;
            squares[j] += x * x;
            largest[j] = magnitude > largest[j] ? magnitude : largest[j];
        }
    }
    double sum = 0;
    int16_t most = 0;
    for (size_t j = 0; j < SM_LANES; j++) {
        sum += (double)squares[j];
        most = largest[j] > most ? largest[j] : most;
    }
    const double magnitude = (double)sm_float_from_half((uint16_t)most);
    shard->largest = fmax(shard->largest, magnitude);
    shard->squares +=
        isfinite(magnitude) ? weight * sum * (1 + (double)(n_chunks + 2) * (double)FLT_EPSILON) : magnitude;
}

/* Adds the features of each class: the gradient with y in the place of S - y. Also adds their squares, and finds their
 * largest magnitude; for bytes, bounds of both are known. */
static void add_classes(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    sm_workspace *w = tile->workspace;
    for (size_t i = 0; i < tile->n; i++) {
        const double weight = blocks->rows.source.weights ? w->sample_weights[i] : 1;
        w->scores[i * blocks->shape.n_lanes + w->labels[i]] = (float)weight;
        if (w->rows[i].halves)
            add_halves(w->rows[i].halves, blocks->shape.n_chunks, weight, shard);
        for (size_t d = 0; w->rows[i].floats && d < blocks->n_features; d++) {
            const double x = (double)w->rows[i].floats[d];
            shard->squares += weight * x * x;
            shard->largest = fmax(shard->largest, fabs(x));
        }
    }
    add_gradient(context, blocks, tile);
}

/* Replaces the probabilities of sample i of a tile by S - y, from S divided by its sum, and adds what it counts for. */
static void add_careful_residuals(const sm_workspace *w, size_t i, double weight, const sm_shape *shape,
                                  sm_shard *shard, double *bias)
{
    float *p = w->scores + i * shape->n_lanes;
    double sum = 0;
    for (size_t k = 0; k < shape->n_classes; k++)
        sum += (double)p[k];
    const double others = sum - (double)p[w->labels[i]];
    for (size_t k = 0; k < shape->n_classes; k++) {
        const double r = (k == w->labels[i] ? -others : (double)p[k]) / sum;
        shard->squares += weight * r * r;
        shard->residuals[k] += weight * fabs(r);
        bias[k] += weight * r;
        p[k] = (float)(weight * r);
    }
    shard->loss += weight * (double)w->losses[i];
}

/* As add_losses_and_gradient: residuals are computed, and those of the bias summed, in double, and so are gradients of few
 * samples. */
static void add_carefully(void *context, const sm_blocks *blocks, const sm_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    const sm_shape *shape = &blocks->shape;
    sm_workspace *w = tile->workspace;
    double bias[SM_MAX_CLASSES] = {0};
    for (size_t i = 0; i < tile->n; i++)
        add_careful_residuals(w, i, blocks->rows.source.weights ? w->sample_weights[i] : 1, shape, shard, bias);
    for (size_t first = 0; first < tile->n; first += SM_CAREFUL_SAMPLES) {
        blocks->kernels->gradient(shape, sm_min(SM_CAREFUL_SAMPLES, tile->n - first), w->rows + first,
                                  w->scores + first * shape->n_lanes, w->gradient);
        blocks->kernels->flush(blocks->n_model, shard->is_empty, w->gradient, shard->gradient);
        shard->is_empty = false;
    }
    for (size_t k = 0; k < shape->n_classes; k++)
        shard->gradient[shape->n_weights + k] += bias[k];
}

/* Empties the shards of a pass, and returns how many these are. */
static size_t clear_shards(sm_objective *o, const sm_terms *terms)
{
    const size_t n_shards = sm_blocks_count_shards(&o->blocks, terms, o->n_max_shards);
    for (size_t i = 0; i < n_shards; i++)
        o->shards[i] = (sm_shard){.is_empty = true, .gradient = o->shards[i].gradient};
    return n_shards;
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
    for (size_t i = 0; o->source.type != SM_U8 && i < n_shards; i++)
        if (!isfinite(sm_norm(o->blocks.n_model, o->shards[i].gradient)))
            return false;
    return true;
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
        const size_t first = c * SM_LANES, n = sm_min(SM_LANES, n_features - first);
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

sm_status sm_float_means(sm_objective *o, const sm_terms *terms, const double *x, sm_means *means, double *gradient)
{
    sm_blocks *blocks = &o->blocks;
    const size_t n_shards = clear_shards(o, terms);
    const double n = (double)sm_blocks_count_samples(blocks, terms);
    if (!sm_blocks_set_parameters(blocks, x))
        return SM_ERROR_NOT_FINITE;
    const sm_pass pass = {blocks->model, *terms, o->n_max_shards, gradient ? add_losses_and_gradient : add_losses,
                          o};
    const sm_status status = sm_blocks_run(blocks, &pass);
    if (status != SM_OK)
        return status;

    double loss = 0;
    size_t n_correct = 0;
    for (size_t i = 0; i < n_shards; i++) {
        loss += o->shards[i].loss;
        n_correct += o->shards[i].n_correct;
    }
    loss /= n;
    if (!isfinite(loss) || (gradient && !gradient_is_finite(o, n_shards)))
        return SM_ERROR_NOT_FINITE;
    /* ||S - y||^2 <= 2 (1 - S_y)^2 <= -2 log S_y */
    *means = (sm_means){.loss = loss, .accuracy = (double)n_correct / n, .squares = 2 * loss};
    if (gradient)
        collect_gradient(o, n_shards, 1 / n, gradient);
    return SM_OK;
}

sm_status sm_careful_means(sm_objective *o, const double *x, sm_means *means, double *gradient)
{
    const sm_terms all = {NULL, 0};
    const size_t n_shards = clear_shards(o, &all), n_classes = o->source.n_classes;
    const double n = (double)o->source.n_samples;
    if (!sm_blocks_set_parameters(&o->blocks, x))
        return SM_ERROR_NOT_FINITE;
    const sm_pass pass = {o->blocks.model, all, o->n_max_shards, add_carefully, o};
    const sm_status status = sm_blocks_run(&o->blocks, &pass);
    if (status != SM_OK)
        return status;
    *means = (sm_means){.loss = 0};
    for (size_t i = 0; i < n_shards; i++) {
        means->loss += o->shards[i].loss / n;
        means->squares += o->shards[i].squares / n;
        sm_add_scaled(n_classes, 1 / n, o->shards[i].residuals, means->residuals);
    }
    collect_gradient(o, n_shards, 1 / n, gradient);
    return isfinite(sm_norm(o->n_parameters, gradient)) ? SM_OK : SM_ERROR_NOT_FINITE;
}

sm_status sm_float_sum_classes(sm_objective *o)
{
    const sm_terms all = {NULL, 0};
    const size_t n_shards = clear_shards(o, &all), n_features = o->blocks.n_features;
    const sm_status status = sm_blocks_run(&o->blocks, &(sm_pass){NULL, all, o->n_max_shards, add_classes, o});
    if (status != SM_OK)
        return status;
    const double n = (double)o->source.n_samples, largest_byte = UINT8_MAX * o->blocks.unit;
    double largest = o->source.type == SM_U8 ? largest_byte : 0;
    for (size_t i = 0; i < n_shards; i++) {
        largest = fmax(largest, o->shards[i].largest);
        o->lengths.mean_square += o->shards[i].squares / n;
    }
    for (size_t d = 0; d < n_features; d++)
        o->coordinates.scale[d] = sm_scale_of(largest);
    o->blocks.unit *= sm_scale_of(largest);
    collect_gradient(o, n_shards, 1 / n, o->class_sums);
    /* The square of a byte is at most 255 times the byte. */
    for (size_t i = 0; o->source.type == SM_U8 && i < o->n_parameters - o->blocks.shape.n_classes; i++)
        o->lengths.mean_square += largest_byte * o->class_sums[i] / o->coordinates.scale[0];
    o->lengths.mean_square_z = o->lengths.mean_square * o->coordinates.scale[0] * o->coordinates.scale[0];
    o->lengths.longest = sqrt((double)n_features) * largest;
    o->lengths.longest_z = o->lengths.longest * o->coordinates.scale[0];
    return SM_OK;
}
