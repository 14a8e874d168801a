/* The preconditioner solves with the blocks that its header defines, checked by Gaussian elimination in double. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "hessian.h"
#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

/* As defined in hessian.h. */
static const double RIDGE = 0.04;

/* The largest relative error, in norm, of a solution in float: rounding times a condition number that the ridge limits
 * to some thousands. */
static const double PRECISION = 1e-3;

static void make_blocks(data *d, sm_type type, sm_execution execution, sm_blocks *blocks)
{
    const sm_source source = data_source(d, type);
    ck_assert_int_eq(sm_blocks_create(&source, &execution, blocks), SM_OK);
    ck_assert(sm_blocks_set_parameters(blocks, d->parameters));
}

/* Applies the preconditioner with n_blocks at the data's parameters to a gradient. */
static double *direction_by(size_t n_blocks, data *d, sm_type type, double l2, sm_execution execution,
                            const double *gradient)
{
    sm_blocks blocks;
    sm_hessian hessian;
    double *direction = test_calloc(d->n_parameters, sizeof *direction);
    make_blocks(d, type, execution, &blocks);
    ck_assert_int_eq(sm_hessian_create(&blocks, l2, n_blocks, &hessian), SM_OK);
    sm_hessian_solve(&hessian, gradient, direction);
    sm_hessian_destroy(&hessian);
    sm_blocks_destroy(&blocks);
    return direction;
}

/* The index of the parameter of class k and feature i (D for the bias). */
static size_t index_of(const data *d, size_t k, size_t i)
{
    return i < d->n_features ? k * d->n_features + i : d->n_classes * d->n_features + k;
}

/* ---------------------------------------------------------------------------------------------- */
/* The definition                                                                                  */

/* p (1 - p) of class k, or its mean over classes if they share one block. */
static double variance_of(const data *d, const double *probabilities, size_t n_blocks, size_t k)
{
    double mean = 0;
    for (size_t j = 0; j < d->n_classes; j++)
        mean += probabilities[j] * (1 - probabilities[j]) / (double)d->n_classes;
    return n_blocks == 1 ? mean : probabilities[k] * (1 - probabilities[k]);
}

/* H_k = (1/N) sum_n p_nk (1 - p_nk) x_n x_n', where x_n ends in a 1 for the bias, plus l2 for the weights and the
 * ridge for all. */
