/* The warm start: steps that lower F, the same on every machine. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "objective.h"
#include "warm_start.h"
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

/* The warm start for features less `mean`, which may be NULL, in an array that held other values before. */
static double *warm_start_from(data *d, sm_type type, double l2, const double *mean, sm_execution execution)
{
    sm_objective *objective = make(d, type, l2, execution);
    double *x = test_calloc(d->n_parameters, sizeof *x);
    memset(x, 0xa5, d->n_parameters * sizeof *x);
    ck_assert_int_eq(sm_warm_start(&objective->blocks, l2, mean, x), SM_OK);
    sm_objective_free(objective);
    return x;
}

static double *warm_start(data *d, sm_type type, double l2, sm_execution execution)
{
    return warm_start_from(d, type, l2, NULL, execution);
}

/* The mean of the samples in the coordinates of an objective, in which the largest byte is 1 to 2. */
static double *mean_of(const data *d)
{
    double *mean = test_calloc(d->n_features, sizeof *mean);
    const double scale = ldexp(1, -ilogb(UINT8_MAX * d->unit));
    for (size_t n = 0; n < d->n_samples; n++)
        for (size_t i = 0; i < d->n_features; i++)
            mean[i] += scale * d->unit * d->bytes[n * d->n_features + i] / (double)d->n_samples;
    return mean;
}

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    const size_t n_threads[] = {1, 2, 3, 16};
    data *sets[] = {data_mnist(700), data_random(333, 45, 23, 1), data_random(1, 3, 2, 2)};
    for (size_t i = 0; i < 2 * 3; i++) {
        data *d = sets[i / 2];
        const sm_type type = i % 2 ? SM_F16 : SM_U8;
        double *expected = warm_start(d, type, 1e-3, (sm_execution){1, "scalar"});
        for (size_t j = 0; j < 4 * 4; j++) {
            if (!sm_isa_name(isas[j / 4]))
                continue;
            double *x = warm_start(d, type, 1e-3, (sm_execution){n_threads[j % 4], isas[j / 4]});
            ck_assert_mem_eq(x, expected, d->n_parameters * sizeof *x);
            free(x);
        }
        free(expected);
    }
    for (size_t i = 0; i < 3; i++)
        data_free(sets[i]);
    data *many = data_random(1100, 64, 256, 1); /* so many floats are computed in float */
    double *expected = warm_start(many, SM_F32, 1e-3, (sm_execution){1, "scalar"});
    double *x = warm_start(many, SM_F32, 1e-3, (sm_execution){2, NULL});
    ck_assert_mem_eq(x, expected, many->n_parameters * sizeof *x);
    free(x);
    free(expected);
    data_free(many);
}
END_TEST

START_TEST(threads_and_instruction_sets_do_not_change_a_bit_about_the_mean)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    data *d = data_random(333, 45, 23, 1);
    double *mean = mean_of(d);
    for (size_t i = 0; i < 2 * 4; i++) {
        const sm_type type = i % 2 ? SM_F16 : SM_U8;
        if (!sm_isa_name(isas[i / 2]))
            continue;
        double *expected = warm_start_from(d, type, 1e-3, mean, (sm_execution){1, "scalar"});
        double *x = warm_start_from(d, type, 1e-3, mean, (sm_execution){2, isas[i / 2]});
        ck_assert_mem_eq(x, expected, d->n_parameters * sizeof *x);
        free(x);
        free(expected);
    }
    free(mean);
    data_free(d);
}
END_TEST

/* Adds the same amount to every byte, none of which gets too large. */
static data *shifted(uint8_t amount)
{
    data *d = data_random(400, 37, 5, 9);
    for (size_t i = 0; i < d->n_samples * d->n_features; i++)
        d->bytes[i] = (uint8_t)(d->bytes[i] / 2 + amount);
    return d;
}

/* What all features have in common does not change the weights that are found about the mean, and moves the bias by what
 * they make of it. Without a mean it changes them much. */
START_TEST(a_shift_of_all_features_changes_no_weight_about_the_mean)
{
    data *sets[] = {shifted(0), shifted(120)};
    const size_t n_weights = sets[0]->n_classes * sets[0]->n_features;
    double *x[2], size = 0, *means[2];
    for (size_t i = 0; i < 2; i++) {
        means[i] = mean_of(sets[i]);
        x[i] = warm_start_from(sets[i], SM_U8, 1e-3, means[i], (sm_execution){0});
    }
    for (size_t i = 0; i < n_weights; i++)
        size = fmax(size, fabs(x[0][i]));
    ck_assert_double_gt(size, 0.1);
    for (size_t i = 0; i < n_weights; i++)
        ck_assert_double_eq_tol(x[0][i], x[1][i], 1e-3 * size);
    for (size_t k = 0; k < sets[0]->n_classes; k++) {
        double constants[2];
        for (size_t i = 0; i < 2; i++) {
            constants[i] = x[i][n_weights + k];
            for (size_t j = 0; j < sets[0]->n_features; j++)
                constants[i] += x[i][k * sets[0]->n_features + j] * means[i][j];
        }
        ck_assert_double_eq_tol(constants[0], constants[1], 1e-3);
    }
    for (size_t i = 0; i < 2; i++) {
        free(x[i]);
        free(means[i]);
        data_free(sets[i]);
    }
}
END_TEST

