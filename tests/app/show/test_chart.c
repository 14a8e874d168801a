/* Axes and lines of charts for values that are few, equal, missing, or far apart. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/chart.h"
#include "support/suite.h"

/* The promises of every axis. */
static void check_axis(const axis *a)
{
    ck_assert(isfinite(a->low) && isfinite(a->high) && isfinite(a->step));
    ck_assert_double_lt(a->low, a->high);
    ck_assert_double_gt(a->step, 0);
    ck_assert_uint_ge(a->n_steps, 1);
    ck_assert_uint_le(a->n_steps, 250);
    char last[AXIS_TEXT_SIZE] = "", text[AXIS_TEXT_SIZE];
    for (size_t i = 0; i <= a->n_steps; i++) {
        axis_text(a, i, text);
        ck_assert_str_ne(text, last);
        (void)snprintf(last, sizeof last, "%s", text);
    }
}

static axis fit(size_t n, const double *values)
{
    const axis a = axis_for(n, values, 5);
    check_axis(&a);
    for (size_t i = 0; i < n; i++) {
        const double share = axis_share(&a, values[i]);
        ck_assert(!(fabs(values[i]) <= 1e300) || (share >= -1e-9 && share <= 1 + 1e-9));
    }
    return a;
}

static void check_marks(const axis *a, size_t n, const char *const *expected)
{
    char text[AXIS_TEXT_SIZE];
    ck_assert_uint_eq(a->n_steps + 1, n);
    for (size_t i = 0; i < n; i++) {
        axis_text(a, i, text);
        ck_assert_str_eq(text, expected[i]);
    }
}

START_TEST(marks_are_round)
{
    const axis a = fit(2, (const double[]){0.2592, 0.2945});
    check_marks(&a, 6, (const char *const[]){"0.25", "0.26", "0.27", "0.28", "0.29", "0.30"});
    const axis b = fit(2, (const double[]){0, 100});
    check_marks(&b, 6, (const char *const[]){"0", "20", "40", "60", "80", "100"});
    const axis c = fit(2, (const double[]){-1, 1});
    check_marks(&c, 5, (const char *const[]){"-1.0", "-0.5", "0.0", "0.5", "1.0"});
}
END_TEST

START_TEST(one_value_is_inside)
{
    const double values[] = {0, 1, -1, 92.62, 1e-200, 1e200, -1e300, 1e-320, 4};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const axis a = fit(1, &values[i]);
        ck_assert_double_lt(a.low, values[i]);
        ck_assert_double_gt(a.high, values[i]);
    }
}
END_TEST

START_TEST(equal_values_are_one)
{
    const double many[] = {0.25, 0.25, 0.25}, one = 0.25;
    const axis a = fit(3, many), b = fit(1, &one);
    ck_assert_mem_eq(&a, &b, sizeof a);
}
END_TEST

START_TEST(without_values_from_0_to_1)
{
    const double none[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
    const axis a = fit(0, NULL), b = fit(3, none);
    ck_assert_double_eq(a.low, 0);
    ck_assert_double_eq(a.high, 1);
    ck_assert_mem_eq(&a, &b, sizeof a);
    const axis c = fit(3, (const double[]){(double)NAN, 2, 3}), d = fit(2, (const double[]){2, 3});
    ck_assert_mem_eq(&c, &d, sizeof c);
}
END_TEST

START_TEST(any_range_has_marks)
{
    for (int low = -300; low <= 300; low += 7)
        for (int high = -300; high <= 300; high += 11)
            (void)fit(2, (const double[]){-pow(10, low), 3.3 * pow(10, high)});
    for (int i = 1; i < 1000; i++) {
        const axis a = fit(2, (const double[]){1e6, 1e6 + i});
        ck_assert_double_le(a.step * 5, 2.5 * (i < 10 ? 200000 : i));
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The path of a line through points [n]; the caller frees it. */
static char *line_of(size_t n, const double *x, const double *y)
{
    const double ends[] = {0, 1};
    const chart c = {axis_for(2, ends, 5), axis_for(2, ends, 5), "", "", ""};
    buffer b = {0};
    chart_line(&b, &c, "s", n, x, y);
    buffer_add(&b, "", 1);
    ck_assert(!b.failed);
    ck_assert_ptr_null(strstr(b.data, "nan"));
    ck_assert_ptr_null(strstr(b.data, "inf"));
    return b.data;
}

static size_t count(const char *text, char letter)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == letter;
    return n;
}

START_TEST(a_line_is_broken_where_it_has_no_value)
{
    const double x[] = {0, 0.2, 0.4, 0.6, 0.8}, y[] = {0, 1, (double)NAN, 0.5, HUGE_VAL};
    char *path = line_of(5, x, y);
    ck_assert_uint_eq(count(path, 'M'), 2);
    ck_assert_uint_eq(count(path, 'L'), 1);
    free(path);
    path = line_of(1, x, y);
    ck_assert_uint_eq(count(path, 'M'), 1);
    free(path);
    path = line_of(0, x, y);
    ck_assert_uint_eq(count(path, 'M'), 0);
    free(path);
}
END_TEST

START_TEST(a_long_line_is_thinned_but_keeps_its_ends)
{
    enum { N = 10001 };
    double *x = calloc(N, sizeof *x);
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i / (N - 1);
    char *whole = line_of(N, x, x), *end = line_of(1, x + N - 1, x + N - 1);
    ck_assert_uint_le(count(whole, 'L'), 700);
    const char *last = strrchr(whole, 'L'), *only = strchr(end, 'M');
    ck_assert(last && only && strncmp(last + 1, only + 1, strcspn(only + 1, "h")) == 0);
    free(end);
    free(whole);
    free(x);
}
END_TEST

int main(void)
{
    return SUITE_RUN("chart", marks_are_round, one_value_is_inside, equal_values_are_one,
                     without_values_from_0_to_1, any_range_has_marks, a_line_is_broken_where_it_has_no_value,
                     a_long_line_is_thinned_but_keeps_its_ends);
}
