/*
 * The mean loss of many samples and its gradient, in double precision. Each tile is summed first and then added to its
 * shard, and the shards are added in their order.
 */
#include "double_means.h"

#include <math.h>

#include "memory.h"
#include "vector.h"

/* sm_double_pass.visit, as are the following, each with the objective as context: adds the losses of a tile, and
 * multiplies the residuals by the sample weights. */
static void add_losses(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    sm_shard *shard = &((sm_objective *)context)->shards[tile->shard];
    const size_t n_classes = doubles->shape.n_classes;
    sm_double_workspace *w = tile->workspace;
    double loss = 0, squares = 0;
    for (size_t i = 0; i < tile->n; i++) {
        double *r = w->residuals + i * n_classes;
        const double weight = w->sample_weights[i];
        loss += weight * w->losses[i];
        shard->n_correct += w->predictions[i] == w->labels[i];
        for (size_t k = 0; k < n_classes; k++) {
            squares += weight * r[k] * r[k];
            r[k] *= weight;
            shard->residuals[k] += fabs(r[k]);
        }
    }
    shard->loss += loss;
    shard->squares += squares;
}

static void add_losses_and_gradient(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    add_losses(context, doubles, tile);
    doubles->kernels->double_gradient(&doubles->shape, tile->n, tile->workspace->rows, tile->workspace->residuals,
                                      ((sm_objective *)context)->shards[tile->shard].gradient);
}

/* Adds the squared lengths of a row. */
static void add_lengths(const sm_objective *o, const double *row, double weight, sm_lengths *squared)
{
    double square = 0;
    for (size_t d = 0; d < o->source.n_features; d++) {
        const double x = row[d] / o->coordinates.scale[d];
        square += x * x;
    }
    const double square_z = sm_dot(o->source.n_features, row, row);
    squared->mean_square += weight * square;
    squared->mean_square_z += weight * square_z;
    squared->longest = fmax(squared->longest, square);
    squared->longest_z = fmax(squared->longest_z, square_z);
}

/* Adds the features of each class: the gradient with y in the place of S - y. Also adds the lengths of samples. */
static void add_classes(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    sm_objective *o = context;
    sm_shard *shard = &o->shards[tile->shard];
    sm_double_workspace *w = tile->workspace;
    const size_t n_classes = doubles->shape.n_classes;
    memset(w->residuals, 0, tile->n * n_classes * sizeof *w->residuals);
    for (size_t i = 0; i < tile->n; i++) {
        w->residuals[i * n_classes + w->labels[i]] = w->sample_weights[i];
        add_lengths(o, w->rows + i * doubles->shape.stride, w->sample_weights[i], &shard->squared);
    }
    doubles->kernels->double_gradient(&doubles->shape, tile->n, w->rows, w->residuals, shard->gradient);
}

/* Runs a pass with empty shards, and returns how many these are. */
static sm_status sum_shards(sm_objective *o, const sm_double_pass *pass, size_t *n_shards)
{
    *n_shards = sm_doubles_count_shards(&o->doubles, pass);
    const size_t n_sums = o->doubles.shape.n_classes * o->doubles.shape.stride;
    for (size_t i = 0; i < *n_shards; i++) {
        o->shards[i] = (sm_shard){.gradient = o->shards[i].gradient};
        memset(o->shards[i].gradient, 0, n_sums * sizeof(double));
    }
    return sm_doubles_run(&o->doubles, pass);
}

/* mean [K * (D + 1)] = the sum of the shards' gradients divided by n, V row by row and then a. */
static void collect_gradient(sm_objective *o, size_t n_shards, double n, double *mean)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    const size_t stride = o->doubles.shape.stride;
    double *sums = o->shards[0].gradient;
    for (size_t i = 1; i < n_shards; i++)
        sm_add_scaled(n_classes * stride, 1, o->shards[i].gradient, sums);
    for (size_t k = 0; k < n_classes; k++) {
        for (size_t d = 0; d < n_features; d++)
            mean[k * n_features + d] = sums[k * stride + d] / n;
        mean[n_classes * n_features + k] = sums[k * stride + n_features] / n;
    }
}

sm_status sm_double_means(sm_objective *o, const sm_terms *terms, const double *x, sm_means *means,
                          double *gradient)
{
    size_t n_shards, n_correct = 0;
    sm_doubles_set_parameters(&o->doubles, x, true);
    const sm_double_pass pass = {SM_PROBABILITIES, *terms, o->n_max_shards,
                                 gradient ? add_losses_and_gradient : add_losses, o};
    const sm_status status = sum_shards(o, &pass, &n_shards);
    if (status != SM_OK)
        return status;
    sm_means sums = {0};
    const size_t n_classes = o->source.n_classes;
    const double n = (double)(terms->indices ? terms->n : o->source.n_samples);
    for (size_t i = 0; i < n_shards; i++) {
        sums.loss += o->shards[i].loss;
        sums.squares += o->shards[i].squares;
        n_correct += o->shards[i].n_correct;
        sm_add_scaled(n_classes, 1, o->shards[i].residuals, sums.residuals);
    }
    if (!isfinite(sums.loss) || !isfinite(sm_norm(n_classes, sums.residuals)))
        return SM_ERROR_NOT_FINITE;
    if (gradient)
        collect_gradient(o, n_shards, n, gradient);
    sums.loss /= n;
    sums.squares /= n;
    for (size_t k = 0; k < n_classes; k++)
        sums.residuals[k] /= n;
    sums.accuracy = (double)n_correct / n;
    *means = sums;
    return SM_OK;
}

sm_status sm_double_sum_classes(sm_objective *o)
{
    size_t n_shards;
    const double n = (double)o->source.n_samples;
    const sm_status status =
        sum_shards(o, &(sm_double_pass){SM_ROWS, {NULL, 0}, o->n_max_shards, add_classes, o}, &n_shards);
    if (status != SM_OK)
        return status;
    for (size_t i = 0; i < n_shards; i++) {
        const sm_lengths *squared = &o->shards[i].squared;
        o->lengths.mean_square += squared->mean_square / n;
        o->lengths.mean_square_z += squared->mean_square_z / n;
        o->lengths.longest = fmax(o->lengths.longest, sqrt(squared->longest));
        o->lengths.longest_z = fmax(o->lengths.longest_z, sqrt(squared->longest_z));
    }
    collect_gradient(o, n_shards, n, o->class_sums);
    return SM_OK;
}
