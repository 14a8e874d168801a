/* Stochastic gradient descent, on f(x) = (1/n) sum_i |x - a_i|^2 / 2, whose minimum is the mean of the a_i. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

enum { MAX_TERMS = 64, MAX_CALLS = 4096 };

/* The points a_i, and a record of the evaluations. */
typedef struct squares {
    size_t n_terms;
    double a[MAX_TERMS];
    size_t n_batches, n_whole; /* calls with and without indices */
    size_t sizes[MAX_CALLS];   /* [n_batches] */
    size_t visited[MAX_CALLS]; /* the indices of all batches, one after the other */
    size_t n_visited;
    double batch_x[MAX_CALLS];     /* [n_batches], the points at which gradients were taken */
    double progress_x[MAX_CALLS];  /* [n_progress] */
    sm_info infos[MAX_CALLS];      /* [n_progress] */
    size_t n_progress, stop_after; /* steps taken; the step after which to stop, or 0 */
    size_t fail_at_batch;          /* the batch that fails, counted from 1; or 0 */
} squares;

static squares *squares_create(size_t n_terms)
{
    squares *s = test_calloc(1, sizeof *s);
    sm_random random = {n_terms};
    s->n_terms = n_terms;
    random_fill(&random, -3, 5, n_terms, s->a);
    return s;
}

static double mean_of_terms(const squares *s, const sm_terms *terms, double x, double *gradient)
{
    const size_t n = terms->indices ? terms->n : s->n_terms;
    double value = 0;
    *gradient = 0;
    for (size_t i = 0; i < n; i++) {
        const double difference = x - s->a[terms->indices ? terms->indices[i] : i];
        value += difference * difference / 2 / (double)n;
        *gradient += difference / (double)n;
    }
    return value;
}

static sm_status evaluate(void *context, const sm_terms *terms, const double *x, double *value, double *gradient)
{
    squares *s = context;
    double slope;
    *value = mean_of_terms(s, terms, *x, &slope);
    if (gradient)
        *gradient = slope;
    if (!isfinite(*value))
        return SM_ERROR_NOT_FINITE;
    if (!terms->indices) {
        s->n_whole++;
        return SM_OK;
    }
    s->batch_x[s->n_batches] = *x;
    s->sizes[s->n_batches++] = terms->n;
    for (size_t i = 0; i < terms->n; i++)
        s->visited[s->n_visited++] = terms->indices[i];
    return s->n_batches == s->fail_at_batch ? SM_ERROR_SOURCE : SM_OK;
}

static sm_problem problem_of(squares *s)
{
    return (sm_problem){.n_parameters = 1, .n_terms = s->n_terms, .context = s, .evaluate = evaluate};
}

/* Minimises from x until the minimiser stops, or for the given number of steps, and records each step. On failure x
 * and info are unchanged. */
static sm_status run(squares *s, sm_sgd_options options, double *x, sm_info *info)
{
    const sm_problem problem = problem_of(s);
    sm_minimiser *m;
    sm_status status = sm_sgd_create(&problem, &options, x, &m);
    if (status != SM_OK)
        return status;
    while ((s->stop_after == 0 || s->n_progress < s->stop_after) && sm_minimiser_step(m)) {
        s->progress_x[s->n_progress] = *sm_minimiser_x(m);
        s->infos[s->n_progress++] = *sm_minimiser_info(m);
    }
    status = sm_minimiser_info(m)->status;
    if (status == SM_OK) {
        *x = *sm_minimiser_x(m);
        if (info)
            *info = *sm_minimiser_info(m);
    }
    sm_minimiser_free(m);
    return status;
}

static double mean(const squares *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n_terms; i++)
        sum += s->a[i];
    return sum / (double)s->n_terms;
}

/* ---------------------------------------------------------------------------------------------- */

/* a = (2, 6), x = 0, one batch an epoch, momentum 1/2, rate 1/4:
 * g = -4, v = -4, x = 1;  g = -3, v = -5, x = 1 + 5/4 */
