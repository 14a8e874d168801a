/* The whole minimisation: warm start, preconditioner, and the bound that the gap gives. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

static sm_objective *make(data *d, sm_type type, double l2, sm_execution execution)
{
    const sm_source source = data_source(d, type);
    const sm_objective_options options = {.l2 = l2, .execution = execution};
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &options, &objective), SM_OK);
    return objective;
}

static double value_at(sm_objective *objective, const double *x, double *gradient)
{
    const sm_problem problem = sm_objective_problem(objective);
    double value;
    ck_assert_int_eq(problem.evaluate(problem.context, &(sm_terms){NULL, 0}, x, &value, gradient), SM_OK);
    return value;
}

/* Minimises from 0 and returns the parameters. */
static double *minimise(sm_objective *objective, double tolerance, sm_info *info)
{
    const sm_problem problem = sm_objective_problem(objective);
    double *x = test_calloc(problem.n_parameters, sizeof *x);
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = tolerance;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, x, info), SM_OK);
    return x;
}

START_TEST(the_warm_start_is_better_than_none)
{
    data *d = data_mnist(3000);
    sm_objective *objective = make(d, SM_U8, 1e-4, (sm_execution){0});
    double *x = test_calloc(d->n_parameters, sizeof *x);
    const sm_problem problem = sm_objective_problem(objective);
    ck_assert_int_eq(problem.start(problem.context, false, x), SM_OK);
    ck_assert_double_lt(value_at(objective, x, NULL), 1); /* log 10 is 2.3 */
    free(x);
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* Gradients have no component common to all classes; on such components the preconditioner need not be symmetric. */
static void subtract_class_means(const data *d, double *vector)
{
    const size_t n_weights = d->n_classes * d->n_features;
    for (size_t i = 0; i <= d->n_features; i++) {
        double mean = 0;
        for (size_t pass = 0; pass < 2; pass++) {
            for (size_t k = 0; k < d->n_classes; k++) {
                double *at = vector + (i < d->n_features ? k * d->n_features + i : n_weights + k);
                if (pass == 0)
                    mean += *at / (double)d->n_classes;
                else
                    *at -= mean;
            }
        }
    }
}

static void check_preconditioner(data *d, sm_type type, double precision)
{
    sm_objective *objective = make(d, type, 1e-3, (sm_execution){0});
    const size_t n = d->n_parameters;
    double *u = test_calloc(n, 4 * sizeof *u), *v = u + n, *hu = v + n, *hv = hu + n;
    const sm_problem problem = sm_objective_problem(objective);
    ck_assert_int_eq(problem.start(problem.context, false, u), SM_OK);
    ck_assert_int_eq(problem.renew(problem.context, u, &(sm_renewal){0, 1, 1}), SM_OK);
    sm_random random = {4};
    double uhv = 0, vhu = 0, uhu = 0;
    random_fill(&random, -1, 1, n, u);
    random_fill(&random, -1, 1, n, v);
    subtract_class_means(d, u);
    subtract_class_means(d, v);
    problem.precondition(problem.context, u, hu);
    problem.precondition(problem.context, v, hv);
    for (size_t i = 0; i < n; i++) {
        uhv += u[i] * hv[i];
        vhu += v[i] * hu[i];
        uhu += u[i] * hu[i];
    }
    ck_assert_double_gt(uhu, 0);
    ck_assert_double_eq_tol(uhv / uhu, vhu / uhu, precision);
    problem.precondition(problem.context, u, u); /* in place */
    ck_assert_mem_eq(u, hu, n * sizeof *u);
    free(u);
    sm_objective_free(objective);
    data_free(d);
}

START_TEST(the_preconditioner_is_symmetric_and_positive)
{
    check_preconditioner(data_mnist(2000), SM_U8, 1e-4);
    check_preconditioner(data_random(300, 12, 3, 1), SM_F16, 1e-4);
    check_preconditioner(data_random(300, 12, 3, 1), SM_F64, 1e-10); /* coupled */
    check_preconditioner(data_random(300, 40, 5, 1), SM_F64, 1e-10); /* not coupled */
}
END_TEST

/* The preconditioner uses the current l2: a higher l2 makes a gradient move x less. */
static void check_preconditioner_follows_l2(sm_type type)
{
    data *d = data_random(300, 20, 4, 1);
    sm_objective *objective = make(d, type, 1e-3, (sm_execution){0});
    const size_t n = d->n_parameters;
    double *x = test_calloc(n, 3 * sizeof *x), *u = x + n, *hu = u + n, products[2] = {0};
    sm_random random = {4};
    random_fill(&random, -1, 1, n, u);
    for (size_t i = 0; i < 2; i++) {
        const sm_problem problem = sm_objective_problem(objective);
        ck_assert_int_eq(problem.renew(problem.context, x, &(sm_renewal){0, 1, 1}), SM_OK);
        problem.precondition(problem.context, u, hu);
        for (size_t j = 0; j < n; j++)
            products[i] += u[j] * hu[j];
        sm_objective_set_l2(objective, 1e-2);
    }
    ck_assert(0 < products[1] && products[1] < products[0]);
    free(x);
    sm_objective_free(objective);
    data_free(d);
}

START_TEST(the_preconditioner_follows_l2)
{
    check_preconditioner_follows_l2(SM_U8);
    check_preconditioner_follows_l2(SM_F64);
}
END_TEST

/* With many features and few samples, factors would cost more than they save. */
START_TEST(a_preconditioner_that_does_not_pay_is_left_out)
{
    data *d = data_random(20, 500, 3, 1);
    sm_objective *objective = make(d, SM_U8, 1e-3, (sm_execution){0});
    const sm_problem problem = sm_objective_problem(objective);
    double *x = test_calloc(d->n_parameters, sizeof *x);
    ck_assert_int_eq(problem.renew(problem.context, x, &(sm_renewal){0, 1, 1}), SM_ERROR_NOT_FINITE);
    free(x);
    sm_info info;
    free(minimise(objective, 1e-4, &info));
    ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* The purpose of the preconditioner: far fewer evaluations than without it, to the same proven distance. */
START_TEST(the_preconditioner_saves_most_evaluations)
{
    data *d = data_mnist(6000);
    sm_objective *objective = make(d, SM_U8, 1e-3, (sm_execution){0});
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = 1e-4;
    sm_info with, without;
    sm_problem plain = sm_objective_problem(objective);
    plain.start = NULL;
    plain.renew = NULL;
    plain.precondition = NULL;
    double *x = test_calloc(d->n_parameters, sizeof *x);
    ck_assert_int_eq(sm_lbfgs(&plain, &options, x, &without), SM_OK);
    double *y = minimise(objective, 1e-4, &with);
    ck_assert_int_eq(with.stop, SM_STOP_CONVERGED);
    ck_assert_int_eq(without.stop, SM_STOP_CONVERGED);
    ck_assert_double_eq_tol(with.value, without.value, 2e-4 * without.value);
    ck_assert_uint_lt(4 * with.n_evaluations, without.n_evaluations);
    free(y);
    free(x);
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* Strong convexity, with the bias optimal: F - F* <= ||dF/dW||^2 / (2 l2), recomputed here. */
START_TEST(the_proven_bound_holds)
{
    const double l2[] = {1e-1, 1e-2, 1e-3};
    for (size_t i = 0; i < sizeof l2 / sizeof *l2; i++) {
        data *d = data_mnist(2000);
        sm_objective *objective = make(d, SM_U8, l2[i], (sm_execution){0});
        sm_info loose, tight;
        double *x = minimise(objective, 1e-2, &loose), *y = minimise(objective, 1e-6, &tight);
        ck_assert_int_eq(loose.stop, SM_STOP_CONVERGED);
        ck_assert_int_eq(tight.stop, SM_STOP_CONVERGED);
        ck_assert_double_le(loose.gap, 1e-2 * loose.value);
        ck_assert_double_le(loose.value - tight.value, loose.gap + 1e-7);
        ck_assert_double_ge(loose.value, tight.value - tight.gap - 1e-7);
        free(y);
        free(x);
        sm_objective_free(objective);
        data_free(d);
    }
}
END_TEST

static void check_executions(data *d, sm_type type)
{
    const sm_execution executions[] = {{2, NULL},     {3, NULL},   {7, NULL},     {16, NULL},
                                       {1, "scalar"}, {2, "avx2"}, {2, "avx512"}, {2, "neon"}};
    sm_objective *reference = make(d, type, 1e-3, (sm_execution){1, NULL});
    double *expected = minimise(reference, 1e-3, NULL);
    for (size_t i = 0; i < sizeof executions / sizeof *executions; i++) {
        if (!sm_isa_name(executions[i].isa))
            continue;
        sm_objective *objective = make(d, type, 1e-3, executions[i]);
        double *x = minimise(objective, 1e-3, NULL);
        ck_assert_mem_eq(x, expected, d->n_parameters * sizeof *x);
        free(x);
        sm_objective_free(objective);
    }
    free(expected);
    sm_objective_free(reference);
    data_free(d);
}

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    check_executions(data_mnist(1500), SM_U8);
    check_executions(data_random(1500, 200, 5, 1), SM_F64);
    check_executions(data_random(500, 12, 3, 1), SM_F64); /* coupled */
}
END_TEST

START_TEST(floats_and_odd_sizes_converge)
{
    const sm_type types[] = {SM_U8, SM_F32, SM_F16, SM_F64};
    const size_t sizes[][3] = {{1, 1, 1}, {1, 3, 2}, {5, 17, 3}, {40, 1, 2}, {300, 33, 26}, {64, 5, 100}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t type = 0; type < 4; type++) {
            data *d = data_random(sizes[i][0], sizes[i][1], sizes[i][2], i);
            sm_objective *objective = make(d, types[type], 1e-2, (sm_execution){0});
            sm_info info;
            double *x = minimise(objective, 1e-4, &info);
            /* In the smallest of these not every class has a sample, and then there is no minimum. */
            ck_assert(info.stop == SM_STOP_CONVERGED || info.stop == SM_STOP_PRECISION);
            ck_assert_uint_lt(info.n_iterations, 500);
            ck_assert(isfinite(info.value));
            free(x);
            sm_objective_free(objective);
            data_free(d);
        }
    }
}
END_TEST

/* A few standardised samples that a plane separates, with a weak penalty: losses and curvature at the minimum are so small
 * that float has nothing left of them. Halves and bytes begin in float, and end in double precision. */
START_TEST(few_separable_samples_converge)
{
    const sm_type types[] = {SM_F16, SM_U8, SM_F32, SM_F64};
    for (size_t i = 0; i < 4 * 40; i++) {
        const sm_type type = types[i % 4];
        const size_t n_samples = 4 + i / 4, n_features = 2 + i / 4 % 5, n_classes = 2 + i / 16 % 2;
        data *d = data_table(n_samples, n_features, n_classes, 1, 0, i / 4);
        for (size_t j = 0; j < n_samples * n_features; j++)
            d->bytes[j] = (uint8_t)(128 + 100 * sin(d->features[j]));
        data_round(d, type);
        sm_objective *objective = make(d, type, pow(10, -5 - (double)(i / 4 % 5)), (sm_execution){0});
        sm_info info;
        free(minimise(objective, 1e-6, &info));
        ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
        ck_assert(0 < info.gap && info.gap <= 1e-6 * info.value);
        ck_assert_uint_lt(info.n_evaluations, type == SM_F16 || type == SM_U8 ? 2000 : 100);
        sm_objective_free(objective);
        data_free(d);
    }
}
END_TEST

/* Samples with large features, nearly separable: the noise of float moves the mean of the probabilities by more than a proof
 * of the tolerance allows. As soon as nothing else is in the way, evaluations continue in double precision. */
START_TEST(no_steps_are_lost_to_the_noise_of_float)
{
    const sm_type types[] = {SM_F16, SM_U8, SM_F32};
    data *d = data_mnist(3000);
    data_set_unit(d, 0.05);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        sm_objective *objective = make(d, types[i], 1e-4, (sm_execution){0});
        sm_info info;
        free(minimise(objective, 1e-4, &info));
        ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
        ck_assert_uint_lt(info.n_evaluations, 120);
        sm_objective_free(objective);
    }
    data_free(d);
}
END_TEST

