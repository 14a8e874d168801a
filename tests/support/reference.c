#include "support/reference.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/data.h"

/* The problem for features z = (x - mean) / size, with one more that is always 1, and V [K, D + 1]. */
typedef struct design {
    const sm_batch *batch;
    size_t n_columns, n_parameters;             /* D + 1 and K (D + 1) */
    long double *mean, *size;                   /* [D + 1], 0 and 1 for the last */
    long double *z;                             /* [N, D + 1] */
    long double *penalty;                       /* [D + 1]: l2 / size^2, 0 for the last */
    long double *log_probabilities, *residuals; /* [N, K]: log S and S - y, of the point evaluated last */
} design;

static design design_create(const sm_batch *batch, double l2)
{
    const size_t n_features = batch->n_features, n_columns = n_features + 1, n_samples = batch->n_samples;
    const size_t n_scores = n_samples * batch->n_classes;
    design d = {.batch = batch,
                .n_columns = n_columns,
                .n_parameters = batch->n_classes * n_columns,
                .mean = test_calloc(n_columns, sizeof *d.mean),
                .size = test_calloc(n_columns, sizeof *d.size),
                .z = test_calloc(n_samples * n_columns, sizeof *d.z),
                .penalty = test_calloc(n_columns, sizeof *d.penalty),
                .log_probabilities = test_calloc(n_scores, sizeof *d.log_probabilities),
                .residuals = test_calloc(n_scores, sizeof *d.residuals)};
    for (size_t i = 0; i < n_columns; i++) {
        for (size_t n = 0; n < n_samples; n++) {
            d.z[n * n_columns + i] = i < n_features ? (long double)batch->features[n * n_features + i] : 1;
            d.mean[i] += i < n_features ? d.z[n * n_columns + i] / (long double)n_samples : 0;
        }
        for (size_t n = 0; n < n_samples; n++) {
            d.z[n * n_columns + i] -= d.mean[i];
            d.size[i] = fmaxl(d.size[i], fabsl(d.z[n * n_columns + i]));
        }
        d.size[i] = d.size[i] > 0 ? d.size[i] : 1;
        for (size_t n = 0; n < n_samples; n++)
            d.z[n * n_columns + i] /= d.size[i];
        d.penalty[i] = i < n_features ? (long double)l2 / d.size[i] / d.size[i] : 0;
    }
    return d;
}

static void design_destroy(design *d)
{
    free(d->residuals);
    free(d->log_probabilities);
    free(d->penalty);
    free(d->z);
    free(d->size);
    free(d->mean);
}

/* The loss of sample n, by sums in which nothing cancels. */
static long double evaluate_sample(design *d, const long double *v, size_t n)
{
    const size_t n_classes = d->batch->n_classes, label = d->batch->labels[n];
    long double *scores = d->log_probabilities + n * n_classes, *residuals = d->residuals + n * n_classes;
    size_t best = 0;
    for (size_t k = 0; k < n_classes; k++) {
        scores[k] = 0;
        for (size_t i = 0; i < d->n_columns; i++)
            scores[k] += v[k * d->n_columns + i] * d->z[n * d->n_columns + i];
        best = scores[k] > scores[best] ? k : best;
    }
    const long double max = scores[best];
    long double rest = 0, others = 0;
    for (size_t k = 0; k < n_classes; k++) {
        residuals[k] = expl(scores[k] - max);
        rest += k == best ? 0 : residuals[k];
        others += k == label ? 0 : residuals[k];
    }
    for (size_t k = 0; k < n_classes; k++) {
        residuals[k] = (k == label ? -others : residuals[k]) / (1 + rest);
        scores[k] = scores[k] - max - log1pl(rest);
    }
    return -scores[label];
}

static long double evaluate(design *d, const long double *v)
{
    long double sum = 0, penalty = 0;
    for (size_t n = 0; n < d->batch->n_samples; n++)
        sum += evaluate_sample(d, v, n);
    for (size_t j = 0; j < d->n_parameters; j++)
        penalty += d->penalty[j % d->n_columns] * v[j] * v[j];
    return sum / (long double)d->batch->n_samples + penalty / 2;
}

/* gradient [K, D + 1] at the point v that was evaluated last. */
static void find_gradient(const design *d, const long double *v, long double *gradient)
{
    const size_t n_classes = d->batch->n_classes;
    for (size_t j = 0; j < d->n_parameters; j++) {
        const size_t k = j / d->n_columns, i = j % d->n_columns;
        gradient[j] = d->penalty[i] * v[j];
        for (size_t n = 0; n < d->batch->n_samples; n++)
            gradient[j] +=
                d->residuals[n * n_classes + k] * d->z[n * d->n_columns + i] / (long double)d->batch->n_samples;
    }
}

/* The e of reference_at, and q [K]. */
static long double find_mixture(const design *d, const long double *gradient, long double *q)
{
    const size_t n_classes = d->batch->n_classes, n_samples = d->batch->n_samples;
    long double e = 0, c[SM_MAX_CLASSES] = {0};
    for (size_t n = 0; n < n_samples; n++)
        c[d->batch->labels[n]] += 1 / (long double)n_samples;
    for (size_t k = 0; k < n_classes; k++) {
        const long double excess = gradient[(k + 1) * d->n_columns - 1];
        e = fmaxl(e, excess > 0 ? excess / (c[k] + excess) : 0);
    }
    for (size_t k = 0; k < n_classes; k++) {
        const long double excess = gradient[(k + 1) * d->n_columns - 1];
        q[k] = e > 0 ? fmaxl(c[k] + excess - excess / e, 0) : 0;
    }
    return e;
}

