/* The sum over samples that is exact but for its last rounding. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "double_means.h"
#include "exact_means.h"
#include "support/data.h"
#include "support/objectives.h"
#include "support/suite.h"

/* Exact sums of products of doubles: a number as the sum of any number of others that do not overlap (Shewchuk 1997,
 * Adaptive precision floating-point arithmetic, section 2.4). */
enum { MAX_PARTS = 256 };
typedef struct exact {
    size_t n;
    double parts[MAX_PARTS]; /* by increasing magnitude */
} exact;

static void add(exact *sum, double b)
{
    size_t n = 0;
    for (size_t i = 0; i < sum->n; i++) {
        const double a = sum->parts[i], high = a + b, other = high - a;
        const double low = (a - (high - other)) + (b - other);
        if (low != 0)
            sum->parts[n++] = low;
        b = high;
    }
    ck_assert_uint_lt(n, MAX_PARTS);
    sum->parts[n++] = b;
    sum->n = n;
}

/* sum += a factor, whatever a's parts are. */
static void add_product(exact *sum, const exact *a, double factor)
{
    for (size_t i = 0; i < a->n; i++) {
        const double product = a->parts[i] * factor;
        add(sum, fma(a->parts[i], factor, -product));
        add(sum, product);
    }
}

/* How far a number times n is from an exact sum. */
static double distance(exact sum, double number, double n)
{
    const double product = number * n;
    add(&sum, -product);
    add(&sum, -fma(number, n, -product));
    double total = 0;
    for (size_t i = 0; i < sum.n; i++)
        total += sum.parts[i];
    return fabs(total);
}

/* What sm_exact_means promises to sum, of each sample: the computed probabilities, but for the most likely class, which
 * gets the rest to 1. */
typedef struct trial {
    data *d;
    sm_objective *o;
    exact *sums;        /* [K, D + 1] */
    double *magnitudes; /* [K, D + 1], sums of magnitudes */
    double unsure;
} trial;

/* residuals [K] = alpha - y */
static void find_residuals(size_t n_classes, size_t label, const double *probabilities, exact *residuals)
{
    size_t best = 0;
    for (size_t k = 0; k < n_classes; k++)
        best = probabilities[k] > probabilities[best] ? k : best;
    for (size_t k = 0; k < n_classes; k++) {
        residuals[k].n = 0;
        for (size_t j = 0; k == best && j < n_classes; j++)
            if (j != best)
                add(&residuals[k], -probabilities[j]);
        add(&residuals[k], k == best ? 1 : probabilities[k]);
        add(&residuals[k], k == label ? -1 : 0);
    }
}

/* sm_double_pass.visit; on one thread */
static void add_exactly(void *context, const sm_doubles *doubles, const sm_double_tile *tile)
{
    trial *t = context;
    const size_t n_classes = t->d->n_classes, n_features = t->d->n_features, n_columns = n_features + 1;
    const sm_double_workspace *w = tile->workspace;
    exact residuals[8];
    for (size_t i = 0; i < tile->n; i++) {
        find_residuals(n_classes, w->labels[i], w->probabilities + i * n_classes, residuals);
        for (size_t j = 0; j < n_classes * n_columns; j++) {
            const exact *r = &residuals[j / n_columns];
            const size_t at = i * doubles->shape.stride + j % n_columns;
            add_product(&t->sums[j], r, w->rows[at]);
            add_product(&t->sums[j], r, w->low_rows[at]);
            t->magnitudes[j] += fabs(r->parts[r->n - 1] * w->rows[at]);
        }
    }
}

static trial *trial_create(data *d, double size)
{
    trial *t = test_calloc(1, sizeof *t);
    const size_t n = d->n_classes * (d->n_features + 1);
    const sm_source source = data_source(d, SM_F64);
    sm_random random = {5};
    t->d = d;
    t->o = objective_create(&source, 1e-6, (sm_execution){1, NULL});
    t->sums = test_calloc(n, sizeof *t->sums);
    t->magnitudes = test_calloc(n, sizeof *t->magnitudes);
    random_fill(&random, -size, size, d->n_parameters, d->parameters);
    sm_doubles_set_parameters(&t->o->doubles, d->parameters, true);
    const sm_double_pass pass = {SM_PROBABILITIES, {NULL, 0}, 1, add_exactly, t};
    ck_assert_int_eq(sm_doubles_run(&t->o->doubles, &pass), SM_OK);
    return t;
}

static void trial_free(trial *t)
{
    free(t->magnitudes);
    free(t->sums);
    sm_objective_free(t->o);
    data_free(t->d);
    free(t);
}

/* Each mean is the nearest double to a sum that is off by no more than 1e-30 of the sum of magnitudes. */
static void check_means(trial *t)
{
    const data *d = t->d;
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    sm_means means;
    ck_assert_int_eq(sm_exact_means(t->o, d->parameters, &means, gradient), SM_OK);
    for (size_t j = 0; j < d->n_classes * (d->n_features + 1); j++) {
        const size_t k = j / (d->n_features + 1), i = j % (d->n_features + 1);
        const double mean = gradient[i < d->n_features ? k * d->n_features + i : d->n_classes * d->n_features + k];
        const double n = (double)d->n_samples, error = distance(t->sums[j], mean, n);
        ck_assert_double_le(error, 2.3e-16 * n * fabs(mean) + 1e-30 * t->magnitudes[j]);
    }
    free(gradient);
}