/* Features of dense rows are taken less their mean: where they have much in common, a problem starts much lower. */
START_TEST(a_problem_of_dense_rows_starts_about_the_mean)
{
    data *d = shifted(120);
    for (size_t n = 0; n < d->n_samples; n++) /* the label is the brightest of five features */
        for (size_t k = 0; k < 5; k++)
            if (d->bytes[n * d->n_features + k] > d->bytes[n * d->n_features + d->labels[n]])
                d->labels[n] = (uint8_t)k;
    sm_objective *objective = make(d, SM_U8, 1e-3, (sm_execution){0});
    double *plain = warm_start(d, SM_U8, 1e-3, (sm_execution){0});
    double *x = test_calloc(d->n_parameters, sizeof *x);
    const sm_problem problem = sm_objective_problem(objective);
    ck_assert_int_eq(problem.start(problem.context, false, x), SM_OK);
    ck_assert_double_lt(value_at(objective, x, NULL), 0.9 * value_at(objective, plain, NULL));
    free(x);
    free(plain);
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

START_TEST(it_lowers_the_objective)
{
    const double l2[] = {0, 1e-5, 1e-3, 1e-2};
    data *d = data_mnist(1000);
    double *zero = test_calloc(d->n_parameters, sizeof *zero);
    for (size_t i = 0; i < 8; i++) {
        const sm_type type = i % 2 ? SM_F16 : SM_U8;
        sm_objective *objective = make(d, type, l2[i / 2], (sm_execution){0});
        double *x = warm_start(d, type, l2[i / 2], (sm_execution){0});
        ck_assert_double_lt(value_at(objective, x, NULL), value_at(objective, zero, NULL) / 2);
        free(x);
        sm_objective_free(objective);
    }
    free(zero);
    data_free(d);
}
END_TEST

/* With one sample in each half, each half takes one step from 0. The mean of the two follows the gradient of F, in the
 * weights and in the bias; at 0 the penalty has no gradient. */
START_TEST(a_first_step_goes_straight_down)
{
    for (size_t i = 0; i < 2 * 20; i++) {
        data *d = data_random(2, 10 + i, 2 + i % 5, i);
        const sm_type type = i % 2 ? SM_F16 : SM_U8;
        sm_objective *objective = make(d, type, 0.5, (sm_execution){0});
        double *zero = test_calloc(d->n_parameters, sizeof *zero);
        double *gradient = test_calloc(d->n_parameters, sizeof *gradient);
        double *x = warm_start(d, type, 0.5, (sm_execution){0}), product = 0, square = 0;
        value_at(objective, zero, gradient);
        for (size_t j = 0; j < d->n_parameters; j++) {
            product += x[j] * gradient[j];
            square += gradient[j] * gradient[j];
        }
        const double rate = -product / square;
        ck_assert_double_gt(rate, 0);
        for (size_t j = 0; j < d->n_parameters; j++)
            ck_assert_double_eq_tol(x[j], -rate * gradient[j], 1e-5 * rate);
        free(x);
        free(gradient);
        free(zero);
        sm_objective_free(objective);
        data_free(d);
    }
}
END_TEST

/* Half of the samples have label 0, so the bias of class 0 rises and the others fall. As in every gradient, the gain
 * of one class is the loss of the others, feature by feature. */
START_TEST(the_bias_moves_and_classes_sum_to_zero)
{
    data *d = data_mnist(1000);
    for (size_t n = 0; n < d->n_samples; n += 2)
        d->labels[n] = 0;
    double *x = warm_start(d, SM_U8, 1e-3, (sm_execution){0});
    const double *bias = x + d->n_classes * d->n_features;
    for (size_t k = 0; k < d->n_classes; k++) {
        ck_assert(k == 0 ? bias[k] > 0 : bias[k] < bias[0]);
        ck_assert_double_ne(bias[k], 0);
    }
    for (size_t i = 0; i <= d->n_features; i++) {
        double sum = 0, size = 0;
        for (size_t k = 0; k < d->n_classes; k++) {
            const double value = i < d->n_features ? x[k * d->n_features + i] : bias[k];
            sum += value;
            size = fmax(size, fabs(value));
        }
        ck_assert_double_le(fabs(sum), 1e-4 * (size + 1e-2));
    }
    free(x);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("warm_start", threads_and_instruction_sets_do_not_change_a_bit,
                     threads_and_instruction_sets_do_not_change_a_bit_about_the_mean,
                     a_shift_of_all_features_changes_no_weight_about_the_mean,
                     a_problem_of_dense_rows_starts_about_the_mean, it_lowers_the_objective,
                     a_first_step_goes_straight_down, the_bias_moves_and_classes_sum_to_zero);
}
