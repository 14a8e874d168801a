/* The duality gap of the objective: its bound, recomputed, its allowance for rounding, and when it needs another pass. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/objectives.h"
#include "support/reference.h"
#include "support/suite.h"

static const sm_terms all = {NULL, 0};

static const sm_type types[] = {SM_U8, SM_F32, SM_F16, SM_F64};
enum { N_TYPES = sizeof types / sizeof *types };

/* Whether a source of few samples is computed in double precision. */
static bool is_double(sm_type type)
{
    return type == SM_F32 || type == SM_F64;
}

/* A set of samples that is the same in every form. */
static data *data_exact(size_t n_samples, size_t n_features, size_t n_classes, uint64_t seed)
{
    data *d = data_random(n_samples, n_features, n_classes, seed);
    data_set_unit(d, 1.0 / 256);
    return d;
}

/* The bound at parameters, for a caller who is satisfied with a gap of `enough`. */
static sm_bound gap_at(sm_objective *o, const double *parameters, double enough, double *value)
{
    const sm_problem problem = sm_objective_problem(o);
    double *gradient = test_calloc(problem.n_parameters, 2 * sizeof *gradient);
    double *x = gradient + problem.n_parameters;
    sm_bound bound = {(double)NAN, (double)NAN};
    sm_objective_from_parameters(o, parameters, x);
    ck_assert_int_eq(problem.evaluate(problem.context, &all, x, value, gradient), SM_OK);
    const double accuracy = sm_objective_accuracy(o);
    ck_assert_int_eq(problem.gap(problem.context, x, gradient, enough, &bound), SM_OK);
    ck_assert_double_eq(sm_objective_accuracy(o), accuracy);
    ck_assert(bound.gap > 0 && 0 <= bound.rounding && bound.rounding <= bound.gap);
    free(gradient);
    return bound;
}

/* F and the naive bound at parameters. */
static reference_point naive_gap(const data *d, double l2, const double *parameters)
{
    const sm_batch batch = data_batch(d);
    long double *exact = test_calloc(d->n_parameters, sizeof *exact);
    for (size_t i = 0; i < d->n_parameters; i++)
        exact[i] = (long double)parameters[i];
    const reference_point point = reference_at(&batch, l2, exact);
    free(exact);
    return point;
}

/* A point near the minimum, by plain L-BFGS. */
static void minimise(sm_objective *o, double tolerance, double *parameters)
{
    sm_problem problem = sm_objective_problem(o);
    problem.renew = NULL;
    problem.precondition = NULL;
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = tolerance;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, parameters, NULL), SM_OK);
    sm_objective_to_parameters(o, parameters, parameters);
}

/* At a point around 0 or around the optimum, whose weights, biases or both are moved. */
static void check_gap(sm_objective *o, const data *d, double l2, long double lowest, const double *parameters)
{
    double value;
    const reference_point naive = naive_gap(d, l2, parameters);
    const long double distance = naive.value - lowest;
    const sm_bound bound = gap_at(o, parameters, 0, &value), sharper = gap_at(o, parameters, bound.gap / 2, &value);
    ck_assert((long double)bound.gap >= distance);
    ck_assert((long double)sharper.gap >= distance);
    ck_assert_double_le(sharper.gap, bound.gap);
    ck_assert((long double)bound.gap <= naive.gap + 2 * (long double)bound.rounding + 1e-12L * naive.gap);
}

static void check_gaps(data *d, sm_type type, double l2, long double lowest, size_t n_points)
{
    sm_objective *o = objective_of(d, type, l2);
    double *optimum = test_calloc(d->n_parameters, sizeof *optimum), *x = test_calloc(d->n_parameters, sizeof *x);
    const double precision = is_double(type) ? 1e-10 : 1e-5;
    double value;
    minimise(o, precision / 10, optimum);
    const sm_bound least = gap_at(o, optimum, precision * (double)lowest, &value);
    ck_assert_double_le(least.gap, precision * (double)lowest);

    sm_random random = {11};
    for (size_t i = 0; i < n_points; i++) {
        const double scale = pow(10, random_between(&random, is_double(type) ? -12 : -6, 0.7));
        for (size_t j = 0; j < d->n_parameters; j++) {
            const bool moves = i % 3 == 0 || (i % 3 == 1) == (j >= d->n_classes * d->n_features);
            x[j] = (i % 2 ? optimum[j] : 0) + (moves ? random_between(&random, -scale, scale) : 0);
        }
        check_gap(o, d, l2, lowest, x);
    }
    free(x);
    free(optimum);
    sm_objective_free(o);
}