START_TEST(two_steps_at_a_constant_rate_worked_out_by_hand)
{
    squares *s = squares_create(2);
    s->a[0] = 2;
    s->a[1] = 6;
    double x = 0;
    sm_info info;
    const sm_sgd_options options = {
        .batch_size = 2, .n_epochs = 2, .learning_rate = 0.25, .momentum = 0.5, .schedule = SM_SCHEDULE_CONSTANT};
    ck_assert_int_eq(run(s, options, &x, &info), SM_OK);
    ck_assert_double_eq(s->progress_x[0], 0);
    ck_assert_double_eq(s->progress_x[1], 1);
    ck_assert_double_eq(x, 2.25);
    ck_assert_double_eq(info.value, (0.25 * 0.25 + 3.75 * 3.75) / 4);
    free(s);
}
END_TEST

/* The same with the rates 1/4 and then 1/8: x = 1, and then 1 + 5/8. */
START_TEST(two_steps_at_a_falling_rate_worked_out_by_hand)
{
    squares *s = squares_create(2);
    s->a[0] = 2;
    s->a[1] = 6;
    double x = 0;
    const sm_sgd_options options = {
        .batch_size = 2, .n_epochs = 2, .learning_rate = 0.25, .momentum = 0.5, .schedule = SM_SCHEDULE_LINEAR};
    ck_assert_int_eq(run(s, options, &x, NULL), SM_OK);
    ck_assert_double_eq(s->progress_x[1], 1);
    ck_assert_double_eq(x, 1.625);
    free(s);
}
END_TEST

/* Recomputes each step from the recorded batches, over whole epochs with a smaller last batch. */
START_TEST(every_step_follows_from_its_batch)
{
    for (int schedule = SM_SCHEDULE_CONSTANT; schedule <= SM_SCHEDULE_LINEAR; schedule++) {
        squares *s = squares_create(23);
        double x = 1, expected = 1, velocity = 0;
        const sm_sgd_options options = {.batch_size = 5,
                                        .n_epochs = 4,
                                        .learning_rate = 0.1,
                                        .momentum = 0.9,
                                        .schedule = (sm_schedule)schedule,
                                        .seed = 3};
        ck_assert_int_eq(run(s, options, &x, NULL), SM_OK);
        ck_assert_uint_eq(s->n_batches, 20);
        const size_t *indices = s->visited;
        for (size_t step = 0; step < 20; step++) {
            ck_assert_double_eq_tol(s->batch_x[step], expected, 1e-14);
            double gradient;
            mean_of_terms(s, &(sm_terms){indices, s->sizes[step]}, expected, &gradient);
            const double left = schedule == SM_SCHEDULE_LINEAR ? 1 - (double)step / 20 : 1;
            velocity = 0.9 * velocity + gradient;
            expected -= 0.1 * left * velocity;
            indices += s->sizes[step];
        }
        ck_assert_double_eq_tol(x, expected, 1e-14);
        free(s);
    }
}
END_TEST

START_TEST(every_epoch_visits_each_term_once_in_a_new_order)
{
    const size_t n_terms = 37, n_epochs = 6, batch_sizes[] = {1, 5, 36, 37, 38, 1000};
    for (size_t i = 0; i < 6; i++) {
        squares *s = squares_create(n_terms);
        sm_sgd_options options = sm_sgd_defaults();
        options.batch_size = batch_sizes[i];
        options.n_epochs = n_epochs;
        double x = 0;
        ck_assert_int_eq(run(s, options, &x, NULL), SM_OK);
        ck_assert_uint_eq(s->n_visited, n_epochs * n_terms);
        for (size_t batch = 0; batch < s->n_batches; batch++) {
            const size_t n_steps = (n_terms - 1) / batch_sizes[i] + 1;
            const bool is_last = batch % n_steps == n_steps - 1;
            ck_assert_uint_eq(s->sizes[batch], is_last ? n_terms - (n_steps - 1) * batch_sizes[i] : batch_sizes[i]);
        }
        for (size_t epoch = 0; epoch < n_epochs; epoch++) {
            const size_t *order = s->visited + epoch * n_terms;
            bool seen[37] = {false};
            for (size_t n = 0; n < n_terms; n++) {
                ck_assert(order[n] < n_terms && !seen[order[n]]);
                seen[order[n]] = true;
            }
            for (size_t other = 0; other < epoch; other++)
                ck_assert_mem_ne(order, s->visited + other * n_terms, n_terms * sizeof *order);
        }
        free(s);
    }
}
END_TEST

