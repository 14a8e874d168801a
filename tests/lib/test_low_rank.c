/* The preconditioner of low rank solves with the blocks that hessian.h defines, checked by Gaussian elimination in double. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "low_rank.h"
#include "softmax.h"
#include "support/data.h"
#include "support/hessian_blocks.h"
#include "support/suite.h"

/* The largest relative error, in norm, of a solution in float. */
static const double PRECISION = 2e-3;

static sm_status create(data *d, const sm_source *source, double l2, sm_execution execution, sm_blocks *blocks,
                        sm_low_rank *low_rank)
{
    ck_assert_int_eq(sm_blocks_create(source, &execution, false, blocks), SM_OK);
    ck_assert(sm_blocks_set_parameters(blocks, d->parameters));
    return sm_low_rank_create(blocks, l2, low_rank);
}

/* Applies the preconditioner at the data's parameters to a gradient. */
static double *direction_by(data *d, const sm_source *source, double l2, sm_execution execution,
                            const double *gradient)
{
    sm_blocks blocks;
    sm_low_rank low_rank;
    double *direction = test_calloc(d->n_parameters, sizeof *direction);
    ck_assert_int_eq(create(d, source, l2, execution, &blocks, &low_rank), SM_OK);
    sm_low_rank_solve(&low_rank, gradient, direction);
    sm_low_rank_destroy(&low_rank);
    sm_blocks_destroy(&blocks);
    return direction;
}

static double *random_gradient(const data *d)
{
    sm_random random = {d->n_features};
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    random_fill(&random, -1, 1, d->n_parameters, gradient);
    return gradient;
}

static void check_against_definition(data *d, double l2, double precision)
{
    const sm_type types[] = {SM_U8, SM_F32};
    double *gradient = random_gradient(d), *expected = hessian_solution(d, l2, gradient);
    for (size_t i = 0; i < 2; i++) {
        const sm_source source = data_source(d, types[i]);
        double *direction = direction_by(d, &source, l2, (sm_execution){0}, gradient);
        check_direction(d, direction, expected, precision);
        free(direction);
    }
    free(expected);
    free(gradient);
}

/* Random images at W = 0 and b = 0, where all rows have equal weight. There are fewer than are drawn, so that each is, and
 * the estimate is exact. */
static data *drawn_evenly(size_t n_samples, size_t n_features, size_t n_classes)
{
    data *d = data_random(n_samples, n_features, n_classes, n_features);
    memset(d->parameters, 0, d->n_parameters * sizeof *d->parameters);
    return d;
}

/* Sizes around the widths of a vector and of a strip of rows; more features than rows, and fewer. */
START_TEST(few_rows_give_the_exact_hessian)
{
    const size_t n_samples[] = {1, 2, 3, 4, 15, 16, 17, 65, 130}, n_features[] = {1, 3, 16, 17, 90};
    for (size_t i = 0; i < sizeof n_samples / sizeof *n_samples; i++) {
        for (size_t j = 0; j < sizeof n_features / sizeof *n_features; j++) {
            data *d = drawn_evenly(n_samples[i], n_features[j], (i + j) % 2 ? 2 : 10);
            check_against_definition(d, j % 2 ? 0.02 : 0, PRECISION);
            data_free(d);
        }
    }
}
END_TEST

/* More features than are multiplied together, and more rows than are in a panel; and very many classes. */
START_TEST(larger_sizes_give_the_exact_hessian)
{
    data *d = drawn_evenly(40, 300, 3);
    check_against_definition(d, 1e-3, PRECISION);
    data_free(d);
    d = drawn_evenly(600, 70, 2);
    check_against_definition(d, 1e-3, PRECISION);
    data_free(d);
    d = drawn_evenly(50, 30, 256);
    check_against_definition(d, 1e-3, PRECISION);
    data_free(d);
}
END_TEST

