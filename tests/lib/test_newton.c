/* The Hessian in double precision, in blocks or coupled, against its definition. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "coordinates.h"
#include "doubles.h"
#include "newton.h"
#include "support/data.h"
#include "support/suite.h"

/* Variances are kept as floats. */
static const double PRECISION = 1e-6;

/* Samples as they are: the coordinates are those of the parameters. */
typedef struct trial {
    data *d;
    sm_coordinates coordinates;
    sm_doubles doubles;
    double *penalty;       /* [D] */
    double *probabilities; /* [N, K] */
    double *gradient;      /* [K * (D + 1)], of F; its sum over classes is that of the penalty */
} trial;

static trial *trial_create(data *d, const double *weights, sm_execution execution)
{
    trial *t = test_calloc(1, sizeof *t);
    sm_source source = data_source(d, SM_F64);
    source.weights = weights;
    t->d = d;
    ck_assert(sm_coordinates_create(d->n_features, d->n_classes, &t->coordinates));
    ck_assert_int_eq(sm_doubles_create(&source, &execution, &t->coordinates, true, &t->doubles), SM_OK);
    sm_doubles_set_parameters(&t->doubles, d->parameters, true);
    t->penalty = test_calloc(d->n_features, sizeof *t->penalty);
    t->probabilities = test_calloc(d->n_samples * d->n_classes, sizeof *t->probabilities);
    t->gradient = test_calloc(d->n_parameters, sizeof *t->gradient);
    for (size_t i = 0; i < d->n_features; i++)
        t->penalty[i] = 0.01 * (double)(i + 1);
    const sm_batch batch = data_batch(d);
    sm_batch_scores(&batch, d->parameters, t->probabilities);
    for (size_t n = 0; n < d->n_samples; n++)
        sm_softmax(d->n_classes, t->probabilities + n * d->n_classes, t->probabilities + n * d->n_classes);
    (void)sm_batch_objective(&batch, 0, d->parameters, t->gradient);
    for (size_t i = 0; i < d->n_classes * d->n_features; i++)
        t->gradient[i] += t->penalty[i % d->n_features] * d->parameters[i];
    return t;
}

static void trial_free(trial *t)
{
    free(t->gradient);
    free(t->probabilities);
    free(t->penalty);
    sm_doubles_destroy(&t->doubles);
    sm_coordinates_destroy(&t->coordinates);
    data_free(t->d);
    free(t);
}

/* The direction of a preconditioner made at the trial's point. */
static double *direction_of(const trial *t, bool is_coupled)
{
    sm_newton newton;
    double *direction = test_calloc(t->d->n_parameters, sizeof *direction);
    ck_assert_int_eq(sm_newton_create(&t->doubles, t->penalty, is_coupled, &newton), SM_OK);
    sm_newton_solve(&newton, t->gradient, direction);
    sm_newton_destroy(&newton);
    return direction;
}

static size_t index_of(const data *d, size_t k, size_t i)
{
    return i < d->n_features ? k * d->n_features + i : d->n_classes * d->n_features + k;
}

static double feature_of(const data *d, size_t n, size_t i)
{
    return i < d->n_features ? d->features[n * d->n_features + i] : 1;
}

/* (1/N) sum_n v z_i z_j, v = p_k (1 - p_k) if k and l are the same class, and - p_k p_l otherwise. */
static double element(const trial *t, size_t k, size_t l, size_t i, size_t j)
{
    const data *d = t->d;
    double sum = 0;
    for (size_t n = 0; n < d->n_samples; n++) {
        const double *p = t->probabilities + n * d->n_classes;
        sum += p[k] * ((k == l) - p[l]) * feature_of(d, n, i) * feature_of(d, n, j);
    }
    return sum / (double)d->n_samples + (k == l && i == j && i < d->n_features ? t->penalty[i] : 0);
}