/* It bounds the distance to the minimum, is no looser than its formula, and vanishes at the optimum. */
START_TEST(gap_bounds_the_distance_to_the_minimum)
{
    const double l2[] = {1, 0.05, 1e-3};
    for (size_t i = 0; i < 3; i++) {
        data *d = data_exact(60, 8, 4, i + 1);
        const sm_batch batch = data_batch(d);
        const reference_point lowest = reference_minimise(&batch, l2[i]);
        ck_assert(lowest.gap <= 1e-16L);
        for (size_t t = 0; t < N_TYPES; t++)
            check_gaps(d, types[t], l2[i], lowest.value, 60);
        data_free(d);
    }
}
END_TEST

/* The minimum is not computed in long double here: a point in double precision is near enough. */
START_TEST(gap_of_real_images_bounds_the_distance_to_the_minimum)
{
    data *d = data_mnist(40);
    data_set_unit(d, 1.0 / 256);
    sm_objective *o = objective_of(d, SM_F64, 0.01);
    ck_assert_int_eq(objective_minimise(o, 1e-11, d->parameters).stop, SM_STOP_CONVERGED);
    const long double lowest = naive_gap(d, 0.01, d->parameters).value;
    sm_objective_free(o);
    check_gaps(d, SM_U8, 0.01, lowest, 12);
    data_free(d);
}
END_TEST

/* ||dF/dW||^2 / (2 l2), where samples are not centred. */
static double gap_without_bias(sm_objective *o, const data *d, double l2, const double *x)
{
    double *gradient = test_calloc(d->n_parameters, sizeof *gradient), square = 0;
    objective_at(o, NULL, x, gradient);
    for (size_t i = 0; i < d->n_classes * d->n_features; i++)
        square += gradient[i] * gradient[i];
    free(gradient);
    return square / (2 * l2);
}

/* If only the bias is wrong, a Newton step on it gives nearly the best possible bound. */
START_TEST(gap_is_sharper_where_a_step_on_the_bias_helps)
{
    const double l2 = 0.05, sizes[] = {1e-3, 1e-2, 0.1};
    data *d = data_exact(150, 12, 4, 2);
    const sm_batch batch = data_batch(d);
    const long double lowest = reference_minimise(&batch, l2).value;
    for (size_t t = 0; t < 2; t++) {
        sm_objective *o = objective_of(d, t ? SM_F16 : SM_U8, l2);
        double optimum[52] = {0}, value;
        minimise(o, 1e-7, optimum);
        for (size_t i = 0; i < 3; i++) {
            double x[52];
            memcpy(x, optimum, sizeof x);
            x[48] += sizes[i];
            x[50] -= 2 * sizes[i];
            const double enough = gap_without_bias(o, d, l2, x) + 1e-9;
            const double cheap = gap_at(o, x, 0, &value).gap, sharp = gap_at(o, x, enough, &value).gap;
            ck_assert_double_ge(cheap, enough);
            ck_assert((long double)sharp >= naive_gap(d, l2, x).value - lowest);
            ck_assert_double_le(sharp, cheap / 5);
        }
        sm_objective_free(o);
    }
    data_free(d);
}
END_TEST

