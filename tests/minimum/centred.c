#include "centred.h"

#include <stdlib.h>

/* The largest power of two up to the root mean square of the values, or 1 if they are 0. */
static double find_unit(size_t n, const double *values)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(values[i]));
    if (largest == 0)
        return 1;
    for (size_t i = 0; i < n; i++)
        sum += values[i] / largest * (values[i] / largest);
    return ldexp(1, ilogb(largest * sqrt(sum / (double)n)));
}

static void centre_column(centred *c, size_t d)
{
    const size_t n = c->p->n_samples, stride = c->p->n_features;
    const double *values = c->p->values + d, first = *values;
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += (values[i * stride] - first) / (double)n;
    c->centres[d] = first + mean;
    for (size_t i = 0; i < n; i++)
        dd_set(c->columns, d * c->n_padded + i, dd_sum(values[i * stride], -c->centres[d]));
}

static void scale_column(centred *c, size_t d)
{
    const dd_array column = dd_from(c->columns, d * c->n_padded);
    c->units[d] = find_unit(c->p->n_samples, column.hi);
    for (size_t i = 0; i < c->p->n_samples; i++)
        dd_set(column, i, dd_scale(dd_get(column, i), 1 / c->units[d]));
    c->penalty[d] = c->p->l2 / c->units[d] / c->units[d];
}

static void average_classes(centred *c)
{
    for (size_t d = 0; d < c->n_columns; d++) {
        for (size_t n = 0; n < c->p->n_samples; n++) {
            const size_t i = c->p->labels[n] * c->n_columns + d;
            dd_set(c->class_means, i, dd_add(dd_get(c->class_means, i), dd_get(c->columns, d * c->n_padded + n)));
        }
        for (size_t i = d; i < c->p->n_classes * c->n_columns; i += c->n_columns)
            dd_set(c->class_means, i, dd_divide(dd_get(c->class_means, i), dd_of((double)c->p->n_samples)));
    }
}

centred *centred_allocate(const problem *p, size_t n_columns)
{
    centred *c = allocate(1, sizeof *c);
    c->p = p;
    c->n_padded = dd_padded(p->n_samples);
    c->n_columns = n_columns;
    c->columns = dd_allocate(n_columns * c->n_padded);
    c->centres = allocate(n_columns, sizeof *c->centres);
    c->units = allocate(n_columns, sizeof *c->units);
    c->penalty = allocate(n_columns, sizeof *c->penalty);
    c->class_means = dd_allocate(p->n_classes * n_columns);
    return c;
}

void centred_finish(centred *c)
{
    const size_t last = c->n_columns - 1;
    for (size_t d = 0; d < last; d++)
        scale_column(c, d);
    for (size_t n = 0; n < c->p->n_samples; n++)
        c->columns.hi[last * c->n_padded + n] = 1;
    c->units[last] = 1;
    average_classes(c);
}

centred *centred_create(const problem *p)
{
    centred *c = centred_allocate(p, p->n_features + 1);
    for (size_t d = 0; d < p->n_features; d++)
        centre_column(c, d);
    centred_finish(c);
    return c;
}

void centred_free(centred *c)
{
    if (!c)
        return;
    dd_free(c->class_means);
    free(c->penalty);
    free(c->units);
    free(c->centres);
    dd_free(c->columns);
    free(c);
}

point *point_create(const centred *c)
{
    point *at = allocate(1, sizeof *at);
    const size_t n_parameters = c->p->n_classes * c->n_columns, n_scores = c->p->n_classes * c->n_padded;
    at->x = dd_allocate(n_parameters);
    at->gradient = dd_allocate(n_parameters);
    at->scores = dd_allocate(n_scores);
    at->probabilities = dd_allocate(n_scores);
    at->complements = dd_allocate(n_scores);
    return at;
}

void point_free(point *at)
{
    if (!at)
        return;
    dd_free(at->complements);
    dd_free(at->probabilities);
    dd_free(at->scores);
    dd_free(at->gradient);
    dd_free(at->x);
    free(at);
}

void point_set(const centred *c, point *at, const double *weights_and_biases)
{
    const size_t n_features = c->p->n_features, n_classes = c->p->n_classes;
    const double *biases = weights_and_biases + n_classes * n_features;
    for (size_t k = 0; k < n_classes; k++) {
        dd bias = dd_of(biases[k]);
        for (size_t d = 0; d < n_features; d++) {
            const double weight = weights_and_biases[k * n_features + d];
            dd_set(at->x, k * c->n_columns + d, dd_of(weight * c->units[d]));
            bias = dd_add(bias, dd_product(weight, c->centres[d]));
        }
        dd_set(at->x, k * c->n_columns + n_features, bias);
    }
}

