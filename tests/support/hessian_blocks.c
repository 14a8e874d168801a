#include "support/hessian_blocks.h"

#include <math.h>
#include <stdlib.h>

#include "support/suite.h"

/* As defined in hessian.h. */
static const double RIDGE = 0.04;

/* The index of the parameter of class k and feature i (D for the bias). */
static size_t index_of(const data *d, size_t k, size_t i)
{
    return i < d->n_features ? k * d->n_features + i : d->n_classes * d->n_features + k;
}

/* The block of class k, [D + 1, D + 1]. */
static double *block_of(const data *d, const double *probabilities, double l2, size_t k)
{
    const size_t n = d->n_features + 1;
    double *block = test_calloc(n * n, sizeof *block), trace = 0;
    for (size_t sample = 0; sample < d->n_samples; sample++) {
        const double p = probabilities[sample * d->n_classes + k], v = p * (1 - p) / (double)d->n_samples;
        const double *x = d->features + sample * d->n_features;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                block[i * n + j] += v * (i < d->n_features ? x[i] : 1) * (j < d->n_features ? x[j] : 1);
    }
    for (size_t i = 0; i < n; i++)
        trace += block[i * n + i];
    for (size_t i = 0; i < n; i++)
        block[i * n + i] += RIDGE * trace / (double)n + (i < d->n_features ? l2 : 0);
    return block;
}

/* Replaces vector by the solution x of matrix x = vector; a positive definite matrix needs no pivoting. */
static void eliminate(size_t n, double *matrix, double *vector)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t i = k + 1; i < n; i++) {
            const double factor = matrix[i * n + k] / matrix[k * n + k];
            for (size_t j = k; j < n; j++)
                matrix[i * n + j] -= factor * matrix[k * n + j];
            vector[i] -= factor * vector[k];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++)
            vector[i] -= matrix[i * n + j] * vector[j];
        vector[i] /= matrix[i * n + i];
    }
}

double *hessian_solution(const data *d, double l2, const double *gradient)
{
    const size_t n = d->n_features + 1, n_classes = d->n_classes;
    const sm_batch batch = data_batch(d);
    double *p = test_calloc(d->n_samples * n_classes, sizeof *p), *vector = test_calloc(n, sizeof *vector);
    double *direction = test_calloc(d->n_parameters, sizeof *direction);
    sm_batch_scores(&batch, d->parameters, p);
    for (size_t sample = 0; sample < d->n_samples; sample++)
        sm_softmax(n_classes, p + sample * n_classes, p + sample * n_classes);
    for (size_t k = 0; k < n_classes; k++) {
        double *block = block_of(d, p, l2, k);
        for (size_t i = 0; i < n; i++)
            vector[i] = gradient[index_of(d, k, i)];
        eliminate(n, block, vector);
        for (size_t i = 0; i < n; i++)
            direction[index_of(d, k, i)] = vector[i];
        free(block);
    }
    free(vector);
    free(p);
    return direction;
}

static double norm_of(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

void check_direction(const data *d, const double *direction, const double *expected, double precision)
{
    const size_t n_weights = d->n_classes * d->n_features;
    double *difference = test_calloc(d->n_parameters, sizeof *difference);
    for (size_t i = 0; i < d->n_parameters; i++)
        difference[i] = direction[i] - expected[i];
    ck_assert_double_le(norm_of(n_weights, difference), precision * norm_of(n_weights, expected));
    ck_assert_double_le(norm_of(d->n_classes, difference + n_weights),
                        precision * norm_of(d->n_classes, expected + n_weights));
    free(difference);
}
