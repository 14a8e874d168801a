/* The fast objective agrees with the definition in batch. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/objectives.h"
#include "support/suite.h"

/* The largest errors of value and gradient compared with the definition in double: relative to the size of the scores
 * and to the largest component, plus an absolute term, since a score of magnitude 4 is rounded by 2e-7, and its
 * probability with it. */
static const double VALUE_BOUND = 3e-7, GRADIENT_BOUND = 1e-6, PROBABILITY_BOUND = 2e-7;

/* The same of doubles. */
static const double DOUBLE_BOUND = 1e-14;

static const sm_type types[] = {SM_U8, SM_F32, SM_F16, SM_F64};
enum { N_TYPES = sizeof types / sizeof *types };

static const sm_terms all = {NULL, 0};
static const sm_execution reference = {1, "scalar"};

/* ---------------------------------------------------------------------------------------------- */
/* The definition                                                                                  */

static double largest(size_t n, const double *values)
{
    double max = 0;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, fabs(values[i]));
    return max;
}

static void check_against_batch(data *d, sm_type type, double l2)
{
    const bool is_precise = type == SM_F64;
    const double value_bound = is_precise ? DOUBLE_BOUND : VALUE_BOUND;
    const double gradient_bound = is_precise ? DOUBLE_BOUND : GRADIENT_BOUND;
    const double probability_bound = is_precise ? DOUBLE_BOUND : PROBABILITY_BOUND;
    if (type == SM_F16)
        data_set_unit(d, 1.0 / 256);
    const sm_batch batch = data_batch(d);
    double *expected = test_calloc(d->n_parameters, sizeof *expected);
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
    const double expected_value = sm_batch_objective(&batch, l2, d->parameters, expected);
    sm_objective *o = objective_of(d, type, l2);
    const double value = objective_at(o, NULL, d->parameters, gradient);
    ck_assert_double_eq(objective_at(o, NULL, d->parameters, NULL), value);
    ck_assert_double_eq_tol(value, expected_value, value_bound * (1 + expected_value));
    const double size = largest(d->n_parameters, expected);
    for (size_t i = 0; i < d->n_parameters; i++)
        ck_assert_double_eq_tol(gradient[i], expected[i], gradient_bound * size + probability_bound);
    sm_objective_free(o);
    free(gradient);
    free(expected);
}

static void check_every_type(data *d, double l2)
{
    for (size_t i = 0; i < N_TYPES; i++)
        check_against_batch(d, types[i], l2);
}

/* Sizes around each point at which samples are divided differently. */
START_TEST(any_number_of_samples_agrees_with_the_definition)
{
    const size_t sizes[] = {1,   2,   15,  16,  17,  63,   64,   65,   127, 129,
                            255, 256, 257, 511, 513, 2047, 2049, 8193, 9001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        data *d = data_random(sizes[i], 21, 10, i + 1);
        check_every_type(d, i % 2 ? 0.01 : 0);
        check_against_batch(d, SM_U8, 0.01);
        check_against_batch(d, SM_F32, 0);
        data_free(d);
    }
}
END_TEST

START_TEST(any_number_of_classes_and_features_agrees_with_the_definition)
{
    const size_t n_classes[] = {1, 2, 3, 10, 15, 16, 17, 32, 33, 100, 256};
    const size_t n_features[] = {1, 2, 16, 33, 100};
    for (size_t i = 0; i < sizeof n_classes / sizeof *n_classes; i++) {
        for (size_t j = 0; j < 5; j++) {
            data *d = data_random(70, n_features[j], n_classes[i], i * 5 + j);
            check_every_type(d, 0.1);
            data_free(d);
        }
    }
}
END_TEST

START_TEST(real_images_agree_with_the_definition)
{
    data *d = data_mnist(600);
    sm_random random = {1};
    check_against_batch(d, SM_U8, 1e-3);
    random_fill(&random, -0.3, 0.3, d->n_parameters, d->parameters);
    check_every_type(d, 1e-3);
    check_against_batch(d, SM_F32, 0);
    data_free(d);
}
END_TEST

/* Only so many that they are computed in float. */
START_TEST(many_floats_agree_with_the_definition)
{
    data *d = data_random(1100, 64, 256, 1);
    check_against_batch(d, SM_F32, 0.01);
    data_free(d);
}
END_TEST

/* Some thousand chunks; the last is full, partial, or holds one value. */
START_TEST(wide_rows_agree_with_the_definition)
{
    const size_t widths[] = {65535, 65536, 65537, 70001};
    for (size_t i = 0; i < 4; i++) {
        data *d = data_random(5, widths[i], 3, i);
        for (size_t n = 0; n < 5; n++) {
            const size_t last = (n + 1) * widths[i] - 1;
            d->bytes[last] = 200;
        }
        data_set_unit(d, d->unit);
        check_every_type(d, 0.01);
        data_free(d);
    }
}
END_TEST

