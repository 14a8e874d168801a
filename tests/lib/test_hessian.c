/* The preconditioner solves with the blocks that its header defines, checked by Gaussian elimination in double. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "hessian.h"
#include "softmax.h"
#include "support/data.h"
#include "support/hessian_blocks.h"
#include "support/suite.h"

/* The largest relative error, in norm, of a solution in float: rounding times a condition number that the ridge limits
 * to some thousands. */
static const double PRECISION = 1e-3;

static void make_blocks(data *d, sm_type type, sm_execution execution, sm_blocks *blocks)
{
    const sm_source source = data_source(d, type);
    ck_assert_int_eq(sm_blocks_create(&source, &execution, false, blocks), SM_OK);
    ck_assert(sm_blocks_set_parameters(blocks, d->parameters));
}

/* Applies the preconditioner at the data's parameters to a gradient. */
static double *direction_by(data *d, sm_type type, double l2, sm_execution execution, const double *gradient)
{
    sm_blocks blocks;
    sm_hessian hessian;
    double *direction = test_calloc(d->n_parameters, sizeof *direction);
    make_blocks(d, type, execution, &blocks);
    ck_assert_int_eq(sm_hessian_create(&blocks, l2, &hessian), SM_OK);
    sm_hessian_solve(&hessian, gradient, direction);
    sm_hessian_destroy(&hessian);
    sm_blocks_destroy(&blocks);
    return direction;
}

static void check_against_definition(data *d, double l2, double precision)
{
    sm_random random = {d->n_features};
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    random_fill(&random, -1, 1, d->n_parameters, gradient);
    double *expected = hessian_solution(d, l2, gradient);
    for (size_t i = 0; i < 2; i++) {
        double *direction = direction_by(d, i ? SM_F32 : SM_U8, l2, (sm_execution){0}, gradient);
        check_direction(d, direction, expected, precision);
        free(direction);
    }
    free(expected);
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

static void check_same_bits(data *d, const char *isa)
{
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    sm_random random = {5};
    random_fill(&random, -1, 1, d->n_parameters, gradient);
    double *expected = direction_by(d, SM_U8, 0.01, (sm_execution){1, isa ? "scalar" : NULL}, gradient);
    for (size_t n_threads = 1; n_threads <= 3; n_threads++) {
        double *direction = direction_by(d, SM_U8, 0.01, (sm_execution){n_threads, isa}, gradient);
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
        if (sm_isa_name(isas[i]))
            check_same_bits(d, isas[i]);
    }
    data_free(d);
}
END_TEST

/* With a single class every sample is certain: its block is 0, and it has no factor. */
START_TEST(a_hessian_of_nothing_is_refused)
{
    data *d = data_random(40, 5, 1, 1);
    sm_blocks blocks;
    sm_hessian hessian = {.n = 42};
    make_blocks(d, SM_U8, (sm_execution){0}, &blocks);
    ck_assert_int_eq(sm_hessian_create(&blocks, 0.1, &hessian), SM_ERROR_NOT_FINITE);
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
                     threads_and_instruction_sets_do_not_change_a_bit, a_hessian_of_nothing_is_refused) ||
           SUITE_RUN_SLOW("hessian", rows_of_equal_weight_give_the_exact_hessian);
}