/* The scores of class k of a block of samples. */
static void compute_scores(const centred *c, point *at, size_t k, size_t first)
{
    const dd_array scores = dd_from(at->scores, k * c->n_padded + first);
    for (size_t i = 0; i < DD_LANES; i++)
        dd_set(scores, i, dd_of(0));
    for (size_t d = 0; d < c->n_columns; d++)
        dd_add_scaled(DD_LANES, dd_get(at->x, k * c->n_columns + d), dd_from(c->columns, d * c->n_padded + first),
                      scores);
}

/* The class with the highest score for sample n. */
static size_t find_highest(const centred *c, const point *at, size_t n)
{
    size_t highest = 0;
    for (size_t k = 1; k < c->p->n_classes; k++)
        if (at->scores.hi[k * c->n_padded + n] > at->scores.hi[highest * c->n_padded + n])
            highest = k;
    return highest;
}

/* probabilities = exp(score - highest score), in a block of samples. */
static void compute_powers(const centred *c, point *at, size_t first, const size_t *highest)
{
    double hi[DD_LANES], lo[DD_LANES];
    for (size_t i = 0; i < DD_LANES; i++) {
        const dd score = dd_get(at->scores, highest[i] * c->n_padded + first + i);
        hi[i] = score.hi;
        lo[i] = score.lo;
    }
    for (size_t k = 0; k < c->p->n_classes; k++) {
        const dd_array a = dd_from(at->scores, k * c->n_padded + first);
        const dd_array power = dd_from(at->probabilities, k * c->n_padded + first);
#pragma omp simd
        for (size_t i = 0; i < DD_LANES; i++) {
            const dd result = dd_exp(dd_subtract((dd){a.hi[i], a.lo[i]}, (dd){hi[i], lo[i]}));
            power.hi[i] = result.hi;
            power.lo[i] = result.lo;
        }
    }
}

/* The loss of sample n, from its powers, which are replaced by probabilities. */
static dd finish_sample(const centred *c, point *at, size_t n, size_t highest)
{
    const size_t n_classes = c->p->n_classes, stride = c->n_padded, label = c->p->labels[n];
    dd others = dd_of(0);
    for (size_t k = 0; k < n_classes; k++)
        if (k != highest)
            others = dd_add(others, dd_get(at->probabilities, k * stride + n));
    const dd reciprocal = dd_divide(dd_of(1), dd_add(dd_of(1), others));
    for (size_t k = 0; k < n_classes; k++) {
        const size_t i = k * stride + n;
        const dd probability = k == highest ? reciprocal : dd_multiply(dd_get(at->probabilities, i), reciprocal);
        dd_set(at->probabilities, i, probability);
        dd_set(at->complements, i,
               k == highest ? dd_multiply(others, reciprocal) : dd_subtract(dd_of(1), probability));
    }
    const dd margin = dd_subtract(dd_get(at->scores, highest * stride + n), dd_get(at->scores, label * stride + n));
    return dd_add(label == highest ? dd_of(0) : margin, dd_log1p(others));
}

/* Scores, probabilities, and the sum of the losses. */
static dd visit_samples(const centred *c, point *at)
{
    const size_t n_samples = c->p->n_samples;
    dd sum = dd_of(0);
    for (size_t first = 0; first < n_samples; first += DD_LANES) {
        size_t highest[DD_LANES];
        for (size_t k = 0; k < c->p->n_classes; k++)
            compute_scores(c, at, k, first);
        for (size_t i = 0; i < DD_LANES; i++)
            highest[i] = find_highest(c, at, first + i);
        compute_powers(c, at, first, highest);
        for (size_t i = 0; i < DD_LANES && first + i < n_samples; i++)
            sum = dd_add(sum, finish_sample(c, at, first + i, highest[i]));
    }
    return sum;
}

/* The gradient of the mean loss, (1/N) sum_n (S_n - y_n) z_n'. */
static void compute_gradient(const centred *c, point *at)
{
    const size_t n_samples = c->p->n_samples;
    const dd_array residuals = dd_allocate(c->n_padded);
    for (size_t k = 0; k < c->p->n_classes; k++) {
        for (size_t n = 0; n < n_samples; n++) {
            const size_t i = k * c->n_padded + n;
            dd_set(residuals, n,
                   c->p->labels[n] == k ? dd_negative(dd_get(at->complements, i)) : dd_get(at->probabilities, i));
        }
        for (size_t d = 0; d < c->n_columns; d++)
            dd_set(at->gradient, k * c->n_columns + d,
                   dd_divide(dd_dot(c->n_padded, residuals, dd_from(c->columns, d * c->n_padded)),
                             dd_of((double)n_samples)));
    }
    dd_free(residuals);
}

