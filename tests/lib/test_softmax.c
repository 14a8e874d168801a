/* One sample: softmax, its Jacobian, the cross-entropy and its gradient. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/oracle.h"
#include "support/suite.h"

/* exp and log of libm, a sum and a quotient: a few units in the last place. */
static const double ROUNDING = 4e-15;

static void check_array(size_t n, const double *actual, const double *expected, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_double_eq_tol(actual[i], expected[i], tolerance);
}

static double sum(size_t n, const double *values)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += values[i];
    return s;
}

/* ---------------------------------------------------------------------------------------------- */
/* Softmax, its logarithm and log-sum-exp                                                          */

START_TEST(logarithms_of_1_2_3_give_sixths)
{
    const double scores[3] = {0, log(2), log(3)};
    const double expected[3] = {1.0 / 6, 2.0 / 6, 3.0 / 6};
    const double expected_log[3] = {-log(6), -log(3), -log(2)};
    double p[3], log_p[3];
    sm_softmax(3, scores, p);
    sm_log_softmax(3, scores, log_p);
    check_array(3, p, expected, ROUNDING);
    check_array(3, log_p, expected_log, ROUNDING);
    ck_assert_double_eq_tol(sm_log_sum_exp(3, scores), log(6), ROUNDING);
}
END_TEST

START_TEST(equal_scores_are_equally_likely)
{
    const double values[] = {7, 0, -7, 1e4, -1e4, DBL_MAX, -DBL_MAX, -HUGE_VAL};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const double scores[4] = {values[i], values[i], values[i], values[i]};
        double p[4], log_p[4];
        sm_softmax(4, scores, p);
        sm_log_softmax(4, scores, log_p);
        for (size_t k = 0; k < 4; k++) {
            ck_assert_double_eq(p[k], 0.25);
            ck_assert_double_eq_tol(log_p[k], -log(4), ROUNDING);
        }
        ck_assert_double_eq_tol(sm_cross_entropy(4, scores, 2), log(4), ROUNDING);
    }
}
END_TEST

START_TEST(one_class_is_certain)
{
    const double values[] = {0, 5, -1e4, 1e300, -HUGE_VAL};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double p, log_p;
        sm_softmax(1, &values[i], &p);
        sm_log_softmax(1, &values[i], &log_p);
        ck_assert_double_eq(p, 1);
        ck_assert_double_eq(log_p, 0);
        ck_assert_double_eq(sm_log_sum_exp(1, &values[i]), values[i]);
        ck_assert_double_eq(sm_cross_entropy(1, &values[i], 0), 0);
    }
}
END_TEST

START_TEST(large_scores_do_not_overflow)
{
    const double scores[3] = {1e4, -1e4, 0};
    const double expected[3] = {1, 0, 0}, expected_log[3] = {0, -2e4, -1e4};
    double p[3], log_p[3];
    sm_softmax(3, scores, p);
    sm_log_softmax(3, scores, log_p);
    for (size_t k = 0; k < 3; k++) {
        ck_assert_double_eq(p[k], expected[k]);
        ck_assert_double_eq(log_p[k], expected_log[k]);
    }
    ck_assert_double_eq(sm_log_sum_exp(3, scores), 1e4);
    const double low[2] = {-1e4, -1e4};
    ck_assert_double_eq_tol(sm_log_sum_exp(2, low), -1e4 + log(2), 1e-11);
}
END_TEST

/* For any two finite scores, and whichever is larger, nothing becomes NaN. */
START_TEST(no_finite_scores_give_nan)
{
    const double values[] = {DBL_MAX, -DBL_MAX, 0, -0.0, DBL_MIN, 4.9e-324, -DBL_MIN, 1, 745, -745, 710, 1e308};
    const size_t n = sizeof values / sizeof *values;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const double scores[3] = {values[i], values[j], -HUGE_VAL};
            double p[3], log_p[3];
            sm_softmax(3, scores, p);
            sm_log_softmax(3, scores, log_p);
            ck_assert_double_eq_tol(sum(3, p), 1, ROUNDING);
            for (size_t k = 0; k < 3; k++) {
                ck_assert(p[k] >= 0 && p[k] <= 1 && log_p[k] <= 0);
                ck_assert(sm_cross_entropy(3, scores, k) >= 0);
            }
            ck_assert_double_eq(p[2], 0);
            ck_assert(sm_log_sum_exp(3, scores) >= fmax(values[i], values[j]));
        }
    }
}
END_TEST