START_TEST(the_seed_decides_the_order)
{
    double x[3] = {0};
    squares *s[3];
    for (size_t i = 0; i < 3; i++) {
        sm_sgd_options options = sm_sgd_defaults();
        options.batch_size = 4;
        options.seed = i == 2 ? 8 : 7;
        s[i] = squares_create(30);
        ck_assert_int_eq(run(s[i], options, &x[i], NULL), SM_OK);
    }
    ck_assert_mem_eq(s[0]->visited, s[1]->visited, sizeof s[0]->visited);
    ck_assert_mem_ne(s[0]->visited, s[2]->visited, sizeof s[0]->visited);
    ck_assert_mem_eq(&x[0], &x[1], sizeof x[0]);
    ck_assert(x[0] != x[2]);
    for (size_t i = 0; i < 3; i++)
        free(s[i]);
}
END_TEST

START_TEST(it_finds_the_minimum)
{
    squares *s = squares_create(64);
    sm_sgd_options options = sm_sgd_defaults();
    options.batch_size = 8;
    options.n_epochs = 60;
    options.learning_rate = 0.02;
    double x = 100;
    ck_assert_int_eq(run(s, options, &x, NULL), SM_OK);
    ck_assert_double_eq_tol(x, mean(s), 0.05);
    free(s);
}
END_TEST

START_TEST(the_first_step_precedes_the_first_epoch_and_each_later_one_is_an_epoch)
{
    squares *s = squares_create(10);
    sm_sgd_options options = sm_sgd_defaults();
    options.n_epochs = 7;
    options.batch_size = 3;
    double x = 4;
    sm_info info;
    ck_assert_int_eq(run(s, options, &x, &info), SM_OK);
    ck_assert_uint_eq(s->n_progress, 8);
    ck_assert_uint_eq(s->n_whole, 8);
    for (size_t i = 0; i < 8; i++) {
        double gradient;
        ck_assert_uint_eq(s->infos[i].n_iterations, i);
        ck_assert_uint_eq(s->infos[i].n_evaluations, i + 1);
        ck_assert_double_eq(s->infos[i].value, mean_of_terms(s, &(sm_terms){NULL, 0}, s->progress_x[i], &gradient));
        ck_assert(isnan(s->infos[i].gradient_norm) && s->infos[i].gap == HUGE_VAL);
    }
    ck_assert_double_eq(s->progress_x[0], 4);
    ck_assert_double_eq(s->progress_x[7], x);
    ck_assert_uint_eq(info.n_iterations, 7);
    ck_assert_int_eq(info.stop, SM_STOP_ITERATIONS);
    ck_assert_double_eq(info.value, s->infos[7].value);
    free(s);
}
END_TEST

START_TEST(it_can_be_left_after_any_step)
{
    for (size_t stop_after = 1; stop_after <= 4; stop_after++) {
        squares *s = squares_create(10);
        s->stop_after = stop_after;
        double x = 4;
        sm_info info;
        ck_assert_int_eq(run(s, sm_sgd_defaults(), &x, &info), SM_OK);
        ck_assert_int_eq(info.stop, SM_STOP_NONE);
        ck_assert_uint_eq(info.n_iterations, stop_after - 1);
        ck_assert_uint_eq(s->n_progress, stop_after);
        ck_assert_double_eq(x, s->progress_x[stop_after - 1]);
        free(s);
    }
}
END_TEST

