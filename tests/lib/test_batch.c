/* A batch of samples: the definition of the objective. */
#include <math.h>
#include <stdlib.h>

#include "softmax.h"
#include "support/data.h"
#include "support/oracle.h"
#include "support/suite.h"

/* Two samples of two features, three classes. */
static const double features[4] = {1, 2, 3, -1};
static const uint8_t labels[2] = {2, 0};
static const sm_batch tiny = {2, 2, 3, features, labels};

START_TEST(scores_worked_out_by_hand)
{
    const double parameters[9] = {1, 0, 0, 1, 2, -1, /* bias */ 10, 20, 30};
    const double expected[6] = {11, 22, 30, 13, 19, 37};
    double scores[6];
    sm_batch_scores(&tiny, parameters, scores);
    for (size_t i = 0; i < 6; i++)
        ck_assert_double_eq(scores[i], expected[i]);
}
END_TEST

/* Both samples have the scores 0, log 2, log 3; their losses are log 2 and log 6. */
START_TEST(objective_worked_out_by_hand)
{
    const double parameters[9] = {0, 0, 0, 0, 0, 0, 0, log(2), log(3)};
    /* S - y is (1/6, 1/3, -1/2) and (-5/6, 1/3, 1/2); the gradient is half the sum of its products with (1, 2) and (3,
     * -1) */
    const double expected[9] = {(1 - 15) / 12.0, (2 + 5) / 12.0, (1 + 3) / 6.0,
                                (2 - 1) / 6.0,   (-1 + 3) / 4.0, (-2 - 1) / 4.0,
                                (1 - 5) / 12.0,  1.0 / 3,        0};
    double gradient[9];
    ck_assert_double_eq_tol(sm_batch_objective(&tiny, 0.5, parameters, gradient), log(12) / 2, 1e-15);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq_tol(gradient[i], expected[i], 1e-15);
}
END_TEST

START_TEST(previous_values_of_the_gradient_do_not_matter)
{
    const double parameters[9] = {1, -2, 0.5, 0, 3, 1, 7, -5, 2};
    double of_zeros[9] = {0}, of_nan[9];
    for (size_t i = 0; i < 9; i++)
        of_nan[i] = (double)NAN;
    (void)sm_batch_objective(&tiny, 0.3, parameters, of_zeros);
    (void)sm_batch_objective(&tiny, 0.3, parameters, of_nan);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq(of_nan[i], of_zeros[i]);
}
END_TEST

START_TEST(the_penalty_is_on_the_weights_and_not_on_the_bias)
{
    const double parameters[9] = {1, -2, 0.5, 0, 3, 1, 7, -5, 2};
    const double square = 1 + 4 + 0.25 + 9 + 1;
    double without[9], with[9];
    const double value = sm_batch_objective(&tiny, 0, parameters, without);
    ck_assert_double_eq_tol(sm_batch_objective(&tiny, 0.3, parameters, with), value + 0.15 * square, 1e-14);
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq_tol(with[i], without[i] + (i < 6 ? 0.3 * parameters[i] : 0), 1e-15);
}
END_TEST

START_TEST(zero_parameters_cost_log_of_the_number_of_classes)
{
    for (size_t n_classes = 1; n_classes <= SM_MAX_CLASSES; n_classes += 51) {
        data *d = data_random(7, 3, n_classes, n_classes);
        const sm_batch batch = data_batch(d);
        double *zeros = test_calloc(d->n_parameters, sizeof *zeros);
        ck_assert_double_eq_tol(sm_batch_objective(&batch, 1, zeros, NULL), log((double)n_classes), 1e-14);
        free(zeros);
        data_free(d);
    }
}
END_TEST

START_TEST(random_batches_agree_with_the_textbook)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        data *d = data_random(1 + seed, 1 + seed % 7, 1 + seed * 3 % 11, seed);
        const sm_batch batch = data_batch(d);
        const double l2 = (double)(seed % 3) * 0.1;
        const double expected = oracle_objective(&batch, l2, d->parameters);
        ck_assert_double_eq_tol(sm_batch_objective(&batch, l2, d->parameters, NULL), expected, 1e-14);
        data_free(d);
    }
}
END_TEST

/* dF/dx_i = (F(x_i + h) - F(x_i - h)) / 2h + O(h^2) */
START_TEST(gradient_is_the_derivative_of_the_objective)
{
    const double h = 1e-5, l2 = 0.2;
    data *d = data_random(9, 5, 4, 1);
    const sm_batch batch = data_batch(d);
    double gradient[24];
    const double value = sm_batch_objective(&batch, l2, d->parameters, gradient);
    ck_assert_double_eq(value, sm_batch_objective(&batch, l2, d->parameters, NULL));
    for (size_t i = 0; i < d->n_parameters; i++) {
        const double x_i = d->parameters[i];
        d->parameters[i] = x_i + h;
        const double above = sm_batch_objective(&batch, l2, d->parameters, NULL);
        d->parameters[i] = x_i - h;
        const double below = sm_batch_objective(&batch, l2, d->parameters, NULL);
        d->parameters[i] = x_i;
        ck_assert_double_eq_tol(gradient[i], (above - below) / (2 * h), 1e-9);
    }
    data_free(d);
}
END_TEST

/* Logistic regression: the loss as a function of the difference of the two rows of parameters. */
START_TEST(two_classes_are_logistic_regression)
{
    data *d = data_random(30, 4, 2, 5);
    const sm_batch batch = data_batch(d);
    double expected = 0;
    for (size_t n = 0; n < 30; n++) {
        double score = d->parameters[9] - d->parameters[8];
        for (size_t i = 0; i < 4; i++)
            score += (d->parameters[4 + i] - d->parameters[i]) * d->features[n * 4 + i];
        expected -= log(d->labels[n] ? sm_sigmoid(score) : sm_sigmoid(-score)) / 30;
    }
    ck_assert_double_eq_tol(sm_batch_objective(&batch, 0, d->parameters, NULL), expected, 1e-14);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("batch", scores_worked_out_by_hand, objective_worked_out_by_hand,
                     previous_values_of_the_gradient_do_not_matter,
                     the_penalty_is_on_the_weights_and_not_on_the_bias,
                     zero_parameters_cost_log_of_the_number_of_classes, random_batches_agree_with_the_textbook,
                     gradient_is_the_derivative_of_the_objective, two_classes_are_logistic_regression);
}