START_TEST(the_sum_is_exact_but_for_its_last_rounding)
{
    const double sizes[] = {1e-3, 1, 10, 100};
    for (size_t i = 0; i < 8; i++) {
        trial *t = trial_create(data_table(100 + 40 * i, 5, 2 + i % 4, 1e3, 0.2, i), sizes[i / 2]);
        check_means(t);
        trial_free(t);
    }
}
END_TEST

/* Samples in pairs of opposite residuals, whose sum is 0: each pair twice, far apart, with opposite features. */
START_TEST(sums_that_cancel_are_as_exact)
{
    data *d = data_table(400, 3, 2, 1e3, 0.5, 3);
    for (size_t n = 0; n < 200; n++) {
        for (size_t i = 0; i < 3; i++)
            d->features[(399 - n) * 3 + i] = -d->features[n * 3 + i];
        d->labels[399 - n] = 1 - d->labels[n];
    }
    trial *t = trial_create(d, 0);
    sm_random random = {1};
    for (size_t i = 0; i < 3; i++) {
        d->parameters[i] = random_between(&random, -3, 3);
        d->parameters[3 + i] = -d->parameters[i];
    }
    sm_doubles_set_parameters(&t->o->doubles, d->parameters, true);
    memset(t->sums, 0, 8 * sizeof *t->sums);
    memset(t->magnitudes, 0, 8 * sizeof *t->magnitudes);
    const sm_double_pass pass = {SM_PROBABILITIES, {NULL, 0}, 1, add_exactly, t};
    ck_assert_int_eq(sm_doubles_run(&t->o->doubles, &pass), SM_OK);
    check_means(t);
    trial_free(t);
}
END_TEST

/* Loss, squares and residuals are those of sm_double_means. */
START_TEST(other_means_agree_with_those_of_double_sums)
{
    data *d = data_table(200, 5, 4, 1e3, 0.2, 1);
    sm_objective *o = objective_of(d, SM_F64, 1e-6);
    double gradient[24], expected[24];
    sm_random random = {5};
    random_fill(&random, -1, 1, 24, d->parameters);
    sm_means means, plain;
    ck_assert_int_eq(sm_exact_means(o, d->parameters, &means, gradient), SM_OK);
    ck_assert_int_eq(sm_double_means(o, &(sm_terms){NULL, 0}, d->parameters, &plain, expected), SM_OK);
    ck_assert_double_eq_tol(means.loss, plain.loss, 1e-14);
    ck_assert_double_eq_tol(means.squares, plain.squares, 1e-14);
    for (size_t k = 0; k < 4; k++)
        ck_assert_double_eq_tol(means.residuals[k], plain.residuals[k], 1e-14);
    for (size_t i = 0; i < 24; i++)
        ck_assert_double_eq_tol(gradient[i], expected[i], 1e-14);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* A weight of 2 is a sample twice. */
START_TEST(samples_are_weighted)
{
    enum { N = 50 };
    data *d = data_table(N, 4, 3, 10, 0.2, 1);
    double weights[N], gradient[15], expected[15];
    for (size_t n = 0; n < N; n++)
        weights[n] = (double)(n % 3);
    sm_random random = {5};
    random_fill(&random, -1, 1, 15, d->parameters);
    sm_source source = data_source(d, SM_F64);
    source.weights = weights;
    sm_objective *o = objective_create(&source, 1e-6, (sm_execution){0});
    sm_means means, plain;
    ck_assert_int_eq(sm_exact_means(o, d->parameters, &means, gradient), SM_OK);
    ck_assert_int_eq(sm_double_means(o, &(sm_terms){NULL, 0}, d->parameters, &plain, expected), SM_OK);
    for (size_t i = 0; i < 15; i++)
        ck_assert_double_eq_tol(gradient[i], expected[i], 1e-14);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
    data *d = data_table(500, 5, 4, 1e3, 0.2, 1);
    const sm_source source = data_source(d, SM_F64);
    double gradient[24], expected[24];
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        sm_objective *o = objective_create(&source, 1e-6, (sm_execution){n_threads, NULL});
        sm_means means;
        ck_assert_int_eq(sm_exact_means(o, d->parameters, &means, n_threads == 1 ? expected : gradient), SM_OK);
        ck_assert_mem_eq(n_threads == 1 ? expected : gradient, expected, sizeof expected);
        sm_objective_free(o);
    }
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("exact_means", the_sum_is_exact_but_for_its_last_rounding, sums_that_cancel_are_as_exact,
                     other_means_agree_with_those_of_double_sums, samples_are_weighted,
                     threads_do_not_change_a_bit);
}