static double norm_of(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

static double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Where all classes move alike, only the penalty counts. */
static double common_of(const trial *t, size_t i)
{
    double sum = 0;
    for (size_t k = 0; k < t->d->n_classes; k++)
        sum += t->gradient[index_of(t->d, k, i)] / (double)t->d->n_classes;
    return i < t->d->n_features && t->penalty[i] > 0 ? sum / t->penalty[i] : 0;
}

static void check_common(const trial *t, const double *direction)
{
    const data *d = t->d;
    for (size_t i = 0; i <= d->n_features; i++) {
        const double common = common_of(t, i);
        double sum = 0;
        for (size_t k = 0; k < d->n_classes; k++)
            sum += direction[index_of(d, k, i)] - common;
        ck_assert_double_le(fabs(sum), 1e-12 * norm_of(d->n_parameters, direction));
    }
}

/* H direction = gradient for the whole Hessian. */
static void check_coupled(const trial *t)
{
    const data *d = t->d;
    double *direction = direction_of(t, true);
    for (size_t a = 0; a < d->n_parameters; a++) {
        const size_t k = a / (d->n_features + 1), i = a % (d->n_features + 1);
        double product = 0;
        for (size_t l = 0; l < d->n_classes; l++)
            for (size_t j = 0; j <= d->n_features; j++)
                product += element(t, k, l, i, j) * direction[index_of(d, l, j)];
        ck_assert_double_eq_tol(product, t->gradient[index_of(d, k, i)],
                                1e-9 * norm_of(d->n_parameters, t->gradient));
    }
    check_common(t, direction);
    free(direction);
}

/* Solves H_k x = gradient_k by Gaussian elimination. */
static void solve_block(const trial *t, size_t k, double *x)
{
    const size_t n = t->d->n_features + 1, n_classes = t->d->n_classes;
    const double factor = n_classes > 1 ? (double)n_classes / ((double)n_classes - 1) : 1;
    double *matrix = test_calloc(n * n, sizeof *matrix);
    for (size_t i = 0; i < n; i++) {
        x[i] = t->gradient[index_of(t->d, k, i)];
        for (size_t j = 0; j < n; j++) {
            const double penalty = i == j && i < t->d->n_features ? t->penalty[i] : 0;
            matrix[i * n + j] = factor * (element(t, k, k, i, j) - penalty) + penalty;
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const double share = matrix[j * n + i] / matrix[i * n + i];
            for (size_t l = i; l < n; l++)
                matrix[j * n + l] -= share * matrix[i * n + l];
            x[j] -= share * x[i];
        }
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; j++)
            x[i] -= matrix[i * n + j] * x[j];
        x[i] /= matrix[i * n + i];
    }
    free(matrix);
}

/* The directions of all classes, less their mean, and the common one. */
static double *expected_direction(const trial *t)
{
    const data *d = t->d;
    const size_t n = d->n_features + 1;
    double *expected = test_calloc(d->n_parameters, sizeof *expected), *block = test_calloc(n, sizeof *block);
    double *mean = test_calloc(n, sizeof *mean);
    for (size_t k = 0; k < d->n_classes; k++) {
        solve_block(t, k, block);
        for (size_t i = 0; i < n; i++) {
            expected[index_of(d, k, i)] = block[i];
            mean[i] += block[i] / (double)d->n_classes;
        }
    }
    for (size_t k = 0; k < d->n_classes; k++)
        for (size_t i = 0; i < n; i++)
            expected[index_of(d, k, i)] += common_of(t, i) - mean[i];
    free(mean);
    free(block);
    return expected;
}

static void check_blocks(const trial *t, double precision)
{
    const size_t n = t->d->n_parameters;
    double *direction = direction_of(t, false), *expected = expected_direction(t);
    check_common(t, direction);
    for (size_t i = 0; i < n; i++)
        expected[i] -= direction[i];
    ck_assert_double_le(norm_of(n, expected), precision * norm_of(n, direction));
    free(expected);
    free(direction);
}