/* At the point v that was evaluated last. */
static long double find_gap(const design *d, const long double *v)
{
    const size_t n_classes = d->batch->n_classes, n_samples = d->batch->n_samples;
    long double *gradient = test_calloc(d->n_parameters, sizeof *gradient), q[SM_MAX_CLASSES];
    find_gradient(d, v, gradient);
    const long double e = find_mixture(d, gradient, q);
    long double divergence = 0, square = 0;
    for (size_t i = 0; e > 0 && i < n_samples * n_classes; i++) {
        const size_t n = i / n_classes, k = i % n_classes;
        const long double q_k = q[k], log_p = d->log_probabilities[i];
        divergence += q_k > 0 ? q_k * (logl(q_k) - log_p) / (long double)n_samples : 0;
        for (size_t j = 0; j < d->n_columns; j++)
            gradient[k * d->n_columns + j] +=
                e * (q_k - expl(log_p)) * d->z[n * d->n_columns + j] / (long double)n_samples;
    }
    for (size_t j = 0; j < d->n_parameters; j++)
        square +=
            d->penalty[j % d->n_columns] > 0 ? gradient[j] * gradient[j] / (2 * d->penalty[j % d->n_columns]) : 0;
    free(gradient);
    return e * divergence + square;
}

reference_point reference_at(const sm_batch *batch, double l2, const long double *parameters)
{
    design d = design_create(batch, l2);
    long double *v = test_calloc(d.n_parameters, sizeof *v);
    for (size_t k = 0; k < batch->n_classes; k++) {
        long double *bias = v + (k + 1) * d.n_columns - 1;
        *bias = parameters[batch->n_classes * batch->n_features + k];
        for (size_t i = 0; i < batch->n_features; i++) {
            const long double weight = parameters[k * batch->n_features + i];
            v[k * d.n_columns + i] = weight * d.size[i];
            *bias += weight * d.mean[i];
        }
    }
    const long double value = evaluate(&d, v);
    const reference_point point = {value, find_gap(&d, v)};
    free(v);
    design_destroy(&d);
    return point;
}

/* The Hessian [K (D + 1), K (D + 1)] at the point evaluated last. F does not change where all biases change alike, so that
 * the Hessian gets a curvature there, where the gradient has no component. */
static void find_hessian(const design *d, long double *hessian)
{
    const size_t n = d->n_parameters, n_columns = d->n_columns, n_classes = d->batch->n_classes;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            const size_t k = a / n_columns, i = a % n_columns, j = b / n_columns, h = b % n_columns;
            long double sum = 0;
            for (size_t m = 0; m < d->batch->n_samples; m++) {
                const long double *r = d->residuals + m * n_classes, *z = d->z + m * n_columns;
                const size_t label = d->batch->labels[m];
                const long double p = (k == label) + r[k], other = (j == label) + r[j];
                const long double complement = (k != label) - r[k];
                sum += (k == j ? p * complement : -p * other) * z[i] * z[h];
            }
            hessian[a * n + b] = sum / (long double)d->batch->n_samples + (a == b ? d->penalty[i] : 0);
        }
    }
    for (size_t k = 0; k < n_classes; k++)
        for (size_t j = 0; j < n_classes; j++)
            hessian[((k + 1) * n_columns - 1) * n + (j + 1) * n_columns - 1] += 1e-6L;
}

/* Solves H x = vector by Gaussian elimination, which a positive definite matrix allows without pivoting. */
static void eliminate(size_t n, long double *matrix, long double *vector)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            const long double factor = matrix[j * n + i] / matrix[i * n + i];
            for (size_t k = i; k < n; k++)
                matrix[j * n + k] -= factor * matrix[i * n + k];
            vector[j] -= factor * vector[i];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            vector[i] -= matrix[i * n + k] * vector[k];
        vector[i] /= matrix[i * n + i];
    }
}

/* Moves v along minus the direction, as far as that lowers F sufficiently; false if it does not. */
static bool descend(design *d, const long double *gradient, const long double *direction, long double *v,
                    long double *value)
{
    const size_t n = d->n_parameters;
    long double slope = 0, *start = test_calloc(n, sizeof *start);
    for (size_t j = 0; j < n; j++)
        slope += gradient[j] * direction[j];
    memcpy(start, v, n * sizeof *v);
    bool is_lower = false;
    for (long double step = 1; step > 1e-9L && !is_lower; step /= 2) {
        for (size_t j = 0; j < n; j++)
            v[j] = start[j] - step * direction[j];
        const long double next = evaluate(d, v);
        is_lower = next < *value - 1e-4L * step * slope;
        *value = is_lower ? next : *value;
    }
    if (!is_lower)
        memcpy(v, start, n * sizeof *v);
    free(start);
    return is_lower;
}

reference_point reference_minimise(const sm_batch *batch, double l2)
{
    design d = design_create(batch, l2);
    const size_t n = d.n_parameters;
    long double *v = test_calloc(n, sizeof *v), *gradient = test_calloc(n, sizeof *gradient);
    long double *direction = test_calloc(n, sizeof *direction), *hessian = test_calloc(n * n, sizeof *hessian);
    long double value = evaluate(&d, v);
    bool is_lower = true;
    for (size_t i = 0; i < 200 && is_lower; i++) {
        find_gradient(&d, v, gradient);
        memcpy(direction, gradient, n * sizeof *direction);
        find_hessian(&d, hessian);
        eliminate(n, hessian, direction);
        is_lower = descend(&d, gradient, direction, v, &value);
    }
    for (size_t j = 0; j < n; j++) /* the last step changes F by less than its rounding, but the gradient */
        v[j] -= direction[j];
    value = evaluate(&d, v);
    const reference_point point = {value, find_gap(&d, v)};
    free(hessian);
    free(direction);
    free(gradient);
    free(v);
    design_destroy(&d);
    return point;
}