/* In double precision, a Newton step on all parameters gives nearly the true distance. */
START_TEST(gap_is_sharper_where_a_newton_step_helps)
{
    const double sizes[] = {1e-9, 1e-6, 1e-4};
    data *d = data_exact(60, 6, 3, 2);
    const sm_batch batch = data_batch(d);
    const double l2 = 1e-3;
    const long double lowest = reference_minimise(&batch, l2).value;
    sm_objective *o = objective_of(d, SM_F64, l2);
    const sm_problem problem = sm_objective_problem(o);
    double optimum[21] = {0}, x[21], value;
    minimise(o, 1e-12, optimum);
    sm_objective_from_parameters(o, optimum, x);
    ck_assert_int_eq(problem.renew(problem.context, x, &(sm_renewal){0, 1, 1}), SM_OK);
    sm_random random = {4};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 21; j++)
            x[j] = optimum[j] + random_between(&random, -sizes[i], sizes[i]);
        const long double distance = naive_gap(d, l2, x).value - lowest;
        const double cheap = gap_at(o, x, 0, &value).gap, sharp = gap_at(o, x, cheap / 2, &value).gap;
        ck_assert((long double)sharp >= distance);
        ck_assert(sharp <= cheap);
        ck_assert((long double)sharp <= 1.5L * distance + 1e-13L);
    }
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* Some classes have no samples, and one has all of them. F has no minimum then, only an infimum, that of the classes that
 * do have samples. */
START_TEST(gap_holds_where_classes_have_no_samples)
{
    data *d = data_exact(60, 6, 5, 8);
    data *two = data_exact(60, 6, 2, 8);
    memcpy(two->features, d->features, 60 * 6 * sizeof *d->features);
    for (size_t n = 0; n < 60; n++) {
        two->labels[n] = n % 2;
        d->labels[n] = n % 2 ? 3 : 1;
    }
    const sm_batch batch = data_batch(two);
    const long double lowest = reference_minimise(&batch, 0.1).value;
    for (size_t t = 0; t < N_TYPES; t++) {
        sm_objective *o = objective_of(d, types[t], 0.1);
        double x[35], value;
        sm_random random = {12};
        for (size_t i = 0; i < 30; i++) {
            random_fill(&random, -2, 2, 35, x);
            const long double distance = naive_gap(d, 0.1, x).value - lowest;
            const double gap = gap_at(o, x, 0, &value).gap;
            ck_assert(isfinite(gap));
            ck_assert((long double)gap >= distance);
            ck_assert((long double)gap_at(o, x, gap / 2, &value).gap >= distance);
        }
        sm_objective_free(o);
    }
    data_free(two);
    data_free(d);
}
END_TEST

/* An offset common to all biases takes digits of what they say, in double precision as well; the gap knows. */
START_TEST(gap_holds_where_biases_have_an_offset)
{
    const double l2 = 1e-3;
    data *d = data_exact(60, 6, 3, 2);
    const sm_batch batch = data_batch(d);
    const long double lowest = reference_minimise(&batch, l2).value;
    for (size_t t = 0; t < N_TYPES; t++) {
        sm_objective *o = objective_of(d, types[t], l2);
        double optimum[21] = {0}, value;
        minimise(o, is_double(types[t]) ? 1e-10 : 1e-6, optimum);
        for (double offset = 1; offset < 1e9; offset *= 10) {
            double x[21];
            for (size_t i = 0; i < 21; i++)
                x[i] = optimum[i] + (i < 18 ? 0 : offset);
            const long double distance = naive_gap(d, l2, x).value - lowest;
            ck_assert((long double)gap_at(o, x, 0, &value).gap >= distance);
            ck_assert((long double)gap_at(o, x, 1e-6, &value).gap >= distance);
        }
        sm_objective_free(o);
    }
    data_free(d);
}
END_TEST

/* Each sample has a counterpart of the other class with the opposite values, and the weights are opposite. Then S - y
 * is r for one of the pair and -r for the other, the gradient of the bias is 0, and the gap is ||dF/dW||^2 / (2 l2). */