/* A given point is where it begins, less the mean over classes, which changes no probability. */
START_TEST(a_given_start_is_kept)
{
    const sm_type types[] = {SM_U8, SM_F64};
    for (size_t i = 0; i < 2; i++) {
        data *d = data_mnist(1000);
        sm_objective *objective = make(d, types[i], 1e-2, (sm_execution){0});
        double *x = test_calloc(d->n_parameters, sizeof *x), *start = test_calloc(d->n_parameters, sizeof *start);
        x[5] = start[5] = 0.25;
        x[784 + 5] = start[784 + 5] = -0.25;
        for (size_t k = 0; k < 10; k++)
            x[784 * k + 7] = 3;
        const sm_lbfgs_options options = {.memory = 1, .max_iterations = 0, .from_x = true};
        const sm_problem problem = sm_objective_problem(objective);
        ck_assert_int_eq(sm_lbfgs(&problem, &options, x, NULL), SM_OK);
        for (size_t j = 0; j < d->n_parameters; j++)
            ck_assert_double_le(fabs(x[j] - start[j]), 1e-15);
        free(start);
        free(x);
        sm_objective_free(objective);
        data_free(d);
    }
}
END_TEST

/* Otherwise it begins at the problem's own start, whatever x is; 0 is not special. */
START_TEST(a_start_is_used_only_if_it_is_given)
{
    data *d = data_mnist(1000);
    sm_objective *objective = make(d, SM_U8, 1e-2, (sm_execution){0});
    const sm_problem problem = sm_objective_problem(objective);
    double *x = test_calloc(d->n_parameters, 3 * sizeof *x), *own = x + d->n_parameters;
    double *zero = own + d->n_parameters;
    sm_lbfgs_options options = {.memory = 1, .max_iterations = 0};
    x[5] = 0.25;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, x, NULL), SM_OK);
    ck_assert_int_eq(problem.start(problem.context, false, own), SM_OK);
    ck_assert_mem_eq(x, own, d->n_parameters * sizeof *x);
    options.from_x = true;
    memset(x, 0, d->n_parameters * sizeof *x);
    ck_assert_int_eq(sm_lbfgs(&problem, &options, x, NULL), SM_OK);
    ck_assert_mem_eq(x, zero, d->n_parameters * sizeof *x);
    free(x);
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* Minimises with sample weights, or with none. */
static double *minimise_weighted(data *d, sm_type type, const double *weights, sm_info *info)
{
    sm_source source = data_source(d, type);
    source.weights = weights;
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &(sm_objective_options){.l2 = 1e-4}, &objective), SM_OK);
    double *x = minimise(objective, 1e-4, info);
    sm_objective_free(objective);
    return x;
}