static double *block_of(const data *d, const double *probabilities, double l2, size_t n_blocks, size_t k)
{
    const size_t n = d->n_features + 1;
    double *block = test_calloc(n * n, sizeof *block), trace = 0;
    for (size_t sample = 0; sample < d->n_samples; sample++) {
        const double v = variance_of(d, probabilities + sample * d->n_classes, n_blocks, k);
        const double *x = d->features + sample * d->n_features;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                block[i * n + j] +=
                    v / (double)d->n_samples * (i < d->n_features ? x[i] : 1) * (j < d->n_features ? x[j] : 1);
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

/* Class by class, minus the mean over classes. */
static double *expected_direction(const data *d, double l2, size_t n_blocks, const double *gradient)
{
    const size_t n = d->n_features + 1, n_classes = d->n_classes;
    const sm_batch batch = data_batch(d);
    double *p = test_calloc(d->n_samples * n_classes, sizeof *p), *vector = test_calloc(n, sizeof *vector);
    double *mean = test_calloc(n, sizeof *mean), *direction = test_calloc(d->n_parameters, sizeof *direction);
    sm_batch_scores(&batch, d->parameters, p);
    for (size_t sample = 0; sample < d->n_samples; sample++)
        sm_softmax(n_classes, p + sample * n_classes, p + sample * n_classes);
    for (size_t k = 0; k < n_classes; k++) {
        double *block = block_of(d, p, l2, n_blocks, k);
        for (size_t i = 0; i < n; i++)
            vector[i] = gradient[index_of(d, k, i)];
        eliminate(n, block, vector);
        for (size_t i = 0; i < n; i++) {
            direction[index_of(d, k, i)] = vector[i];
            mean[i] += vector[i] / (double)n_classes;
        }
        free(block);
    }
    for (size_t k = 0; k < n_classes; k++)
        for (size_t i = 0; i < n; i++)
            direction[index_of(d, k, i)] -= mean[i];
    free(mean);
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

/* Compares weights and biases separately, since there are few biases. */
static void check_direction(const data *d, const double *direction, const double *expected, double precision)
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

static void check_sums_to_zero(const data *d, const double *direction)
{
    for (size_t i = 0; i <= d->n_features; i++) {
        double sum = 0, magnitude = 0;
        for (size_t k = 0; k < d->n_classes; k++) {
            sum += direction[index_of(d, k, i)];
            magnitude += fabs(direction[index_of(d, k, i)]);
        }
        ck_assert_double_le(fabs(sum), 1e-13 * magnitude);
    }
}

/* With one block per class, and with a shared block. */
static void check_against_definition(data *d, double l2, double precision)
{
    sm_random random = {d->n_features};
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    random_fill(&random, -1, 1, d->n_parameters, gradient);
    for (size_t i = 0; i < 4; i++) {
        const size_t n_blocks = i / 2 ? 1 : d->n_classes;
        double *expected = expected_direction(d, l2, n_blocks, gradient);
        double *direction = direction_by(n_blocks, d, i % 2 ? SM_F32 : SM_U8, l2, (sm_execution){0}, gradient);
        check_direction(d, direction, expected, precision);
        check_sums_to_zero(d, direction);
        free(direction);
        free(expected);
    }
    free(gradient);
}

/* Random images at W = 0 and b = 0, where all rows have equal weight. Two rows are drawn for each feature and for the
 * bias. With that many samples, or half as many, every row is drawn equally often, so the estimate is exact. */
static data *drawn_evenly(size_t n_features, size_t n_classes, size_t samples_per_row)
{
    data *d = data_random(samples_per_row * (n_features + 1), n_features, n_classes, n_features);
    memset(d->parameters, 0, d->n_parameters * sizeof *d->parameters);
    return d;
}

/* Sizes around the widths of a vector and of a strip of columns. From 128 features on the rows come in several
 * batches, and from 256 on the strips of a row in several words. */
START_TEST(rows_of_equal_weight_give_the_exact_hessian)
{
    const size_t n_features[] = {1, 2, 3, 4, 14, 15, 16, 17, 60, 127, 128, 260}, n_classes[] = {2, 10};
    for (size_t i = 0; i < sizeof n_features / sizeof *n_features; i++) {
        for (size_t j = 0; j < 4; j++) {
            data *d = drawn_evenly(n_features[i], n_classes[j / 2], 1 + j % 2);
            check_against_definition(d, j % 2 ? 0.02 : 0, PRECISION);
            data_free(d);
        }
    }
}
END_TEST

/* From no penalty to a penalty that dominates; the bias is never penalised. */
START_TEST(the_penalty_is_on_the_diagonal_but_for_the_bias)
{
    const double l2[] = {0, 1e-4, 0.1, 10, 1e4};
    data *d = drawn_evenly(20, 3, 2);
    for (size_t i = 0; i < sizeof l2 / sizeof *l2; i++)
        check_against_definition(d, l2[i], PRECISION);
    data_free(d);
}
END_TEST

/* One in three features is 0, including whole strips of columns and the last one, without a penalty. */
START_TEST(features_that_are_always_0_do_no_harm)
{
    data *d = drawn_evenly(150, 10, 1);
    for (size_t n = 0; n < d->n_samples; n++) {
        for (size_t i = 0; i < 150; i++) {
            if (i / 10 % 3 == 2) {
                d->bytes[n * 150 + i] = 0;
                d->floats[n * 150 + i] = 0;
                d->features[n * 150 + i] = 0;
            }
        }
    }
    check_against_definition(d, 0, PRECISION);
    check_against_definition(d, 1e-3, PRECISION);
    data_free(d);
}
END_TEST

/* Three kinds of samples, many of each in sequence, for which the classes are uncertain to different degrees. Each
 * kind is drawn in proportion, to within one row of 402. */
START_TEST(rows_are_drawn_in_proportion_to_their_uncertainty)
{
    for (size_t n_classes = 2; n_classes <= 10; n_classes += 8) {
        data *kinds = data_random(3, 200, n_classes, 7);
        size_t indices[120];
        for (size_t i = 0; i < 120; i++)
            indices[i] = i < 20 ? 0 : i < 50 ? 1 : 2;
        data *d = data_gather(kinds, 120, indices);
        check_against_definition(d, 1e-3, 0.02);
        data_free(d);
        data_free(kinds);
    }
}
END_TEST

static void check_same_bits(data *d, size_t n_blocks, const char *isa)
{
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    sm_random random = {5};
    random_fill(&random, -1, 1, d->n_parameters, gradient);
    double *expected = direction_by(n_blocks, d, SM_U8, 0.01, (sm_execution){1, isa ? "scalar" : NULL}, gradient);
    for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
        double *direction = direction_by(n_blocks, d, SM_U8, 0.01, (sm_execution){n_threads, isa}, gradient);
        ck_assert_mem_eq(direction, expected, d->n_parameters * sizeof *direction);
        free(direction);
    }
    free(expected);
    free(gradient);
}

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    data *d = data_random(700, 139, 10, 3);
    for (size_t i = 0; i < 4; i++) {
        if (sm_isa_name(isas[i])) {
            check_same_bits(d, 10, isas[i]);
            check_same_bits(d, 1, isas[i]);
        }
    }
    data_free(d);
}
END_TEST

/* More columns than a thread takes at a time. */
START_TEST(threads_that_share_a_block_do_not_change_a_bit)
{
    data *d = data_random(60, 1100, 10, 3);
    check_same_bits(d, 1, NULL);
    data_free(d);
}
END_TEST

START_TEST(classes_share_a_block_when_memory_is_short)
{
    ck_assert_uint_eq(sm_hessian_count_blocks(784, 10), 10);
    ck_assert_uint_eq(sm_hessian_count_blocks(5760, 10), 1);
    ck_assert_uint_eq(sm_hessian_count_blocks(784, 256), 1);
    ck_assert_uint_eq(sm_hessian_count_blocks(20000, 2), 0);
    ck_assert_uint_eq(sm_hessian_count_blocks((size_t)1 << 40, 2), 0);
}
END_TEST

/* With a single class every sample is certain: its block is 0, and it has no factor. */
START_TEST(a_hessian_of_nothing_is_refused)
{
    data *d = data_random(40, 5, 1, 1);
    sm_blocks blocks;
    sm_hessian hessian = {.n = 42};
    make_blocks(d, SM_U8, (sm_execution){0}, &blocks);
    ck_assert_int_eq(sm_hessian_create(&blocks, 0.1, 1, &hessian), SM_ERROR_NOT_FINITE);
    ck_assert_uint_eq(hessian.n, 42);
    sm_hessian_destroy(&(sm_hessian){0});
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("hessian", the_penalty_is_on_the_diagonal_but_for_the_bias,
                     features_that_are_always_0_do_no_harm, rows_are_drawn_in_proportion_to_their_uncertainty,
                     threads_and_instruction_sets_do_not_change_a_bit,
                     threads_that_share_a_block_do_not_change_a_bit, classes_share_a_block_when_memory_is_short,
                     a_hessian_of_nothing_is_refused) ||
           SUITE_RUN_SLOW("hessian", rows_of_equal_weight_give_the_exact_hessian);
}
