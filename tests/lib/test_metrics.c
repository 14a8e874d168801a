/* Metrics derived from a confusion matrix. */
#include <math.h>

#include "softmax.h"
#include "support/suite.h"

START_TEST(the_highest_probability_wins_and_the_lowest_class_of_equals)
{
    const float p[6][4] = {{0.1f, 0.2f, 0.3f, 0.4f},
                           {0.4f, 0.3f, 0.2f, 0.1f},
                           {0.25f, 0.25f, 0.25f, 0.25f},
                           {0, 0.5f, 0, 0.5f},
                           {0, 0, 0, 0},
                           {0.1f, 0.1f, 0.7f, 0.1f}};
    const size_t expected[6] = {3, 0, 0, 1, 0, 2};
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(sm_argmax(4, p[i]), expected[i]);
    ck_assert_uint_eq(sm_argmax(1, p[0]), 0);
}
END_TEST

/* The previous content of the matrix is discarded; rows are true classes, columns are predicted ones. */
START_TEST(the_confusion_counts_pairs_of_label_and_prediction)
{
    const float p[5 * 3] = {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0.5f, 0.5f, 0};
    const uint8_t labels[5] = {0, 0, 1, 1, 2};
    const size_t expected[9] = {1, 1, 0, 0, 1, 1, 1, 0, 0};
    size_t confusion[9] = {9, 9, 9, 9, 9, 9, 9, 9, 9};
    sm_confusion(5, 3, p, labels, confusion);
    ck_assert_mem_eq(confusion, expected, sizeof expected);
    sm_confusion(0, 3, p, labels, confusion);
    for (size_t i = 0; i < 9; i++)
        ck_assert_uint_eq(confusion[i], 0);
}
END_TEST

static void check_metrics(const sm_class_metrics *m, size_t support, double precision, double recall, double f1)
{
    ck_assert_uint_eq(m->support, support);
    ck_assert_double_eq_tol(m->precision, precision, 1e-15);
    ck_assert_double_eq_tol(m->recall, recall, 1e-15);
    ck_assert_double_eq_tol(m->f1, f1, 1e-15);
}

START_TEST(metrics_of_a_matrix_worked_out_by_hand)
{
    const size_t confusion[9] = {5, 1, 0, 2, 6, 4, 1, 0, 1};
    sm_class_metrics metrics[3];
    sm_metrics(3, confusion, metrics);
    check_metrics(&metrics[0], 6, 5.0 / 8, 5.0 / 6, 10.0 / 14);
    check_metrics(&metrics[1], 12, 6.0 / 7, 6.0 / 12, 12.0 / 19);
    check_metrics(&metrics[2], 2, 1.0 / 5, 1.0 / 2, 2.0 / 7);
}
END_TEST

/* Class 0 is never predicted, class 1 has no samples, class 2 is always wrong, class 3 is none of these. */
START_TEST(zero_divided_by_zero_is_0)
{
    const size_t confusion[16] = {0, 3, 2, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0};
    sm_class_metrics metrics[4];
    sm_metrics(4, confusion, metrics);
    check_metrics(&metrics[0], 5, 0, 0, 0);
    check_metrics(&metrics[1], 0, 0, 0, 0);
    check_metrics(&metrics[2], 4, 0, 0, 0);
    check_metrics(&metrics[3], 0, 0, 0, 0);
}
END_TEST

START_TEST(counts_are_all_samples_and_the_diagonal)
{
    const size_t confusion[9] = {5, 1, 0, 2, 6, 4, 1, 0, 1}, none[4] = {0};
    const sm_counts counts = sm_confusion_counts(3, confusion), zero = sm_confusion_counts(2, none);
    ck_assert_uint_eq(counts.n_samples, 20);
    ck_assert_uint_eq(counts.n_correct, 12);
    ck_assert(zero.n_samples == 0 && zero.n_correct == 0);
}
END_TEST

/* Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, method 3. */
START_TEST(intervals_published_by_newcombe)
{
    static const struct {
        size_t n_correct, n_samples;
        double low, high;
    } published[4] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < 4; i++) {
        const sm_interval found = sm_wilson_interval(published[i].n_correct, published[i].n_samples);
        ck_assert_double_eq_tol(found.low, published[i].low, 0.00005001);
        ck_assert_double_eq_tol(found.high, published[i].high, 0.00005001);
    }
}
END_TEST