START_TEST(a_factor_of_all_weights_changes_no_bit)
{
    data *d = data_random(700, 30, 4, 1);
    double *weights = test_calloc(d->n_samples, sizeof *weights);
    for (size_t i = 0; i < 2 * 3; i++) {
        const sm_type type = i < 3 ? SM_U8 : SM_F64;
        const double factor = i % 3 == 0 ? 1 : i % 3 == 1 ? 0x1p-20 : 0x1p20;
        for (size_t n = 0; n < d->n_samples; n++)
            weights[n] = factor;
        sm_info with, without;
        double *x = minimise_weighted(d, type, weights, &with), *y = minimise_weighted(d, type, NULL, &without);
        ck_assert_int_eq(with.stop, SM_STOP_CONVERGED);
        ck_assert_uint_eq(with.n_evaluations, without.n_evaluations);
        ck_assert_mem_eq(x, y, d->n_parameters * sizeof *x);
        free(y);
        free(x);
    }
    free(weights);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("minimise", the_warm_start_is_better_than_none, the_preconditioner_is_symmetric_and_positive,
                     the_preconditioner_follows_l2, a_preconditioner_that_does_not_pay_is_left_out,
                     the_proven_bound_holds, floats_and_odd_sizes_converge, few_separable_samples_converge,
                     a_given_start_is_kept, a_start_is_used_only_if_it_is_given,
                     a_factor_of_all_weights_changes_no_bit) ||
           SUITE_RUN_SLOW("minimise", the_preconditioner_saves_most_evaluations,
                          no_steps_are_lost_to_the_noise_of_float,
                          threads_and_instruction_sets_do_not_change_a_bit);
}