START_TEST(a_class_of_score_minus_infinity_is_ruled_out)
{
    const double scores[4] = {-HUGE_VAL, 1, -HUGE_VAL, 1};
    const double expected[4] = {0, 0.5, 0, 0.5};
    double p[4], log_p[4];
    sm_softmax(4, scores, p);
    sm_log_softmax(4, scores, log_p);
    check_array(4, p, expected, ROUNDING);
    ck_assert(log_p[0] == -HUGE_VAL && log_p[2] == -HUGE_VAL);
    ck_assert_double_eq_tol(log_p[1], -log(2), ROUNDING);
    ck_assert_double_eq_tol(sm_log_sum_exp(4, scores), 1 + log(2), ROUNDING);

    const double none[2] = {-HUGE_VAL, -HUGE_VAL};
    ck_assert(sm_log_sum_exp(2, none) == -HUGE_VAL);
}
END_TEST

START_TEST(nan_is_not_hidden)
{
    for (size_t at = 0; at < 3; at++) {
        double scores[3] = {1, 2, -HUGE_VAL}, p[3], log_p[3];
        scores[at] = (double)NAN;
        sm_softmax(3, scores, p);
        sm_log_softmax(3, scores, log_p);
        ck_assert(isnan(sm_log_sum_exp(3, scores)));
        for (size_t k = 0; k < 3; k++)
            ck_assert(isnan(p[k]) && isnan(log_p[k]));
    }
}
END_TEST

START_TEST(results_may_be_written_over_the_scores)
{
    const double scores[4] = {0.5, -3, 2, 100};
    double p[4], log_p[4], in_place[4];
    sm_softmax(4, scores, p);
    sm_log_softmax(4, scores, log_p);
    memcpy(in_place, scores, sizeof scores);
    sm_softmax(4, in_place, in_place);
    ck_assert_mem_eq(in_place, p, sizeof p);
    memcpy(in_place, scores, sizeof scores);
    sm_log_softmax(4, in_place, in_place);
    ck_assert_mem_eq(in_place, log_p, sizeof log_p);
}
END_TEST

/* These sums are exact, so no bit of the result may change. */
START_TEST(adding_a_constant_to_all_scores_changes_nothing)
{
    const double scores[5] = {0.25, -1.5, 3, 2.75, -8};
    const double constants[] = {1, -3.5, 1024, -1e6, 1e9};
    double p[5], log_p[5];
    sm_softmax(5, scores, p);
    sm_log_softmax(5, scores, log_p);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        double moved[5], moved_p[5], moved_log_p[5];
        for (size_t k = 0; k < 5; k++)
            moved[k] = scores[k] + constants[i];
        sm_softmax(5, moved, moved_p);
        sm_log_softmax(5, moved, moved_log_p);
        ck_assert_mem_eq(moved_p, p, sizeof p);
        ck_assert_mem_eq(moved_log_p, log_p, sizeof log_p);
        ck_assert_double_eq_tol(sm_log_sum_exp(5, moved), constants[i] + sm_log_sum_exp(5, scores),
                                ROUNDING * fmax(1, fabs(constants[i])));
    }
}
END_TEST