/* From no penalty to a penalty that dominates; the bias is never penalised. */
START_TEST(the_penalty_is_on_the_diagonal_but_for_the_bias)
{
    const double l2[] = {0, 1e-4, 0.1, 10, 1e4};
    data *d = drawn_evenly(30, 50, 3);
    for (size_t i = 0; i < sizeof l2 / sizeof *l2; i++)
        check_against_definition(d, l2[i], PRECISION);
    data_free(d);
}
END_TEST

/* Three kinds of samples, many of each in sequence, for which the classes are uncertain to different degrees, and far more
 * of them than are drawn. Each kind is drawn in proportion, to within one row. */
START_TEST(rows_are_drawn_in_proportion_to_their_uncertainty)
{
    for (size_t n_classes = 2; n_classes <= 10; n_classes += 8) {
        data *kinds = data_random(3, 40, n_classes, 7);
        const size_t n = 3 * sm_low_rank_count_rows(40, n_classes);
        size_t *indices = test_calloc(n, sizeof *indices);
        for (size_t i = 0; i < n; i++)
            indices[i] = i < n / 6 ? 0 : i < n / 2 ? 1 : 2;
        data *d = data_gather(kinds, n, indices);
        check_against_definition(d, 1e-3, 0.02);
        free(indices);
        data_free(d);
        data_free(kinds);
    }
}
END_TEST

/* Scores of order 1 make some samples more certain than others. All are drawn, with their own weights. */
START_TEST(rows_of_any_weight_give_the_exact_hessian)
{
    data *d = data_random(60, 80, 4, 3);
    check_against_definition(d, 0.01, PRECISION);
    data_free(d);
}
END_TEST

/* A sample of twice the weight counts as two. */
START_TEST(sample_weights_count)
{
    enum { N = 30 };
    data *once = data_random(N, 50, 4, 5);
    size_t indices[2 * N], n = 0;
    double weights[N];
    for (size_t i = 0; i < N; i++) {
        weights[i] = i % 3 ? 0.5 : 1;
        for (size_t copy = 0; copy < (i % 3 ? 1 : 2); copy++)
            indices[n++] = i;
    }
    data *d = data_gather(once, n, indices);
    memcpy(d->parameters, once->parameters, d->n_parameters * sizeof *d->parameters);
    sm_source source = data_source(once, SM_U8);
    source.weights = weights;
    double *gradient = random_gradient(d), *expected = hessian_solution(d, 0.01, gradient);
    double *direction = direction_by(once, &source, 0.01, (sm_execution){0}, gradient);
    check_direction(d, direction, expected, PRECISION);
    free(direction);
    free(expected);
    free(gradient);
    data_free(d);
    data_free(once);
}
END_TEST

START_TEST(a_gradient_may_be_replaced_by_its_direction)
{
    data *d = data_random(40, 30, 5, 4);
    const sm_source source = data_source(d, SM_U8);
    sm_blocks blocks;
    sm_low_rank low_rank;
    double *gradient = random_gradient(d);
    double *direction = direction_by(d, &source, 0.01, (sm_execution){0}, gradient);
    ck_assert_int_eq(create(d, &source, 0.01, (sm_execution){0}, &blocks, &low_rank), SM_OK);
    sm_low_rank_solve(&low_rank, gradient, gradient);
    ck_assert_mem_eq(gradient, direction, d->n_parameters * sizeof *gradient);
    sm_low_rank_destroy(&low_rank);
    sm_blocks_destroy(&blocks);
    free(direction);
    free(gradient);
    data_free(d);
}
END_TEST

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    data *d = data_random(530, 40, 2, 3);
    const sm_source source = data_source(d, SM_U8);
    double *gradient = random_gradient(d);
    double *expected = direction_by(d, &source, 0.01, (sm_execution){1, "scalar"}, gradient);
    for (size_t i = 0; i < 4; i++) {
        for (size_t n_threads = 1; sm_isa_name(isas[i]) && n_threads <= 3; n_threads += 2) {
            double *direction = direction_by(d, &source, 0.01, (sm_execution){n_threads, isas[i]}, gradient);
            ck_assert_mem_eq(direction, expected, d->n_parameters * sizeof *direction);
            free(direction);
        }
    }
    free(expected);
    free(gradient);
    data_free(d);
}
END_TEST