/* (1/2) sum_d penalty_d ||V_d||^2 */
static dd compute_penalty(const centred *c, const point *at)
{
    dd sum = dd_of(0);
    for (size_t i = 0; i < c->p->n_classes * c->n_columns; i++) {
        const dd x = dd_get(at->x, i);
        sum = dd_add(sum, dd_multiply(dd_of(c->penalty[i % c->n_columns] / 2), dd_multiply(x, x)));
    }
    return sum;
}

/* <gradient of the mean loss, x> */
static dd compute_slope(const centred *c, const point *at)
{
    dd sum = dd_of(0);
    for (size_t i = 0; i < c->p->n_classes * c->n_columns; i++)
        sum = dd_add(sum, dd_multiply(dd_get(at->gradient, i), dd_get(at->x, i)));
    return sum;
}

/* The mixture of the probabilities S_n, of mean s, with a distribution q that has the labels' mean c as its mean:
 * (1 - e) S_n + e q with q = s + (c - s) / e, for the least e that leaves no q_k negative. Returns e. */
static dd mix(const centred *c, const point *at, dd_array q)
{
    const size_t n_classes = c->p->n_classes, last = c->n_columns - 1;
    dd e = dd_of(0);
    for (size_t k = 0; k < n_classes; k++) {
        const dd excess = dd_get(at->gradient, k * c->n_columns + last);
        const dd mean = dd_add(dd_get(c->class_means, k * c->n_columns + last), excess);
        const dd share = dd_divide(excess, mean);
        e = excess.hi > 0 && share.hi > e.hi ? share : e;
        dd_set(q, k, mean);
    }
    for (size_t k = 0; e.hi > 0 && k < n_classes; k++) {
        const dd excess = dd_get(at->gradient, k * c->n_columns + last);
        const dd share = dd_subtract(dd_get(q, k), dd_divide(excess, e));
        dd_set(q, k, share.hi > 0 ? share : dd_of(0));
    }
    return e;
}

/* sum_d ||M_d||^2 / (2 penalty_d), where M = mean (alpha_n - y_n) z_n' for the mixture alpha. */
static dd compute_dual_penalty(const centred *c, const point *at, dd e, dd_array q)
{
    dd sum = dd_of(0);
    for (size_t d = 0; d + 1 < c->n_columns; d++) {
        dd mean = dd_of(0);
        for (size_t k = 0; k < c->p->n_classes; k++)
            mean = dd_add(mean, dd_get(c->class_means, k * c->n_columns + d));
        for (size_t k = 0; k < c->p->n_classes; k++) {
            const size_t i = k * c->n_columns + d;
            const dd of_s = dd_get(at->gradient, i);
            const dd of_q = dd_subtract(dd_multiply(dd_get(q, k), mean), dd_get(c->class_means, i));
            const dd M = dd_add(of_s, dd_multiply(e, dd_subtract(of_q, of_s)));
            sum = dd_add(sum, dd_divide(dd_multiply(M, M), dd_of(2 * c->penalty[d])));
        }
    }
    return sum;
}

/* The dual value of the mixture alpha, mean H(alpha_n) - sum_d ||M_d||^2 / (2 penalty_d), where the mean entropy is at
 * least (1 - e) mean H(S_n) + e H(q), and mean H(S_n) = mean loss - <gradient of the mean loss, x>. */
static dd compute_bound(const centred *c, const point *at, dd mean_loss)
{
    const dd_array q = dd_allocate(c->p->n_classes);
    const dd e = mix(c, at, q);
    const dd entropy = dd_subtract(mean_loss, compute_slope(c, at));
    double entropy_of_q = 0; /* in double, with a margin: e is small where it matters */
    for (size_t k = 0; k < c->p->n_classes; k++)
        entropy_of_q -= q.hi[k] > 0 ? q.hi[k] * log(q.hi[k]) : 0;
    const dd gain = dd_subtract(dd_of(entropy_of_q * (1 - 1e-13)), entropy);
    const dd mixed = dd_add(entropy, dd_multiply(e, gain));
    const dd bound = dd_subtract(mixed, compute_dual_penalty(c, at, e, q));
    dd_free(q);
    return bound;
}

void point_evaluate(const centred *c, point *at)
{
    const dd mean_loss = dd_divide(visit_samples(c, at), dd_of((double)c->p->n_samples));
    compute_gradient(c, at);
    at->value = dd_add(mean_loss, compute_penalty(c, at));
    at->bound = compute_bound(c, at, mean_loss);
}

dd point_gradient(const centred *c, const point *at, size_t i)
{
    return dd_add(dd_get(at->gradient, i), dd_multiply(dd_of(c->penalty[i % c->n_columns]), dd_get(at->x, i)));
}