START_TEST(random_scores_agree_with_the_textbook)
{
    const size_t sizes[] = {1, 2, 3, 10, 100, 256};
    const double scales[] = {0.1, 5, 700};
    sm_random random = {1};
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 3; j++) {
            double scores[256], p[256], log_p[256], expected[256];
            random_fill(&random, -scales[j], scales[j], sizes[i], scores);
            sm_softmax(sizes[i], scores, p);
            sm_log_softmax(sizes[i], scores, log_p);
            oracle_softmax(sizes[i], scores, expected);
            check_array(sizes[i], p, expected, ROUNDING);
            ck_assert_double_eq_tol(sum(sizes[i], p), 1, ROUNDING);
            const double log_sum = oracle_log_sum_exp(sizes[i], scores);
            ck_assert_double_eq_tol(sm_log_sum_exp(sizes[i], scores), log_sum, 1e-13 * scales[j] + ROUNDING);
            for (size_t k = 0; k < sizes[i]; k++) {
                ck_assert_double_eq_tol(log_p[k], scores[k] - log_sum, 1e-14 * scales[j] + ROUNDING);
                ck_assert_double_eq_tol(sm_cross_entropy(sizes[i], scores, k), log_sum - scores[k],
                                        1e-14 * scales[j] + ROUNDING);
            }
        }
    }
}
END_TEST