START_TEST(blocks_and_coupled_agree_with_the_definition)
{
    const size_t sizes[][3] = {{2, 1, 2},    {5, 1, 2},   {30, 7, 2}, {33, 8, 3},
                               {100, 15, 4}, {40, 3, 11}, {17, 31, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        trial *t = trial_create(data_random(sizes[i][0], sizes[i][1], sizes[i][2], i), NULL, (sm_execution){0});
        check_coupled(t);
        check_blocks(t, PRECISION);
        trial_free(t);
    }
}
END_TEST

/* With one class there is only the penalty. */
START_TEST(a_single_class_has_the_common_direction)
{
    for (size_t i = 0; i < 2; i++) {
        trial *t = trial_create(data_random(9, 4, 1, 1), NULL, (sm_execution){0});
        double *direction = direction_of(t, i == 1);
        for (size_t j = 0; j < 5; j++)
            ck_assert_double_eq_tol(direction[j], j < 4 ? t->d->parameters[j] : 0, 1e-12);
        free(direction);
        trial_free(t);
    }
}
END_TEST

/* For two classes, the blocks are the Hessian where the classes move in opposite directions, as the loss does. */
START_TEST(for_two_classes_both_are_the_same)
{
    trial *t = trial_create(data_random(50, 6, 2, 3), NULL, (sm_execution){0});
    double *blocks = direction_of(t, false), *coupled = direction_of(t, true);
    for (size_t i = 0; i < 14; i++)
        ck_assert_double_eq_tol(blocks[i], coupled[i], PRECISION * norm_of(14, coupled));
    free(coupled);
    free(blocks);
    trial_free(t);
}
END_TEST

/* More samples than are summed: those that are drawn stand for the others. */
START_TEST(drawn_samples_are_near_the_definition)
{
    trial *t = trial_create(data_random(6000, 5, 3, 1), NULL, (sm_execution){0});
    check_blocks(t, 0.1);
    trial_free(t);
}
END_TEST

/* Columns that are constant, 0, or the same as others, with and without a penalty: a direction, and downhill. */
START_TEST(dependent_columns_do_no_harm)
{
    for (size_t i = 0; i < 8; i++) {
        data *d = data_random(40, 8, 3, 5);
        for (size_t n = 0; n < 40; n++) {
            double *row = d->features + n * 8;
            row[1] = row[0];
            row[2] = i % 2 ? 1 : 0;
            row[3] = row[4] + row[5];
            row[6] = 1e-9 * row[7];
        }
        trial *t = trial_create(d, NULL, (sm_execution){0});
        for (size_t j = 0; j < 8; j++)
            t->penalty[j] = i / 4 ? 0 : 1e-15;
        double *direction = direction_of(t, i / 2 % 2);
        const double slope = dot(27, t->gradient, direction);
        ck_assert(isfinite(norm_of(27, direction)));
        ck_assert_double_gt(slope, 0);
        check_common(t, direction);
        free(direction);
        trial_free(t);
    }
}
END_TEST

/* Weights that are all alike count as none. */
START_TEST(only_the_ratio_of_sample_weights_matters)
{
    double weights[40];
    for (size_t n = 0; n < 40; n++)
        weights[n] = 1024;
    for (size_t i = 0; i < 2; i++) {
        trial *with = trial_create(data_random(40, 7, 3, 5), weights, (sm_execution){0});
        trial *without = trial_create(data_random(40, 7, 3, 5), NULL, (sm_execution){0});
        double *found = direction_of(with, i == 1), *expected = direction_of(without, i == 1);
        ck_assert_mem_eq(found, expected, 24 * sizeof *found);
        free(expected);
        free(found);
        trial_free(without);
        trial_free(with);
    }
}
END_TEST

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    const size_t sizes[][3] = {{100, 15, 4}, {3000, 40, 3}};
    for (size_t i = 0; i < 4; i++) {
        const size_t *size = sizes[i / 2];
        trial *reference =
            trial_create(data_random(size[0], size[1], size[2], 1), NULL, (sm_execution){1, "scalar"});
        double *expected = direction_of(reference, i % 2);
        for (size_t j = 0; j < 8; j++) {
            if (!sm_isa_name(isas[j / 2]))
                continue;
            const sm_execution execution = {j % 2 ? 3 : 1, isas[j / 2]};
            trial *t = trial_create(data_random(size[0], size[1], size[2], 1), NULL, execution);
            double *found = direction_of(t, i % 2);
            ck_assert_mem_eq(found, expected, t->d->n_parameters * sizeof *found);
            free(found);
            trial_free(t);
        }
        free(expected);
        trial_free(reference);
    }
}
END_TEST

START_TEST(its_cost_grows_and_has_a_limit)
{
    data *d = data_random(100, 5, 3, 1);
    sm_source source = data_source(d, SM_F64);
    const double blocks = sm_newton_cost(&source, false), coupled = sm_newton_cost(&source, true);
    ck_assert(0 < blocks && blocks < coupled && isfinite(coupled));
    source.n_features = 50;
    ck_assert(sm_newton_cost(&source, false) > blocks && sm_newton_cost(&source, true) > coupled);
    source.n_features = 100000;
    ck_assert(sm_newton_cost(&source, false) == HUGE_VAL && sm_newton_cost(&source, true) == HUGE_VAL);
    data_free(d);
}
END_TEST

static const void *no_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    (void)context;
    (void)first;
    (void)n_rows;
    (void)scratch;
    return NULL;
}

START_TEST(failures_are_reported)
{
    for (size_t i = 0; i < 2; i++) {
        trial *t = trial_create(data_random(40, 7, 3, 5), NULL, (sm_execution){0});
        sm_newton untouched = {.n = 42}, newton = untouched;
        t->d->parameters[3] = HUGE_VAL;
        sm_doubles_set_parameters(&t->doubles, t->d->parameters, true);
        ck_assert_int_eq(sm_newton_create(&t->doubles, t->penalty, i == 1, &newton), SM_ERROR_NOT_FINITE);
        t->doubles.source.rows = no_rows;
        ck_assert_int_eq(sm_newton_create(&t->doubles, t->penalty, i == 1, &newton), SM_ERROR_SOURCE);
        ck_assert_mem_eq(&newton, &untouched, sizeof newton);
        trial_free(t);
    }
    sm_newton_destroy(&(sm_newton){0});
}
END_TEST

int main(void)
{
    return SUITE_RUN("newton", blocks_and_coupled_agree_with_the_definition,
                     a_single_class_has_the_common_direction, for_two_classes_both_are_the_same,
                     drawn_samples_are_near_the_definition, dependent_columns_do_no_harm,
                     only_the_ratio_of_sample_weights_matters, threads_and_instruction_sets_do_not_change_a_bit,
                     its_cost_grows_and_has_a_limit, failures_are_reported);
}