/* The ends are the p for which (n_correct / n - p)^2 = z^2 p (1 - p) / n. */
START_TEST(interval_ends_solve_the_equation_of_the_score_test)
{
    const double z = 1.959963984540054;
    for (size_t n = 1; n <= 10000; n *= 10) {
        for (size_t n_correct = 0; n_correct <= n; n_correct += n < 10 ? 1 : n / 10) {
            const sm_interval i = sm_wilson_interval(n_correct, n);
            const double p = (double)n_correct / (double)n;
            ck_assert(0 <= i.low && i.low <= p && p <= i.high && i.high <= 1);
            ck_assert_double_eq_tol(pow(p - i.low, 2), z * z * i.low * (1 - i.low) / (double)n, 1e-15);
            ck_assert_double_eq_tol(pow(p - i.high, 2), z * z * i.high * (1 - i.high) / (double)n, 1e-15);
            const sm_interval mirrored = sm_wilson_interval(n - n_correct, n);
            ck_assert_double_eq_tol(mirrored.low, 1 - i.high, 1e-15);
        }
    }
}
END_TEST

START_TEST(intervals_end_exactly_at_0_and_1)
{
    ck_assert_double_eq(sm_wilson_interval(0, 7).low, 0);
    ck_assert_double_eq(sm_wilson_interval(7, 7).high, 1);
    ck_assert_double_eq(sm_wilson_interval(0, 60000).low, 0);
    ck_assert_double_eq(sm_wilson_interval(60000, 60000).high, 1);
    const sm_interval unknown = sm_wilson_interval(0, 0);
    ck_assert(unknown.low == 0 && unknown.high == 1);
}
END_TEST

static const size_t mistakes[16] = {90, 3, 0, 5, 5, 80, 1, 0, 0, 3, 70, 7, 2, 0, 5, 60};
static const sm_confused_pair in_order[8] = {{2, 3, 7}, {0, 3, 5}, {1, 0, 5}, {3, 2, 5},
                                             {0, 1, 3}, {2, 1, 3}, {3, 0, 2}, {1, 2, 1}};

START_TEST(mistakes_come_most_frequent_first_and_equal_ones_in_reading_order)
{
    for (size_t n_pairs = 0; n_pairs <= 12; n_pairs++) {
        sm_confused_pair pairs[13];
        for (size_t i = 0; i < 13; i++)
            pairs[i] = (sm_confused_pair){99, 99, 99};
        const size_t expected = n_pairs < 8 ? n_pairs : 8;
        ck_assert_uint_eq(sm_most_confused(4, mistakes, n_pairs, pairs), expected);
        for (size_t i = 0; i < expected; i++) {
            ck_assert_uint_eq(pairs[i].label, in_order[i].label);
            ck_assert_uint_eq(pairs[i].prediction, in_order[i].prediction);
            ck_assert_uint_eq(pairs[i].count, in_order[i].count);
        }
        for (size_t i = n_pairs; i < 13; i++) /* beyond the given array */
            ck_assert_uint_eq(pairs[i].count, 99);
    }
}
END_TEST

START_TEST(without_mistakes_there_are_no_pairs)
{
    const size_t confusion[4] = {3, 0, 0, 4};
    sm_confused_pair pairs[4];
    ck_assert_uint_eq(sm_most_confused(2, confusion, 4, pairs), 0);
    ck_assert_uint_eq(sm_most_confused(1, confusion, 4, pairs), 0);
}
END_TEST

int main(void)
{
    return SUITE_RUN(
        "metrics", the_highest_probability_wins_and_the_lowest_class_of_equals,
        the_confusion_counts_pairs_of_label_and_prediction, metrics_of_a_matrix_worked_out_by_hand,
        zero_divided_by_zero_is_0, counts_are_all_samples_and_the_diagonal, intervals_published_by_newcombe,
        interval_ends_solve_the_equation_of_the_score_test, intervals_end_exactly_at_0_and_1,
        mistakes_come_most_frequent_first_and_equal_ones_in_reading_order, without_mistakes_there_are_no_pairs);
}