START_TEST(gap_without_a_bias_gradient_is_the_square_of_the_gradient)
{
    const double l2 = 0.1;
    const float values[4] = {0.5f, -0.5f, 2, -2};
    uint16_t halves[4];
    sm_to_halves(4, values, halves);
    const uint8_t labels[4] = {0, 1, 1, 0};
    for (size_t t = 0; t < 2; t++) {
        sm_matrix matrix = {t ? (const void *)values : halves, t ? sizeof(float) : sizeof *halves};
        const sm_source source = {.n_samples = 4,
                                  .n_features = 1,
                                  .n_classes = 2,
                                  .type = t ? SM_F32 : SM_F16,
                                  .labels = labels,
                                  .rows = sm_matrix_rows,
                                  .context = &matrix};
        const double precision = t ? 1e-14 : 2e-6;
        sm_objective *o = objective_create(&source, l2, (sm_execution){0});
        for (double w = -3; w <= 3; w += 0.25) {
            const double x[4] = {w, -w, 0, 0};
            double gradient[4], value;
            objective_at(o, NULL, x, gradient);
            ck_assert_double_eq_tol(gradient[2], 0, t ? 1e-16 : 1e-7);
            const double expected = (gradient[0] * gradient[0] + gradient[1] * gradient[1]) / (2 * l2);
            const sm_bound bound = gap_at(o, x, 0, &value);
            ck_assert_double_eq_tol(bound.gap, expected, precision * (1 + expected) + 2 * bound.rounding);
            ck_assert_double_le(bound.rounding, 300 * precision * (1 + expected));
        }
        sm_objective_free(o);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The minimum of the definition, by gradient descent in double with steps that are short enough to converge: the
 * second derivative along any line is at most (max |x|^2 + 1) / 2 + l2. */
static double descend(const data *d, double l2)
{
    const sm_batch batch = data_batch(d);
    double *x = test_calloc(d->n_parameters, 2 * sizeof *x), *gradient = x + d->n_parameters, value = 0;
    const double step = 1 / (((double)d->n_features + 1) / 2 + l2);
    for (size_t i = 0; i < 5000; i++) {
        value = sm_batch_objective(&batch, l2, x, gradient);
        for (size_t j = 0; j < d->n_parameters; j++)
            x[j] -= step * gradient[j];
    }
    free(x);
    return value;
}

/* The reference in long double, and a descent in double. */
START_TEST(gap_bounds_the_distance_to_a_minimum_found_without_the_library)
{
    const size_t sizes[][3] = {{30, 4, 3}, {25, 6, 2}, {40, 3, 7}};
    for (size_t i = 0; i < 3; i++) {
        const double l2 = 0.05;
        data *d = data_exact(sizes[i][0], sizes[i][1], sizes[i][2], i + 20);
        const sm_batch batch = data_batch(d);
        const long double lowest = reference_minimise(&batch, l2).value;
        ck_assert_double_eq_tol(descend(d, l2), (double)lowest, 1e-9);
        for (size_t t = 0; t < N_TYPES; t++) {
            sm_objective *o = objective_of(d, types[t], l2);
            double value, *x = test_calloc(d->n_parameters, sizeof *x);
            sm_random random = {i};
            for (size_t j = 0; j < 40; j++) {
                const double scale = pow(10, random_between(&random, -3, 0.7));
                random_fill(&random, -scale, scale, d->n_parameters, x);
                const double gap = gap_at(o, x, j % 2 ? 0 : HUGE_VAL, &value).gap;
                ck_assert((long double)gap >= naive_gap(d, l2, x).value - lowest);
            }
            minimise(o, 1e-7, x);
            ck_assert_double_le(gap_at(o, x, 1e-6, &value).gap, 1e-5);
            free(x);
            sm_objective_free(o);
        }
        data_free(d);
    }
}
END_TEST

/* If all features are 0 and all classes have the same number of samples, the minimum is at 0 and equals log K. Even there
 * the gap is not 0: its rounding is in it. */
START_TEST(gap_is_its_rounding_where_the_gradient_is_0)
{
    enum { N_CLASSES = 4, N_SAMPLES = 8 };
    data *d = data_exact(N_SAMPLES, 1, N_CLASSES, 1);
    memset(d->bytes, 0, N_SAMPLES);
    data_set_unit(d, 1.0 / 256);
    for (size_t n = 0; n < N_SAMPLES; n++)
        d->labels[n] = n % N_CLASSES;
    for (size_t t = 0; t < N_TYPES; t++) {
        sm_objective *o = objective_of(d, types[t], 0.1);
        double x[2 * N_CLASSES] = {0}, value;
        const double precision = is_double(types[t]) ? 1e-14 : 1e-6;
        const sm_bound bound = gap_at(o, x, 0, &value);
        ck_assert_double_le(bound.gap, precision);
        ck_assert_double_ge(bound.rounding, 0.99 * bound.gap);
        ck_assert_double_eq_tol(value, log(N_CLASSES), precision);
        sm_objective_free(o);
    }
    data_free(d);
}
END_TEST

/* With one class the loss is 0, and the distance to the minimum is F = (l2/2) ||W||^2. */
START_TEST(gap_of_a_single_class_is_the_penalty)
{
    data *d = data_exact(20, 5, 1, 3);
    for (size_t t = 0; t < N_TYPES; t++) {
        sm_objective *o = objective_of(d, types[t], 0.3);
        double value;
        const sm_bound bound = gap_at(o, d->parameters, 0, &value);
        ck_assert_double_gt(value, 0);
        ck_assert_double_ge(bound.gap, value);
        ck_assert_double_le(bound.gap - bound.rounding, value * (1 + 1e-6));
        ck_assert_double_le(bound.rounding, (is_double(types[t]) ? 1e-12 : 1e-3) * value);
        sm_objective_free(o);
    }
    data_free(d);
}
END_TEST

/* Without a penalty the dual is unbounded. */
START_TEST(without_l2_there_is_no_gap)
{
    data *d = data_random(20, 5, 3, 3);
    const sm_source source = data_source(d, SM_U8);
    sm_objective *o = objective_create(&source, 0, (sm_execution){0});
    ck_assert(sm_objective_problem(o).gap == NULL);
    sm_objective_set_l2(o, 0.1);
    ck_assert(sm_objective_problem(o).gap != NULL);
    sm_objective_set_l2(o, 0);
    ck_assert(sm_objective_problem(o).gap == NULL);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

typedef struct counted {
    sm_matrix matrix;
    size_t n_calls;
} counted;

static const void *count_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    counted *c = context;
    c->n_calls++;
    return sm_matrix_rows(&c->matrix, first, n_rows, scratch);
}

/* Samples are read again only if a tighter gap is requested and may be possible: a step on the bias makes the gradient
 * smaller. */
START_TEST(samples_are_visited_only_where_a_sharper_gap_is_worth_it)
{
    const double l2 = 0.05;
    data *d = data_random(150, 12, 4, 2);
    sm_source source = data_source(d, SM_U8);
    counted counter = {.matrix = d->byte_matrix};
    source.rows = count_rows;
    source.context = &counter;
    sm_objective *o = objective_create(&source, l2, (sm_execution){0});
    const sm_problem problem = sm_objective_problem(o);
    double x[52] = {0}, gradient[52], value;
    sm_bound bound;
    minimise(o, 1e-7, x);
    x[48] += 0.1; /* a bias; x is W and b for these bytes */
    const double cheapest = gap_without_bias(o, d, l2, x);
    ck_assert_int_eq(problem.evaluate(problem.context, &all, x, &value, gradient), SM_OK);
    ck_assert_int_eq(problem.gap(problem.context, x, gradient, 0, &bound), SM_OK);
    const double asked[] = {0, cheapest / 1000, cheapest / 4, cheapest + 1e-9, bound.gap, HUGE_VAL};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const size_t n_calls = counter.n_calls;
        ck_assert_int_eq(problem.gap(problem.context, x, gradient, asked[i], &bound), SM_OK);
        ck_assert((counter.n_calls > n_calls) == (i == 2 || i == 3));
    }
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* Samples that are the same in a form and as doubles; every class has one. */
static data *random_problem(sm_random *random, sm_type type)
{
    const size_t n_classes = 2 + (size_t)sm_random_below(random, 3),
                 n_features = 1 + (size_t)sm_random_below(random, 5);
    const size_t n_samples = n_classes + (size_t)sm_random_below(random, 26);
    const double noise = sm_random_below(random, 2) ? random_between(random, 0, 0.5) : 0;
    const uint64_t seed = sm_random_next(random);
    if (type != SM_U8) {
        data *d = data_table(n_samples, n_features, n_classes, type == SM_F16 ? 4 : 1e3, noise, seed);
        data_round(d, type);
        return d;
    }
    data *d = data_exact(n_samples, n_features, n_classes, seed);
    for (size_t k = 0; k < n_classes; k++)
        d->labels[k] = (uint8_t)k;
    return d;
}

/* How far F is above its minimum at a point that the library found. */
static long double distance_at(const data *d, const sm_objective *o, const double *x, double l2, long double lowest)
{
    const sm_batch batch = data_batch(d);
    long double *parameters = test_calloc(d->n_parameters, sizeof *parameters);
    objective_exact_parameters(o, x, parameters);
    const long double value = reference_at(&batch, l2, parameters).value;
    free(parameters);
    return value - lowest;
}

/* Trains on random problems of a type; how many did not converge. In double precision at least half of the stated gaps are
 * at most ten times the true one, plus what is due to rounding. */
static size_t check_random_problems(size_t n_problems, sm_type type, double tolerance)
{
    size_t n_unfinished = 0, n_loose = 0;
    sm_random random = {7};
    for (size_t i = 0; i < n_problems; i++) {
        data *d = random_problem(&random, type);
        const double l2 = pow(10, random_between(&random, -9, 0));
        const sm_batch batch = data_batch(d);
        const reference_point lowest = reference_minimise(&batch, l2);
        sm_objective *o = objective_of(d, type, l2);
        const sm_problem problem = sm_objective_problem(o);
        sm_lbfgs_options options = sm_lbfgs_defaults();
        options.tolerance = tolerance;
        sm_info info;
        ck_assert_int_eq(sm_lbfgs(&problem, &options, d->parameters, &info), SM_OK);
        const long double distance = distance_at(d, o, d->parameters, l2, lowest.value);
        ck_assert(lowest.gap <= 1e-3L * (long double)tolerance * lowest.value);
        ck_assert_msg((long double)info.gap >= distance, "problem %zu of type %d: stated %g, true %Lg", i, type,
                      info.gap, distance);
        ck_assert(info.stop != SM_STOP_CONVERGED || distance <= (long double)(tolerance * info.value));
        n_unfinished += info.stop != SM_STOP_CONVERGED;
        n_loose += info.gap > 10 * (double)distance + info.rounding;
        sm_objective_free(o);
        data_free(d);
    }
    ck_assert(type != SM_F64 || 2 * n_loose <= n_problems);
    return n_unfinished;
}

START_TEST(no_stated_gap_is_below_the_true_one)
{
    ck_assert_uint_eq(check_random_problems(50, SM_F64, 1e-6), 0);
    ck_assert_uint_eq(check_random_problems(50, SM_F64, 1e-10), 0);
    ck_assert_uint_eq(check_random_problems(40, SM_F32, 1e-6), 0);
    ck_assert_uint_eq(check_random_problems(30, SM_F16, 1e-6), 0);
    ck_assert_uint_eq(check_random_problems(30, SM_U8, 1e-6), 0);
}
END_TEST

int main(void)
{
    return SUITE_RUN(
        "gap", gap_bounds_the_distance_to_the_minimum, gap_of_real_images_bounds_the_distance_to_the_minimum,
        gap_bounds_the_distance_to_a_minimum_found_without_the_library,
        gap_is_sharper_where_a_step_on_the_bias_helps, gap_is_sharper_where_a_newton_step_helps,
        gap_holds_where_classes_have_no_samples, gap_holds_where_biases_have_an_offset,
        gap_without_a_bias_gradient_is_the_square_of_the_gradient, gap_is_its_rounding_where_the_gradient_is_0,
        gap_of_a_single_class_is_the_penalty, without_l2_there_is_no_gap,
        samples_are_visited_only_where_a_sharper_gap_is_worth_it, no_stated_gap_is_below_the_true_one);
}