START_TEST(a_higher_score_is_more_likely)
{
    double scores[5] = {-1, 0, 0.5, 2, 3}, p[5], raised[5];
    sm_softmax(5, scores, p);
    for (size_t k = 0; k + 1 < 5; k++)
        ck_assert(p[k] < p[k + 1]);
    scores[2] += 1;
    sm_softmax(5, scores, raised);
    for (size_t k = 0; k < 5; k++)
        ck_assert(k == 2 ? raised[k] > p[k] : raised[k] < p[k]);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* The Jacobian                                                                                    */

START_TEST(jacobian_of_a_half_a_third_a_sixth)
{
    const double p[3] = {1.0 / 2, 1.0 / 3, 1.0 / 6};
    const double expected[9] = {1.0 / 4,   -1.0 / 6,  -1.0 / 12, -1.0 / 6, 2.0 / 9,
                                -1.0 / 18, -1.0 / 12, -1.0 / 18, 5.0 / 36};
    double jacobian[9];
    sm_softmax_jacobian(3, p, jacobian);
    check_array(9, jacobian, expected, 1e-16);
}
END_TEST

/* dS_i/da_j = (S_i(a_j + h) - S_i(a_j - h)) / 2h + O(h^2) */
START_TEST(jacobian_is_the_derivative_of_softmax)
{
    const double h = 1e-5;
    double scores[6] = {0.3, -1.2, 2.5, 0, 1.1, -0.4}, p[6], jacobian[36], above[6], below[6];
    sm_softmax(6, scores, p);
    sm_softmax_jacobian(6, p, jacobian);
    for (size_t j = 0; j < 6; j++) {
        const double a_j = scores[j];
        scores[j] = a_j + h;
        sm_softmax(6, scores, above);
        scores[j] = a_j - h;
        sm_softmax(6, scores, below);
        scores[j] = a_j;
        for (size_t i = 0; i < 6; i++)
            ck_assert_double_eq_tol(jacobian[i * 6 + j], (above[i] - below[i]) / (2 * h), 1e-10);
    }
}
END_TEST

START_TEST(jacobian_is_symmetric_with_rows_that_sum_to_0)
{
    sm_random random = {2};
    double scores[20], p[20], jacobian[400];
    random_fill(&random, -5, 5, 20, scores);
    sm_softmax(20, scores, p);
    sm_softmax_jacobian(20, p, jacobian);
    for (size_t i = 0; i < 20; i++) {
        ck_assert_double_eq_tol(sum(20, jacobian + i * 20), 0, 1e-15);
        for (size_t j = 0; j < 20; j++) {
            ck_assert_double_eq(jacobian[i * 20 + j], jacobian[j * 20 + i]);
            ck_assert(i == j ? jacobian[i * 20 + j] > 0 : jacobian[i * 20 + j] < 0);
        }
    }
}
END_TEST

START_TEST(jacobian_product_is_the_jacobian_times_the_vector)
{
    sm_random random = {3};
    double scores[10], p[10], vector[10], jacobian[100], product[10], expected[10];
    random_fill(&random, -2, 2, 10, scores);
    random_fill(&random, -2, 2, 10, vector);
    sm_softmax(10, scores, p);
    sm_softmax_jacobian(10, p, jacobian);
    for (size_t i = 0; i < 10; i++) {
        expected[i] = 0;
        for (size_t j = 0; j < 10; j++)
            expected[i] += jacobian[i * 10 + j] * vector[j];
    }
    sm_softmax_jacobian_product(10, p, vector, product);
    check_array(10, product, expected, 1e-15);
    sm_softmax_jacobian_product(10, p, vector, vector);
    ck_assert_mem_eq(vector, product, sizeof product);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* The cross-entropy and its gradient                                                              */

START_TEST(cross_entropy_of_logarithms_of_1_2_3)
{
    const double scores[3] = {0, log(2), log(3)};
    ck_assert_double_eq_tol(sm_cross_entropy(3, scores, 0), log(6), ROUNDING);
    ck_assert_double_eq_tol(sm_cross_entropy(3, scores, 1), log(3), ROUNDING);
    ck_assert_double_eq_tol(sm_cross_entropy(3, scores, 2), log(2), ROUNDING);
}
END_TEST

START_TEST(cross_entropy_of_extreme_scores)
{
    const double scores[3] = {1e4, -1e4, -HUGE_VAL};
    ck_assert_double_eq(sm_cross_entropy(3, scores, 0), 0);
    ck_assert_double_eq(sm_cross_entropy(3, scores, 1), 2e4);
    ck_assert(sm_cross_entropy(3, scores, 2) == HUGE_VAL);
    /* S rounds to 1 here, whose logarithm is 0; the true loss is nearly 1 - S. */
    const double sure[2] = {40, 0};
    ck_assert_double_eq_tol(sm_cross_entropy(2, sure, 0), 0, 1e-17);
    ck_assert_double_eq_tol(sm_cross_entropy(2, sure, 1), 40, 1e-14);
}
END_TEST

START_TEST(gradient_is_probability_less_one_hot)
{
    const double p[3] = {0.5, 0.375, 0.125}, expected[3] = {0.5, -0.625, 0.125};
    double gradient[3];
    sm_cross_entropy_gradient(3, p, 1, gradient);
    check_array(3, gradient, expected, 1e-16);
    double in_place[3] = {0.5, 0.375, 0.125};
    sm_cross_entropy_gradient(3, in_place, 1, in_place);
    ck_assert_mem_eq(in_place, gradient, sizeof gradient);
}
END_TEST

START_TEST(gradient_is_the_derivative_of_cross_entropy)
{
    const double h = 1e-5;
    double scores[5] = {0.3, -1.2, 2.5, 0, 1.1}, gradient[5];
    for (size_t label = 0; label < 5; label++) {
        sm_softmax(5, scores, gradient);
        sm_cross_entropy_gradient(5, gradient, label, gradient);
        for (size_t j = 0; j < 5; j++) {
            const double a_j = scores[j];
            scores[j] = a_j + h;
            const double above = sm_cross_entropy(5, scores, label);
            scores[j] = a_j - h;
            const double below = sm_cross_entropy(5, scores, label);
            scores[j] = a_j;
            ck_assert_double_eq_tol(gradient[j], (above - below) / (2 * h), 1e-9);
        }
    }
}
END_TEST

/* From probabilities of similar size to a label's probability of 1e-300, of 1e-320 and of 0. */
START_TEST(the_chain_rule_gives_the_closed_form)
{
    const double label_scores[] = {1, -20, -300, -690, -708, -709, -720, -737, -745, -800, -HUGE_VAL};
    for (size_t i = 0; i < sizeof label_scores / sizeof *label_scores; i++) {
        for (size_t label = 0; label < 4; label++) {
            double scores[4] = {0.5, -1, 0.25, -2}, p[4], by_chain_rule[4], closed[4];
            scores[label] = label_scores[i];
            sm_softmax(4, scores, p);
            sm_cross_entropy_gradient_by_chain_rule(4, p, label, by_chain_rule);
            sm_cross_entropy_gradient(4, p, label, closed);
            check_array(4, by_chain_rule, closed, 1e-14);
            ck_assert_double_eq_tol(sum(4, by_chain_rule), 0, 1e-14);
        }
    }
}
END_TEST

/* Not the closed form under another name: it has the roundings of the products, dL/dS_i times dS_i/da_j. */
START_TEST(the_chain_rule_is_carried_out)
{
    size_t n_roundings = 0;
    for (int i = 1; i < 100; i++) {
        const double p[2] = {i / 100.0, 1 - i / 100.0};
        double gradient[2];
        sm_cross_entropy_gradient_by_chain_rule(2, p, 0, gradient);
        ck_assert_double_eq(gradient[0], -1 / p[0] * (p[0] * (1 - p[0])));
        ck_assert_double_eq(gradient[1], -1 / p[0] * (-p[0] * p[1]));
        n_roundings += gradient[0] != p[0] - 1;
    }
    ck_assert_uint_gt(n_roundings, 0);
}
END_TEST

START_TEST(sigmoid_is_softmax_over_two_classes)
{
    ck_assert_double_eq(sm_sigmoid(0), 0.5);
    ck_assert_double_eq_tol(sm_sigmoid(log(3)), 0.75, ROUNDING);
    ck_assert_double_eq_tol(sm_sigmoid(-log(3)), 0.25, ROUNDING);
    for (double score = -740; score <= 740; score += 0.37) {
        const double scores[2] = {1.5, 1.5 + score};
        double p[2];
        sm_softmax(2, scores, p);
        ck_assert_double_eq_tol(sm_sigmoid(score), p[1], 1e-14 * p[1] + 1e-320 + 1e-13 * p[0] * p[1]);
        ck_assert_double_eq_tol(sm_sigmoid(score) + sm_sigmoid(-score), 1, ROUNDING);
    }
}
END_TEST

START_TEST(sigmoid_never_overflows)
{
    ck_assert_double_eq(sm_sigmoid(1e4), 1);
    ck_assert_double_eq(sm_sigmoid(-1e4), 0);
    ck_assert_double_eq(sm_sigmoid(DBL_MAX), 1);
    ck_assert_double_eq(sm_sigmoid(-DBL_MAX), 0);
    ck_assert_double_eq(sm_sigmoid(HUGE_VAL), 1);
    ck_assert_double_eq(sm_sigmoid(-HUGE_VAL), 0);
    ck_assert_double_eq_tol(sm_sigmoid(-700) / exp(-700), 1, ROUNDING);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

START_TEST(every_status_and_stop_has_its_own_sentence)
{
    const char *sentences[16];
    size_t n = 0;
    for (int status = SM_OK; status <= SM_ERROR_STATE; status++)
        sentences[n++] = sm_status_string((sm_status)status);
    for (int stop = SM_STOP_NONE; stop <= SM_STOP_STUCK; stop++)
        sentences[n++] = sm_stop_string((sm_stop)stop);
    for (size_t i = 0; i < n; i++) {
        ck_assert_ptr_nonnull(sentences[i]);
        ck_assert_uint_gt(strlen(sentences[i]), 0);
        ck_assert_int_ne(sentences[i][strlen(sentences[i]) - 1], '.');
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(sentences[i], sentences[j]);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN(
        "softmax", logarithms_of_1_2_3_give_sixths, equal_scores_are_equally_likely, one_class_is_certain,
        large_scores_do_not_overflow, no_finite_scores_give_nan, a_class_of_score_minus_infinity_is_ruled_out,
        nan_is_not_hidden, results_may_be_written_over_the_scores, adding_a_constant_to_all_scores_changes_nothing,
        random_scores_agree_with_the_textbook, a_higher_score_is_more_likely, jacobian_of_a_half_a_third_a_sixth,
        jacobian_is_the_derivative_of_softmax, jacobian_is_symmetric_with_rows_that_sum_to_0,
        jacobian_product_is_the_jacobian_times_the_vector, cross_entropy_of_logarithms_of_1_2_3,
        cross_entropy_of_extreme_scores, gradient_is_probability_less_one_hot,
        gradient_is_the_derivative_of_cross_entropy, the_chain_rule_gives_the_closed_form,
        the_chain_rule_is_carried_out, sigmoid_is_softmax_over_two_classes, sigmoid_never_overflows,
        every_status_and_stop_has_its_own_sentence);
}