START_TEST(blank_and_full_images_agree_with_the_definition)
{
    for (int byte = 0; byte <= 255; byte += 255) {
        data *d = data_random(100, 50, 10, 3);
        memset(d->bytes, byte, 100 * 50);
        data_set_unit(d, d->unit);
        check_every_type(d, 0.01);
        data_free(d);
    }
}
END_TEST

START_TEST(the_unit_scales_bytes)
{
    data *d = data_random(50, 9, 4, 2);
    data_set_unit(d, 0.5);
    for (size_t i = 0; i < d->n_parameters; i++)
        d->parameters[i] *= 0.01;
    check_against_batch(d, SM_U8, 0.01);
    data_free(d);
}
END_TEST

/* Bytes cannot be so large that their gradient would not be finite. */
START_TEST(the_largest_unit_has_a_gradient)
{
    data *d = data_random(50, 9, 4, 2);
    d->unit = (double)FLT_MAX;
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = objective_create(&source, 0.1, (sm_execution){0});
    double x[40] = {0}, gradient[40];
    ck_assert_double_eq_tol(objective_at(o, NULL, x, gradient), log(4), VALUE_BOUND * (1 + log(4)));
    for (size_t i = 0; i < d->n_parameters; i++)
        ck_assert(isfinite(gradient[i]));
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* The same bits                                                                                   */

/* Everything that an objective returns at a point. */
typedef struct answers {
    double value, accuracy;
    sm_bound bound;
    double *gradient;
} answers;

static answers ask(data *d, const sm_source *source, sm_execution execution, const sm_terms *terms)
{
    answers a = {.gradient = test_calloc(d->n_parameters, sizeof(double))};
    sm_objective *o = objective_create(source, 0.05, execution);
    const sm_problem problem = sm_objective_problem(o);
    double *x = test_calloc(d->n_parameters, sizeof *x);
    sm_objective_from_parameters(o, d->parameters, x);
    ck_assert_int_eq(problem.evaluate(o, &all, x, &a.value, a.gradient), SM_OK);
    ck_assert_int_eq(problem.gap(o, x, a.gradient, 0, &a.bound), SM_OK);
    if (terms->indices)
        ck_assert_int_eq(problem.evaluate(o, terms, x, &a.value, a.gradient), SM_OK);
    free(x);
    objective_gradient_by_parameters(o, a.gradient, a.gradient);
    a.accuracy = sm_objective_accuracy(o);
    sm_objective_free(o);
    return a;
}

static void check_same_bits(const data *d, answers *expected, answers *found)
{
    ck_assert_mem_eq(&found->value, &expected->value, sizeof(double));
    ck_assert_mem_eq(&found->accuracy, &expected->accuracy, sizeof(double));
    ck_assert_mem_eq(&found->bound, &expected->bound, sizeof(sm_bound));
    ck_assert_mem_eq(found->gradient, expected->gradient, d->n_parameters * sizeof(double));
    free(found->gradient);
}

static void check_executions(data *d, sm_type type, const sm_terms *terms)
{
    const char *const isas[] = {NULL, "scalar", "avx2", "avx512", "neon"};
    const size_t n_threads[] = {0, 1, 2, 3, 7, 16};
    const sm_source source = data_source(d, type);
    answers expected = ask(d, &source, reference, terms);
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 6 && sm_isa_name(isas[i]); j++) {
            answers found = ask(d, &source, (sm_execution){n_threads[j], isas[i]}, terms);
            check_same_bits(d, &expected, &found);
        }
    }
    free(expected.gradient);
}

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const size_t sizes[] = {1, 100, 1000, 9000};
    const size_t indices[7] = {0, 99, 5, 5, 31, 64, 98};
    for (size_t i = 0; i < 4; i++) {
        data *d = data_random(sizes[i], 45, 10 + 13 * (i % 2), i + 1);
        for (size_t t = 0; t < N_TYPES; t++) {
            check_executions(d, types[t], &all);
            if (sizes[i] > 99)
                check_executions(d, types[t], &(sm_terms){indices, 7});
        }
        data_free(d);
    }
    data *mnist = data_mnist(700);
    check_executions(mnist, SM_U8, &all);
    check_executions(mnist, SM_F64, &all);
    data_free(mnist);
}
END_TEST

