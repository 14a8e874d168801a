/*
 * The mean loss of samples and its gradient, for distributions alpha_n that are known exactly.
 *
 * Where the penalty is weak, a certificate must know the sum of (alpha_n - y_n) z_n' to more digits than double precision
 * sums have. So alpha_n is taken to be the computed probabilities, but for the most likely class, which gets the rest to
 * 1; and the sum over samples is made of pairs of doubles, high + low (Ogita, Rump & Oishi 2005, Accurate sum and dot
 * product, algorithms 3.1 and 3.3), of features that are such pairs themselves.
 */
#include "exact_means.h"

#include <math.h>

#include "memory.h"
#include "vector.h"

/* A number as the sum of two. */
typedef struct pair {
    double high, low;
} pair;

static pair add(pair a, double b)
{
    const double sum = a.high + b, part = sum - a.high;
    return (pair){sum, a.low + ((a.high - (sum - part)) + (b - part))};
}

/* The sums of a shard; the numbers of an sm_shard are kept there. */
typedef struct exact_sums {
    sm_objective *objective;
    double *low; /* [n_shards, K, stride]: what the gradients of the shards lack */
} exact_sums;

/* residuals [K] = weight (alpha - y) of one sample. */
static void find_residuals(size_t n_classes, size_t label, double weight, const double *probabilities,
                           pair *residuals)
{
    size_t best = 0;
    for (size_t k = 1; k < n_classes; k++)
        best = probabilities[k] > probabilities[best] ? k : best;
    pair rest = {best == label ? 0 : 1, 0};
    for (size_t k = 0; k < n_classes; k++) {
        residuals[k] = add((pair){probabilities[k], 0}, k == label ? -1 : 0);
        rest = k == best ? rest : add(rest, -probabilities[k]);
    }
    residuals[best] = rest;
    for (size_t k = 0; k < n_classes; k++) {
        const pair r = residuals[k];
        const double product = weight * r.high;
        residuals[k] = (pair){product, fma(weight, r.high, -product) + weight * r.low};
    }
}

/* sm_double_pass.visit, for an exact_sums */
static void add_samples(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    const exact_sums *sums = context;
    const size_t n_classes = doubles->shape.n_classes, stride = doubles->shape.stride;
    sm_shard *shard = &sums->objective->shards[tile->shard];
    const sm_double_workspace *w = tile->workspace;
    for (size_t i = 0; i < tile->n; i++) {
        pair residuals[SM_MAX_CLASSES];
        const double *row = w->rows + i * stride, *low_row = w->low_rows + i * stride;
        find_residuals(n_classes, w->labels[i], w->sample_weights[i], w->probabilities + i * n_classes, residuals);
        shard->loss += w->sample_weights[i] * w->losses[i];
        for (size_t k = 0; k < n_classes; k++) {
            const pair r = residuals[k];
            double *high = shard->gradient + k * stride, *low = sums->low + (tile->shard * n_classes + k) * stride;
            shard->squares += r.high * w->residuals[i * n_classes + k];
            shard->residuals[k] += fabs(r.high);
            for (size_t d = 0; d < stride; d++) {
                const double product = r.high * row[d];
                const pair sum = add((pair){high[d], low[d]}, product);
                high[d] = sum.high;
                low[d] = sum.low + (fma(r.high, row[d], -product) + (r.high * low_row[d] + r.low * row[d]));
            }
        }
    }
}

/* gradient [K * (D + 1)], from the sums of the shards. */
static void collect(const sm_objective *o, const exact_sums *sums, size_t n_shards, double n, double *gradient)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    const size_t stride = o->doubles.shape.stride;
    for (size_t k = 0; k < n_classes; k++) {
        for (size_t d = 0; d <= n_features; d++) {
            pair sum = {0, 0};
            for (size_t i = 0; i < n_shards; i++) {
                sum = add(sum, o->shards[i].gradient[k * stride + d]);
                sum.low += sums->low[(i * n_classes + k) * stride + d];
            }
            gradient[d < n_features ? k * n_features + d : n_classes * n_features + k] = (sum.high + sum.low) / n;
        }
    }
}

sm_status sm_exact_means(sm_objective *o, const double *x, sm_means *means, double *gradient)
{
    const size_t n_classes = o->source.n_classes, n_sums = n_classes * o->doubles.shape.stride;
    const double n = (double)o->source.n_samples;
    exact_sums sums = {o, calloc(o->n_max_shards, n_sums * sizeof *sums.low)};
    const sm_double_pass pass = {SM_PROBABILITIES, {NULL, 0}, o->n_max_shards, add_samples, &sums};
    if (!sums.low)
        return SM_ERROR_MEMORY;
    sm_doubles_set_parameters(&o->doubles, x, true);
    const size_t n_shards = sm_doubles_count_shards(&o->doubles, &pass);
    for (size_t i = 0; i < n_shards; i++) {
        o->shards[i] = (sm_shard){.gradient = o->shards[i].gradient};
        memset(o->shards[i].gradient, 0, n_sums * sizeof(double));
    }
    const sm_status status = sm_doubles_run(&o->doubles, &pass);
    if (status == SM_OK) {
        *means = (sm_means){.loss = 0};
        for (size_t i = 0; i < n_shards; i++) {
            means->loss += o->shards[i].loss / n;
            means->squares += o->shards[i].squares / n;
            sm_add_scaled(n_classes, 1 / n, o->shards[i].residuals, means->residuals);
        }
        collect(o, &sums, n_shards, n, gradient);
    }
    free(sums.low);
    return status;
}