/* As many rows as 256 MiB of factors and 256 MiB of rows hold. */
START_TEST(rows_are_fewer_when_memory_is_short)
{
    ck_assert_uint_eq(sm_low_rank_count_rows(8064, 10), 1536);
    ck_assert_uint_eq(sm_low_rank_count_rows(2032, 10), 1024);
    ck_assert_uint_eq(sm_low_rank_count_rows(1, 1), 1024);
    ck_assert_uint_eq(sm_low_rank_count_rows(784, 256), 512);
    ck_assert_uint_eq(sm_low_rank_count_rows(100000, 2), 656);
    ck_assert_uint_eq(sm_low_rank_count_rows((size_t)1 << 40, 2), SM_LANES);
}
END_TEST

/* The preconditioner of a problem whose coordinates are the features themselves, and whose H is that of its initial
 * point: H^-1, less the mean over classes, along which the objective does not change. */
static void check_problem(data *d, double l2)
{
    const sm_source source = data_source(d, SM_F16);
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &(sm_objective_options){.l2 = l2}, &objective), SM_OK);
    const sm_problem problem = sm_objective_problem(objective);
    sm_renewal renewal = {0, 0, 1};
    ck_assert_int_eq(problem.renew(problem.context, d->parameters, &renewal), SM_OK);
    double *gradient = random_gradient(d), *expected = hessian_solution(d, l2, gradient);
    double *direction = test_calloc(d->n_parameters, sizeof *direction);
    problem.precondition(problem.context, gradient, direction);
    for (size_t i = 0; i <= d->n_features; i++) {
        double mean = 0;
        double *first = i < d->n_features ? expected + i : expected + d->n_classes * d->n_features;
        const size_t stride = i < d->n_features ? d->n_features : 1;
        for (size_t k = 0; k < d->n_classes; k++)
            mean += first[k * stride] / (double)d->n_classes;
        for (size_t k = 0; k < d->n_classes; k++)
            first[k * stride] -= mean;
    }
    check_direction(d, direction, expected, PRECISION);
    free(direction);
    free(expected);
    free(gradient);
    sm_objective_free(objective);
}

/* Few features and many have each kind of preconditioner. */
START_TEST(a_problem_of_any_size_has_a_preconditioner)
{
    const size_t n_features[] = {9, 60, 1100};
    for (size_t i = 0; i < 3; i++) {
        data *d = drawn_evenly(i < 2 ? 2 * (n_features[i] + 1) : 40, n_features[i], 3);
        d->features[0] = 1; /* the largest one, so that coordinates are not scaled */
        data_round(d, SM_F16);
        check_problem(d, 1e-2);
        data_free(d);
    }
}
END_TEST

/* With a single class every sample is certain: its block is 0, and it has no factor. */
START_TEST(a_hessian_of_nothing_is_refused)
{
    data *d = data_random(40, 5, 1, 1);
    const sm_source source = data_source(d, SM_U8);
    sm_blocks blocks;
    sm_low_rank low_rank = {.n_rows = 42};
    ck_assert_int_eq(create(d, &source, 0.1, (sm_execution){0}, &blocks, &low_rank), SM_ERROR_NOT_FINITE);
    ck_assert_uint_eq(low_rank.n_rows, 42);
    sm_low_rank_destroy(&(sm_low_rank){0});
    sm_blocks_destroy(&blocks);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("low_rank", few_rows_give_the_exact_hessian, larger_sizes_give_the_exact_hessian,
                     the_penalty_is_on_the_diagonal_but_for_the_bias, rows_of_any_weight_give_the_exact_hessian,
                     sample_weights_count, a_gradient_may_be_replaced_by_its_direction,
                     threads_and_instruction_sets_do_not_change_a_bit, rows_are_fewer_when_memory_is_short,
                     a_problem_of_any_size_has_a_preconditioner, a_hessian_of_nothing_is_refused) ||
           SUITE_RUN_SLOW("low_rank", rows_are_drawn_in_proportion_to_their_uncertainty);
}