/* A number of threads above the limit is reduced to it, and so few samples need only one thread. */
START_TEST(any_number_of_threads_may_be_requested)
{
    const size_t n_threads[] = {1024, 1025, INT_MAX, (size_t)INT_MAX + 1, (size_t)UINT_MAX + 2, SIZE_MAX};
    data *d = data_random(100, 5, 3, 1);
    for (size_t t = 0; t < N_TYPES; t++) {
        const sm_source source = data_source(d, types[t]);
        answers expected = ask(d, &source, reference, &all);
        for (size_t i = 0; i < sizeof n_threads / sizeof *n_threads; i++) {
            answers found = ask(d, &source, (sm_execution){n_threads[i], NULL}, &all);
            check_same_bits(d, &expected, &found);
        }
        free(expected.gradient);
    }
    data_free(d);
}
END_TEST

/* Writes rows to the given scratch; NULL without scratch, or for rows that do not exist. Rows that include `broken`
 * fail once it is set. */
typedef struct computed {
    const data *d;
    sm_type type;
    size_t broken; /* a row, or SIZE_MAX */
    const char *values;
} computed;

static const void *compute_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    const computed *c = context;
    const data *d = c->d;
    if (!scratch || n_rows == 0 || first >= d->n_samples || n_rows > d->n_samples - first)
        return NULL;
    if (first <= c->broken && c->broken < first + n_rows)
        return NULL;
    const size_t row_bytes = d->n_features * sm_type_bytes(c->type);
    return memcpy(scratch, c->values + first * row_bytes, n_rows * row_bytes);
}

static sm_source computed_source(computed *c, data *d)
{
    sm_source source = data_source(d, c->type);
    c->values = ((const sm_matrix *)source.context)->values;
    source.rows = compute_rows;
    source.scratch_row_bytes = d->n_features * sm_type_bytes(c->type);
    source.context = c;
    return source;
}

START_TEST(rows_computed_on_the_fly_give_the_same_bits_as_rows_in_memory)
{
    const size_t shapes[4][2] = {{1, 5}, {333, 7}, {700, 784}, {6, 65539}}, indices[4] = {4, 0, 5, 1};
    for (size_t i = 0; i < 4 * N_TYPES; i++) {
        const size_t *shape = shapes[i / N_TYPES];
        data *d = data_random(shape[0], shape[1], 4, i);
        const sm_terms terms = {d->n_samples > 5 ? indices : NULL, 4};
        const sm_type type = types[i % N_TYPES];
        computed context = {d, type, SIZE_MAX, NULL};
        const sm_source in_memory = data_source(d, type), on_the_fly = computed_source(&context, d);
        for (size_t n_threads = 1; n_threads <= 3; n_threads += 2) {
            answers expected = ask(d, &in_memory, reference, &terms);
            answers found = ask(d, &on_the_fly, (sm_execution){n_threads, NULL}, &terms);
            check_same_bits(d, &expected, &found);
            free(expected.gradient);
        }
        data_free(d);
    }
}
END_TEST

START_TEST(floats_and_bytes_agree_up_to_rounding)
{
    data *d = data_mnist(300);
    sm_random random = {2};
    random_fill(&random, -0.3, 0.3, d->n_parameters, d->parameters);
    const sm_source bytes = data_source(d, SM_U8), floats = data_source(d, SM_F32);
    answers a = ask(d, &bytes, (sm_execution){0}, &all), b = ask(d, &floats, (sm_execution){0}, &all);
    ck_assert_double_eq_tol(a.value, b.value, VALUE_BOUND * (1 + a.value));
    const double size = largest(d->n_parameters, a.gradient);
    for (size_t i = 0; i < d->n_parameters; i++)
        ck_assert_double_eq_tol(a.gradient[i], b.gradient[i], GRADIENT_BOUND * size);
    free(b.gradient);
    free(a.gradient);
    data_free(d);
}
END_TEST

/* Whether a source of few samples is computed in double precision, and centred. */
static bool is_double(sm_type type)
{
    return type == SM_F32 || type == SM_F64;
}