START_TEST(without_epochs_x_is_unchanged)
{
    squares *s = squares_create(10);
    sm_sgd_options options = sm_sgd_defaults();
    options.n_epochs = 0;
    double x = 4;
    sm_info info;
    ck_assert_int_eq(run(s, options, &x, &info), SM_OK);
    ck_assert_double_eq(x, 4);
    ck_assert(s->n_batches == 0 && info.n_iterations == 0 && info.stop == SM_STOP_ITERATIONS);
    free(s);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

START_TEST(a_learning_rate_that_is_too_large_is_reported)
{
    squares *s = squares_create(10);
    const sm_problem problem = problem_of(s);
    sm_sgd_options options = sm_sgd_defaults();
    options.learning_rate = 1e100;
    options.batch_size = 2;
    double x = 4;
    sm_info info = {.value = 42};
    ck_assert_int_eq(sm_sgd(&problem, &options, &x, &info), SM_ERROR_NOT_FINITE);
    ck_assert_double_eq(x, 4);
    ck_assert_double_eq(info.value, 42);
    free(s);
}
END_TEST

START_TEST(a_failing_batch_is_reported)
{
    for (size_t fail_at = 1; fail_at <= 7; fail_at++) {
        squares *s = squares_create(10);
        s->fail_at_batch = fail_at;
        const sm_problem problem = problem_of(s);
        sm_sgd_options options = sm_sgd_defaults();
        options.batch_size = 3;
        double x = 4;
        sm_info info = {.value = 42};
        ck_assert_int_eq(sm_sgd(&problem, &options, &x, &info), SM_ERROR_SOURCE);
        ck_assert_uint_eq(s->n_batches, fail_at);
        ck_assert_double_eq(x, 4);
        ck_assert_double_eq(info.value, 42);
        free(s);
    }
}
END_TEST

static void check_refused(sm_sgd_options options)
{
    squares *s = squares_create(3);
    double x = 4;
    sm_info info = {.value = 42};
    ck_assert_int_eq(run(s, options, &x, &info), SM_ERROR_ARGUMENT);
    ck_assert(x == 4 && info.value == 42 && s->n_progress == 0 && s->n_whole == 0);
    free(s);
}

START_TEST(options_out_of_range_are_refused)
{
    const double bad_rates[] = {0, -0.1, (double)NAN, HUGE_VAL}, bad_momenta[] = {-0.1, 1, 1.5, (double)NAN};
    sm_sgd_options options = sm_sgd_defaults();
    options.batch_size = 0;
    check_refused(options);
    for (size_t i = 0; i < 4; i++) {
        options = sm_sgd_defaults();
        options.learning_rate = bad_rates[i];
        check_refused(options);
        options = sm_sgd_defaults();
        options.momentum = bad_momenta[i];
        check_refused(options);
    }
}
END_TEST

START_TEST(the_defaults_are_as_documented)
{
    const sm_sgd_options options = sm_sgd_defaults();
    ck_assert(options.batch_size == 128 && options.n_epochs == 10 && options.learning_rate == 0.2);
    ck_assert(options.momentum == 0.9 && options.schedule == SM_SCHEDULE_LINEAR && options.seed == 1);
}
END_TEST

int main(void)
{
    return SUITE_RUN("sgd", two_steps_at_a_constant_rate_worked_out_by_hand,
                     two_steps_at_a_falling_rate_worked_out_by_hand, every_step_follows_from_its_batch,
                     every_epoch_visits_each_term_once_in_a_new_order, the_seed_decides_the_order,
                     it_finds_the_minimum, the_first_step_precedes_the_first_epoch_and_each_later_one_is_an_epoch,
                     it_can_be_left_after_any_step, without_epochs_x_is_unchanged,
                     a_learning_rate_that_is_too_large_is_reported, a_failing_batch_is_reported,
                     options_out_of_range_are_refused, the_defaults_are_as_documented);
}