/* A mini-batch is the objective of its samples, to the last bit where samples are not centred; an index may occur twice. */
START_TEST(a_mini_batch_is_the_objective_of_its_samples)
{
    const size_t sizes[] = {1, 2, 63, 64, 65, 300, 1500};
    data *d = data_random(2000, 30, 10, 4);
    sm_random random = {3};
    for (size_t i = 0; i < 7 * N_TYPES; i++) {
        const size_t n = sizes[i / N_TYPES];
        const sm_type type = types[i % N_TYPES];
        size_t indices[1500];
        for (size_t j = 0; j < n; j++)
            indices[j] = (size_t)sm_random_below(&random, d->n_samples);
        data *part = data_gather(d, n, indices);
        const sm_source whole_source = data_source(d, type), part_source = data_source(part, type);
        sm_objective *whole = objective_create(&whole_source, 0.01, (sm_execution){0});
        sm_objective *alone = objective_create(&part_source, 0.01, (sm_execution){0});
        double found[310], expected[310];
        const double bound = is_double(type) ? 4 * DOUBLE_BOUND : 0;
        const double value = objective_at(whole, &(sm_terms){indices, n}, d->parameters, found);
        ck_assert_double_le(fabs(value - objective_at(alone, NULL, d->parameters, expected)), bound);
        for (size_t j = 0; j < 310; j++)
            ck_assert_double_le(fabs(found[j] - expected[j]), bound);
        ck_assert_double_eq(sm_objective_accuracy(whole), sm_objective_accuracy(alone));
        sm_objective_free(alone);
        sm_objective_free(whole);
        data_free(part);
    }
    data_free(d);
}
END_TEST

START_TEST(an_evaluation_does_not_depend_on_earlier_ones)
{
    const size_t indices[3] = {7, 1, 4};
    data *d = data_random(500, 20, 5, 4);
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = objective_create(&source, 0.01, (sm_execution){0});
    double first[105], again[105], *zeros = test_calloc(d->n_parameters, sizeof *zeros);
    const double value = objective_at(o, NULL, d->parameters, first);
    objective_at(o, &(sm_terms){indices, 3}, zeros, again);
    ck_assert_double_eq_tol(objective_at(o, NULL, zeros, NULL), log(5), 1e-6);
    ck_assert_double_eq(objective_at(o, NULL, d->parameters, again), value);
    ck_assert_mem_eq(again, first, sizeof first);
    free(zeros);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

START_TEST(the_problem_has_the_sizes_of_the_source)
{
    data *d = data_random(12, 5, 3, 1);
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = objective_create(&source, 0, (sm_execution){0});
    const sm_problem problem = sm_objective_problem(o);
    ck_assert_uint_eq(problem.n_parameters, 18);
    ck_assert_uint_eq(problem.n_terms, 12);
    ck_assert(problem.gap == NULL);
    sm_objective_free(o);
    sm_objective_free(NULL);
    data_free(d);
}
END_TEST

/* One feature, two classes, scores x and 0: class 0 wins if x is not negative. */
START_TEST(accuracy_is_the_share_of_samples_in_their_own_class)
{
    const float values[5] = {1, 2, 0, -1, -2};
    const uint8_t labels[5] = {0, 1, 0, 0, 1};
    const double x[4] = {1, 0, 0, 0};
    sm_matrix matrix = {values, sizeof(float)};
    const sm_source source = {.n_samples = 5,
                              .n_features = 1,
                              .n_classes = 2,
                              .type = SM_F32,
                              .labels = labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    const size_t right[2] = {0, 2}, wrong[2] = {1, 3};
    sm_objective *o = objective_create(&source, 0, (sm_execution){0});
    ck_assert_double_eq(sm_objective_accuracy(o), 0);
    objective_at(o, NULL, x, NULL);
    ck_assert_double_eq(sm_objective_accuracy(o), 0.6);
    objective_at(o, &(sm_terms){right, 2}, x, NULL);
    ck_assert_double_eq(sm_objective_accuracy(o), 1);
    objective_at(o, &(sm_terms){wrong, 2}, x, NULL);
    ck_assert_double_eq(sm_objective_accuracy(o), 0);
    sm_objective_free(o);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Failures                                                                                        */

static void check_refused(const sm_source *source, double l2, sm_execution execution, sm_status expected)
{
    const sm_objective_options options = {.l2 = l2, .execution = execution};
    sm_objective *untouched = (sm_objective *)(void *)&untouched, *o = untouched;
    ck_assert_int_eq(sm_objective_create(source, &options, &o), expected);
    ck_assert_ptr_eq(o, untouched);
}

START_TEST(sources_out_of_range_are_refused)
{
    const sm_execution any = {0};
    data *d = data_random(30, 5, 3, 1);
    const sm_source good = data_source(d, SM_U8);
    sm_source bad = good;
    bad.n_samples = 0;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.n_features = 0;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.n_features = SIZE_MAX / 4;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad.n_features = SIZE_MAX;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.n_classes = 0;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.n_classes = SM_MAX_CLASSES + 1;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.unit = (double)NAN;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad.unit = HUGE_VAL;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad.unit = 0;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad.unit = -1;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad.unit = 2 * (double)FLT_MAX;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.rows = NULL;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.scratch_row_bytes = SIZE_MAX;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    bad = good;
    bad.labels = NULL;
    check_refused(&bad, 0, any, SM_ERROR_ARGUMENT);
    data_free(d);
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
    const sm_execution any = {0};
    data *d = data_random(30, 5, 3, 1);
    const sm_source good = data_source(d, SM_U8);
    check_refused(&good, -1e-9, any, SM_ERROR_ARGUMENT);
    check_refused(&good, (double)NAN, any, SM_ERROR_ARGUMENT);
    check_refused(&good, HUGE_VAL, any, SM_ERROR_ARGUMENT);
    check_refused(&good, 0, (sm_execution){1, "sse9"}, SM_ERROR_ARGUMENT);
    check_refused(&good, 0, (sm_execution){1, ""}, SM_ERROR_ARGUMENT);
    data_free(d);
}
END_TEST

START_TEST(a_label_out_of_range_is_refused_wherever_it_is)
{
    for (size_t at = 0; at < 30; at++) {
        data *d = data_random(30, 5, 3, 1);
        const sm_source source = data_source(d, types[at % N_TYPES]);
        d->labels[at] = at % 3 ? 3 : 255;
        check_refused(&source, 0, (sm_execution){0}, SM_ERROR_LABEL);
        data_free(d);
    }
}
END_TEST

/* Every row fails once, including the first and the last of a block. */
START_TEST(a_failing_source_is_reported_at_creation)
{
    data *d = data_random(300, 3, 3, 1);
    for (size_t broken = 0; broken < 300; broken += 13) {
        computed context = {d, types[broken % N_TYPES], broken, NULL};
        const sm_source source = computed_source(&context, d);
        check_refused(&source, 0, (sm_execution){0}, SM_ERROR_SOURCE);
    }
    data_free(d);
}
END_TEST

static void check_fails(sm_objective *o, const sm_terms *terms, const double *x, sm_status expected)
{
    const sm_problem problem = sm_objective_problem(o);
    double value = 42, *gradient = test_calloc(problem.n_parameters, sizeof *gradient);
    for (size_t i = 0; i < problem.n_parameters; i++)
        gradient[i] = 43;
    ck_assert_int_eq(problem.evaluate(problem.context, terms, x, &value, gradient), expected);
    ck_assert_double_eq(value, 42);
    for (size_t i = 0; i < problem.n_parameters; i++)
        ck_assert_double_eq(gradient[i], 43);
    ck_assert_int_eq(problem.evaluate(problem.context, terms, x, &value, NULL), expected);
    ck_assert_double_eq(value, 42);
    free(gradient);
}

START_TEST(a_source_that_begins_to_fail_is_reported_and_nothing_written)
{
    data *d = data_random(300, 3, 3, 1);
    computed context = {d, SM_F16, SIZE_MAX, NULL};
    const sm_source source = computed_source(&context, d);
    const size_t with[2] = {0, 299}, without[2] = {1, 298};
    sm_objective *o = objective_create(&source, 0, (sm_execution){0});
    context.broken = 299;
    check_fails(o, &all, d->parameters, SM_ERROR_SOURCE);
    check_fails(o, &(sm_terms){with, 2}, d->parameters, SM_ERROR_SOURCE);
    objective_at(o, &(sm_terms){without, 2}, d->parameters, NULL);
    context.broken = SIZE_MAX;
    objective_at(o, NULL, d->parameters, NULL);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* Rows so long that a block is cut into tiles, of which the second fails. */
START_TEST(a_source_that_failed_within_a_block_leaves_nothing_behind)
{
    data *d = data_random(256, 3000, 3, 1);
    computed context = {d, SM_F16, SIZE_MAX, NULL};
    const sm_source source = computed_source(&context, d);
    double *expected = test_calloc(d->n_parameters, 2 * sizeof *expected), *found = expected + d->n_parameters;
    sm_objective *o = objective_create(&source, 0, reference);
    const double value = objective_at(o, NULL, d->parameters, expected);
    context.broken = 200;
    check_fails(o, &all, d->parameters, SM_ERROR_SOURCE);
    context.broken = SIZE_MAX;
    ck_assert(objective_at(o, NULL, d->parameters, found) == value);
    ck_assert_mem_eq(found, expected, d->n_parameters * sizeof *found);
    free(expected);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* In a weight, in a bias, with and without a penalty. The large numbers are infinite as floats. */
START_TEST(infinite_parameters_are_reported_and_nothing_written)
{
    const double values[] = {HUGE_VAL, -HUGE_VAL, (double)NAN, 1e300, -1e300};
    for (size_t i = 0; i < 5 * N_TYPES; i++) {
        const sm_type type = types[i % N_TYPES];
        const double value = values[i / N_TYPES];
        for (size_t at = 0; at < 18 && !(is_double(type) && isfinite(value)); at++) {
            data *d = data_random(90, 5, 3, 1);
            sm_objective *o = objective_of(d, type, at % 2 ? 0.1 : 0);
            const double good = d->parameters[at];
            d->parameters[at] = value;
            check_fails(o, &all, d->parameters, SM_ERROR_NOT_FINITE);
            d->parameters[at] = good;
            objective_at(o, NULL, d->parameters, NULL);
            sm_objective_free(o);
            data_free(d);
        }
    }
}
END_TEST

/* At 0 all scores are 0 and the loss is log K, but the features of some of these samples, which are computed in float, add
 * up to more than a float can hold: there is a value but no gradient. */
START_TEST(an_infinite_gradient_is_reported_and_nothing_written)
{
    const float signs[] = {-1, 1};
    for (size_t i = 0; i < 2; i++) {
        data *d = data_random(1100, 64, 256, 1);
        for (size_t n = 0; n < d->n_samples; n++)
            d->floats[n * 64 + 3] = signs[i] * (n % 2 ? FLT_MAX : FLT_MAX / 2);
        sm_objective *o = objective_of(d, SM_F32, 0);
        const sm_problem problem = sm_objective_problem(o);
        const size_t n_bytes = d->n_parameters * sizeof(double);
        double *x = test_calloc(4, n_bytes), *gradient = x + d->n_parameters, value = 42;
        double *zero = gradient + d->n_parameters, *untouched = zero + d->n_parameters;
        gradient[0] = untouched[0] = 43;
        ck_assert_int_eq(problem.evaluate(o, &all, x, &value, gradient), SM_ERROR_NOT_FINITE);
        ck_assert_double_eq(value, 42);
        ck_assert_mem_eq(gradient, untouched, n_bytes);
        ck_assert_double_eq_tol(objective_at(o, NULL, x, NULL), log(256), VALUE_BOUND * (1 + log(256)));
        ck_assert_int_eq(sm_lbfgs(&problem, NULL, x, NULL), SM_ERROR_NOT_FINITE);
        ck_assert_mem_eq(x, zero, n_bytes);
        free(x);
        sm_objective_free(o);
        data_free(d);
    }
}
END_TEST

/* The same of few samples, which are computed in double precision. */
START_TEST(the_largest_floats_have_a_gradient)
{
    data *d = data_random(90, 5, 3, 1);
    for (size_t n = 0; n < 90; n++)
        d->floats[n * 5 + 3] = n % 2 ? FLT_MAX : -FLT_MAX;
    sm_objective *o = objective_of(d, SM_F32, 0);
    double x[18] = {0}, gradient[18];
    ck_assert_double_eq_tol(objective_at(o, NULL, x, gradient), log(3), DOUBLE_BOUND);
    for (size_t i = 0; i < 18; i++)
        ck_assert(isfinite(gradient[i]));
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* In double precision these are found at creation. */
START_TEST(values_that_are_not_finite_are_reported)
{
    const double values[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, 1e308};
    for (size_t i = 0; i < 4 * 5; i++) {
        data *d = data_random(90, 5, 3, 1);
        for (size_t n = 7; n < 9; n++)
            d->features[n * 5 + i % 5] = values[i / 5];
        const sm_source source = data_source(d, SM_F64);
        check_refused(&source, 0, (sm_execution){0}, SM_ERROR_NOT_FINITE);
        data_free(d);
    }
}
END_TEST

/* The last class has no sample. Its own score is not subtracted anywhere, but still makes every sum NaN. */
START_TEST(nan_in_a_class_without_samples_is_reported)
{
    for (size_t t = 0; t < N_TYPES; t++) {
        data *d = data_random(90, 5, 3, 1);
        for (size_t n = 0; n < 90; n++)
            d->labels[n] = n % 2;
        sm_objective *o = objective_of(d, types[t], 0);
        d->parameters[17] = (double)NAN;
        check_fails(o, &all, d->parameters, SM_ERROR_NOT_FINITE);
        sm_objective_free(o);
        data_free(d);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Sample weights, and no bias                                                                     */

/* A point near the minimum, by W and b, of samples with weights, or none. */
static sm_info minimise_weighted(data *d, sm_type type, const double *weights, double *parameters)
{
    sm_source source = data_source(d, type);
    source.weights = weights;
    sm_objective *o = objective_create(&source, 0.01, (sm_execution){0});
    const sm_info info = objective_minimise(o, is_double(type) ? 1e-11 : 1e-6, parameters);
    ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
    sm_objective_free(o);
    return info;
}

/* Samples of weight 0, 1, 2 and 3, once each, and the same without weights, as often as each weight says. */
static void check_weights(sm_type type)
{
    enum { N = 60, MAX_REPEATED = 3 * N };
    data *d = data_random(N, 6, 3, 9);
    double weights[N], scaled[N], *x = test_calloc(d->n_parameters, 3 * sizeof *x), *y = x + d->n_parameters;
    size_t indices[MAX_REPEATED], n_repeated = 0;
    for (size_t n = 0; n < N; n++) {
        weights[n] = (double)(n % 4);
        scaled[n] = 1024 * weights[n];
        for (size_t i = 0; i < n % 4; i++)
            indices[n_repeated++] = n;
    }
    data *repeated = data_gather(d, n_repeated, indices);
    sm_source source = data_source(d, type), repeated_source = data_source(repeated, type);
    source.weights = weights;
    const double bound = is_double(type) ? 1e-12 : 1e-6;
    sm_objective *o = objective_create(&source, 0.01, (sm_execution){0});
    sm_objective *expected = objective_create(&repeated_source, 0.01, (sm_execution){0});
    ck_assert_double_eq_tol(objective_at(o, NULL, d->parameters, x), objective_at(expected, NULL, d->parameters, y),
                            bound);
    for (size_t i = 0; i < d->n_parameters; i++)
        ck_assert_double_eq_tol(x[i], y[i], bound);
    sm_objective_free(expected);
    sm_objective_free(o);

    const sm_info info = minimise_weighted(d, type, weights, x);
    const double value = minimise_weighted(repeated, type, NULL, y).value;
    ck_assert_double_eq_tol(info.value, value, is_double(type) ? 1e-10 : 1e-5);
    for (size_t i = 0; i < d->n_parameters; i++)
        ck_assert_double_eq_tol(x[i], y[i], is_double(type) ? 1e-4 : 1e-1);

    /* only the ratio of weights matters */
    const sm_info again = minimise_weighted(d, type, scaled, y);
    ck_assert_mem_eq(y, x, d->n_parameters * sizeof *x);
    ck_assert(again.value == info.value && again.gap == info.gap && again.n_evaluations == info.n_evaluations);
    free(x);
    data_free(repeated);
    data_free(d);
}

START_TEST(a_sample_weight_counts_samples)
{
    for (size_t i = 0; i < N_TYPES; i++)
        check_weights(types[i]);
}
END_TEST

START_TEST(weights_out_of_range_are_refused)
{
    const double wrong[] = {-1, (double)NAN, HUGE_VAL, DBL_MAX};
    for (size_t i = 0; i < 5 * N_TYPES; i++) {
        data *d = data_random(30, 5, 3, 1);
        double weights[30] = {0};
        if (i < 4 * N_TYPES)
            weights[3] = weights[17] = wrong[i / N_TYPES];
        sm_source source = data_source(d, types[i % N_TYPES]);
        source.weights = weights; /* in the end, all 0 */
        check_refused(&source, 0, (sm_execution){0}, SM_ERROR_ARGUMENT);
        data_free(d);
    }
}
END_TEST

/* Without a bias it stays 0, and its gradient is 0. The rest is as with a bias of 0. */
START_TEST(there_may_be_no_bias)
{
    for (size_t t = 0; t < N_TYPES; t++) {
        data *d = data_random(60, 6, 3, 9);
        const sm_source source = data_source(d, types[t]);
        const sm_objective_options options = {.l2 = 0.01, .no_bias = true};
        sm_objective *with = objective_of(d, types[t], 0.01), *without = NULL;
        ck_assert_int_eq(sm_objective_create(&source, &options, &without), SM_OK);
        for (size_t k = 0; k < 3; k++)
            d->parameters[18 + k] = 0;
        double expected[21], gradient[21], x[21];
        const double bound = is_double(types[t]) ? 1e-14 : 1e-6;
        ck_assert_double_eq_tol(objective_at(without, NULL, d->parameters, gradient),
                                objective_at(with, NULL, d->parameters, expected), bound);
        for (size_t i = 0; i < 21; i++)
            ck_assert_double_eq_tol(gradient[i], i < 18 ? expected[i] : 0, bound);
        const sm_info info = objective_minimise(without, 1e-6, x);
        ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
        ck_assert_double_le(info.gap, 1e-6 * info.value);
        for (size_t k = 0; k < 3; k++)
            ck_assert_double_eq(x[18 + k], 0);
        objective_at(with, NULL, x, expected); /* the minimum over W: its gradient is 0 */
        ck_assert_double_le(largest(18, expected), 1e-3);
        sm_objective_free(without);
        sm_objective_free(with);
        data_free(d);
    }
}
END_TEST

START_TEST(options_may_be_left_out)
{
    data *d = data_random(60, 6, 3, 9);
    const sm_source source = data_source(d, SM_F64);
    sm_objective *o = NULL, *expected = objective_of(d, SM_F64, 0);
    ck_assert_int_eq(sm_objective_create(&source, NULL, &o), SM_OK);
    ck_assert_double_eq(objective_at(o, NULL, d->parameters, NULL),
                        objective_at(expected, NULL, d->parameters, NULL));
    double copy[60 * 6];
    ck_assert_int_eq(sm_source_read(&source, NULL, copy), SM_OK);
    ck_assert_mem_eq(copy, d->features, sizeof copy);
    sm_objective_free(expected);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Precision                                                                                       */

/* Where all samples are sure, losses are exp(-margin): none is lost in 1 + exp(-margin). */
START_TEST(losses_of_sure_samples_are_not_0)
{
    const sm_type precise[] = {SM_F32, SM_F64};
    for (size_t t = 0; t < 2; t++) {
        data *d = data_random(2, 1, 2, 1);
        d->features[0] = -1;
        d->features[1] = 1;
        data_round(d, precise[t]);
        d->labels[0] = 0;
        d->labels[1] = 1;
        sm_objective *o = objective_of(d, precise[t], 0);
        for (double margin = 20; margin < 700; margin += 20) {
            const double parameters[4] = {-margin / 2, margin / 2, 0, 0};
            double gradient[4];
            const double value = objective_at(o, NULL, parameters, gradient);
            ck_assert_double_eq_tol(value / exp(-margin), 1, 1e-8 + 1e-13);
            ck_assert_double_eq_tol(gradient[0] / exp(-margin), 1, 1e-8 + 1e-13);
        }
        sm_objective_free(o);
        data_free(d);
    }
}
END_TEST

/* An offset common to all biases changes nothing, however large; in float as much as the offset leaves of them. */
START_TEST(a_common_offset_of_biases_changes_nothing)
{
    for (size_t t = 0; t < N_TYPES; t++) {
        data *d = data_random(60, 6, 3, 9);
        sm_objective *o = objective_of(d, types[t], 0.01);
        double gradient[21], expected[21];
        for (size_t k = 0; k < 3; k++)
            d->parameters[18 + k] = (double)k;
        const double value = objective_at(o, NULL, d->parameters, expected);
        for (size_t k = 0; k < 3; k++)
            d->parameters[18 + k] += 1e6;
        const double bound = is_double(types[t]) ? 1e-8 : 1e-5;
        ck_assert_double_eq_tol(objective_at(o, NULL, d->parameters, gradient), value, bound);
        for (size_t i = 0; i < 21; i++)
            ck_assert_double_eq_tol(gradient[i], expected[i], bound);
        sm_objective_free(o);
        data_free(d);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN(
               "objective", any_number_of_samples_agrees_with_the_definition,
               any_number_of_classes_and_features_agrees_with_the_definition, real_images_agree_with_the_definition,
               many_floats_agree_with_the_definition, blank_and_full_images_agree_with_the_definition,
               the_unit_scales_bytes, the_largest_unit_has_a_gradient, any_number_of_threads_may_be_requested,
               rows_computed_on_the_fly_give_the_same_bits_as_rows_in_memory, floats_and_bytes_agree_up_to_rounding,
               a_mini_batch_is_the_objective_of_its_samples, an_evaluation_does_not_depend_on_earlier_ones,
               the_problem_has_the_sizes_of_the_source, accuracy_is_the_share_of_samples_in_their_own_class,
               sources_out_of_range_are_refused, options_out_of_range_are_refused,
               a_label_out_of_range_is_refused_wherever_it_is, a_failing_source_is_reported_at_creation,
               a_source_that_begins_to_fail_is_reported_and_nothing_written,
               a_source_that_failed_within_a_block_leaves_nothing_behind,
               infinite_parameters_are_reported_and_nothing_written,
               an_infinite_gradient_is_reported_and_nothing_written, the_largest_floats_have_a_gradient,
               values_that_are_not_finite_are_reported, nan_in_a_class_without_samples_is_reported,
               a_sample_weight_counts_samples, weights_out_of_range_are_refused, there_may_be_no_bias,
               options_may_be_left_out, losses_of_sure_samples_are_not_0,
               a_common_offset_of_biases_changes_nothing) ||
           SUITE_RUN_SLOW("objective", wide_rows_agree_with_the_definition,
                          threads_and_instruction_sets_do_not_change_a_bit);
}
