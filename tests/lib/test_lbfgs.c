/* L-BFGS on functions with known minima, and on softmax regression. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

enum { MAX_N = 64, MAX_STEPS = 3000 };

/* f(x) and its gradient; not finite where f is undefined. */
typedef double function(const void *context, const double *x, double *gradient);

/* A function, and a record of its minimisation. */
typedef struct trip {
    size_t n;
    function *f;
    const void *context;
    double lowest; /* min f, for the gap */
    double value;  /* f at the point evaluated last */
    size_t n_evaluations;
    size_t fail_at;             /* the evaluation that fails, counted from 1; or 0 */
    size_t n_steps, stop_after; /* steps taken; the step after which to stop, or 0 */
    sm_info infos[MAX_STEPS];
    double x[MAX_STEPS][MAX_N];
} trip;

static sm_status evaluate(void *context, const sm_terms *terms, const double *x, double *value, double *gradient)
{
    trip *t = context;
    double scratch[MAX_N];
    ck_assert_ptr_null(terms->indices);
    if (++t->n_evaluations == t->fail_at)
        return SM_ERROR_SOURCE;
    const double f = t->f(t->context, x, scratch);
    if (!isfinite(f))
        return SM_ERROR_NOT_FINITE;
    *value = t->value = f;
    if (gradient)
        memcpy(gradient, scratch, t->n * sizeof *gradient);
    return SM_OK;
}

static sm_status exact_gap(void *context, const double *x, const double *gradient, double enough, sm_bound *bound)
{
    (void)x;
    (void)gradient;
    (void)enough;
    const trip *t = context;
    *bound = (sm_bound){t->value - t->lowest, 0};
    return SM_OK;
}

static trip *trip_create(size_t n, function *f, const void *context)
{
    trip *t = test_calloc(1, sizeof *t);
    t->n = n;
    t->f = f;
    t->context = context;
    return t;
}

static sm_problem problem_of(trip *t)
{
    return (sm_problem){.n_parameters = t->n, .n_terms = 1, .context = t, .evaluate = evaluate};
}

static sm_lbfgs_options options_of(double tolerance)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = tolerance;
    return options;
}

/* Minimises from x until the minimiser stops, or for the trip's number of steps, and records each step. */
static sm_status travel(trip *t, const sm_problem *problem, const sm_lbfgs_options *options, double *x,
                        sm_info *info)
{
    sm_minimiser *m;
    sm_status status = sm_lbfgs_create(problem, options, x, &m);
    if (status != SM_OK)
        return status;
    while ((t->stop_after == 0 || t->n_steps < t->stop_after) && sm_minimiser_step(m)) {
        ck_assert_uint_lt(t->n_steps, MAX_STEPS);
        memcpy(t->x[t->n_steps], sm_minimiser_x(m), t->n * sizeof *x);
        t->infos[t->n_steps++] = *sm_minimiser_info(m);
    }
    *info = *sm_minimiser_info(m);
    memcpy(x, sm_minimiser_x(m), t->n * sizeof *x);
    sm_minimiser_free(m);
    return info->status;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double max_magnitude(size_t n, const double *a)
{
    double max = 0;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, fabs(a[i]));
    return max;
}

/* ---------------------------------------------------------------------------------------------- */
/* Functions                                                                                       */

/* (x - c)' A (x - c) / 2 + 3 with A = diag(1 .. 10) + 0.5 and c = (1, -2, 3, -4, ..). */
enum { QUADRATIC_N = 10 };

static double quadratic_centre(size_t i)
{
    return i % 2 ? -(double)(i + 1) : (double)(i + 1);
}

static double quadratic(const void *context, const double *x, double *gradient)
{
    (void)context;
    double sum = 0, value = 3;
    for (size_t i = 0; i < QUADRATIC_N; i++)
        sum += x[i] - quadratic_centre(i);
    for (size_t i = 0; i < QUADRATIC_N; i++) {
        const double difference = x[i] - quadratic_centre(i);
        gradient[i] = (double)(i + 1) * difference + 0.5 * sum;
        value += gradient[i] * difference / 2;
    }
    return value;
}

/* 100 (x1 - x0^2)^2 + (1 - x0)^2: a curved valley with the minimum 0 at (1, 1). */
static double rosenbrock(const void *context, const double *x, double *gradient)
{
    (void)context;
    const double a = x[1] - x[0] * x[0], b = 1 - x[0];
    gradient[0] = -400 * a * x[0] - 2 * b;
    gradient[1] = 200 * a;
    return 100 * a * a + b * b;
}

/* (x - 5)^2 - log(1 - x^2) for each x: infinite at 1, which the first step would pass. */
static double barrier(const void *context, const double *x, double *gradient)
{
    const size_t n = *(const size_t *)context;
    double value = 0;
    for (size_t i = 0; i < n; i++) {
        if (fabs(x[i]) >= 1)
            return HUGE_VAL;
        value += (x[i] - 5) * (x[i] - 5) - log(1 - x[i] * x[i]);
        gradient[i] = 2 * (x[i] - 5) + 2 * x[i] / (1 - x[i] * x[i]);
    }
    return value;
}

/* c x^2 - sin(4 x): from 0 the first step leads to 1, where the slope is flat enough for every c used here. */
static double wave(const void *context, const double *x, double *gradient)
{
    const double c = *(const double *)context;
    gradient[0] = 2 * c * x[0] - 4 * cos(4 * x[0]);
    return c * x[0] * x[0] - sin(4 * x[0]);
}

/* The quadratic, rounded as a mean of floats would be. */
static double rough_quadratic(const void *context, const double *x, double *gradient)
{
    return (double)(float)(1000 + quadratic(context, x, gradient));
}

/* -x0 has no minimum. */
static double slope(const void *context, const double *x, double *gradient)
{
    (void)context;
    gradient[0] = -1;
    return -x[0];
}

typedef struct regression {
    sm_batch batch;
    double l2;
} regression;

static double softmax_regression(const void *context, const double *x, double *gradient)
{
    const regression *r = context;
    return sm_batch_objective(&r->batch, r->l2, x, gradient);
}

/* ---------------------------------------------------------------------------------------------- */

/* For each step, with f and its gradient evaluated again:
 *   f(x') <= f(x) + c1 g's    |g''s| <= c2 |g's|    s'y > 0
 * None of these depends on the length of the search direction. */
static void check_steps(const trip *t, double rounding)
{
    for (size_t i = 0; i + 1 < t->n_steps; i++) {
        double g[MAX_N], next_g[MAX_N], s[MAX_N];
        const double f = t->f(t->context, t->x[i], g), next_f = t->f(t->context, t->x[i + 1], next_g);
        for (size_t j = 0; j < t->n; j++)
            s[j] = t->x[i + 1][j] - t->x[i][j];
        const double fall = dot(t->n, g, s), next_fall = dot(t->n, next_g, s);
        ck_assert_double_lt(fall, 0);
        ck_assert_double_le(next_f, f + 1e-4 * fall + rounding * fabs(f));
        ck_assert_double_le(fabs(next_fall), 0.9 * fabs(fall) * (1 + 1e-6));
        ck_assert_double_gt(next_fall - fall, 0);
    }
}

/* The info of each step agrees with x, steps are counted from 0, and the last one is the result. */
static void check_infos(const trip *t, const double *x, const sm_info *info)
{
    for (size_t i = 0; i < t->n_steps; i++) {
        double g[MAX_N];
        ck_assert_double_eq(t->infos[i].value, t->f(t->context, t->x[i], g));
        ck_assert_double_eq_tol(t->infos[i].gradient_norm, sqrt(dot(t->n, g, g)),
                                1e-14 + 1e-14 * t->infos[i].gradient_norm);
        ck_assert_uint_eq(t->infos[i].n_iterations, i);
    }
    const sm_info *last = &t->infos[t->n_steps - 1];
    ck_assert_mem_eq(x, t->x[t->n_steps - 1], t->n * sizeof *x);
    ck_assert_double_eq(info->value, last->value);
    ck_assert_double_eq(info->gradient_norm, last->gradient_norm);
    ck_assert_uint_eq(info->n_iterations, t->n_steps - 1);
    ck_assert_uint_eq(info->n_evaluations, t->n_evaluations);
}

/* Minimises until no component of the gradient exceeds the tolerance, and checks all of the above. */
static sm_info converge(trip *t, double tolerance, double *x)
{
    const sm_problem problem = problem_of(t);
    const sm_lbfgs_options options = options_of(tolerance);
    double gradient[MAX_N];
    sm_info info;
    ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
    ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
    ck_assert(info.gap == HUGE_VAL);
    for (size_t i = 0; i < t->n_steps; i++) {
        t->f(t->context, t->x[i], gradient);
        const double largest = max_magnitude(t->n, gradient);
        ck_assert(i + 1 == t->n_steps ? largest <= tolerance : largest > tolerance);
    }
    check_steps(t, 1e-14);
    check_infos(t, x, &info);
    return info;
}

START_TEST(a_quadratic_is_minimised)
{
    trip *t = trip_create(QUADRATIC_N, quadratic, NULL);
    double x[QUADRATIC_N] = {0};
    const sm_info info = converge(t, 1e-6, x);
    for (size_t i = 0; i < QUADRATIC_N; i++)
        ck_assert_double_eq_tol(x[i], quadratic_centre(i), 1e-6);
    ck_assert_double_eq_tol(info.value, 3, 1e-11);
    ck_assert_uint_le(info.n_iterations, 25); /* steepest descent takes hundreds */
    free(t);
}
END_TEST

START_TEST(the_valley_of_rosenbrock_is_followed)
{
    const double starts[4][2] = {{-1.2, 1}, {0, 0}, {5, -5}, {-3, 10}};
    for (size_t i = 0; i < 4; i++) {
        trip *t = trip_create(2, rosenbrock, NULL);
        double x[2] = {starts[i][0], starts[i][1]};
        const sm_info info = converge(t, 1e-8, x);
        ck_assert_double_eq_tol(x[0], 1, 1e-7);
        ck_assert_double_eq_tol(x[1], 1, 1e-7);
        ck_assert_uint_le(info.n_iterations, 80); /* steepest descent takes thousands */
        free(t);
    }
}
END_TEST

/* With one pair, with few, and with more pairs than there are steps. */
START_TEST(any_memory_converges)
{
    const size_t memories[] = {1, 2, 3, 5, 50};
    size_t n_iterations[5];
    for (size_t i = 0; i < 5; i++) {
        trip *t = trip_create(QUADRATIC_N, quadratic, NULL);
        const sm_problem problem = problem_of(t);
        sm_lbfgs_options options = options_of(1e-6);
        options.memory = memories[i];
        double x[QUADRATIC_N] = {0};
        sm_info info;
        ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
        ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
        check_steps(t, 1e-14);
        check_infos(t, x, &info);
        n_iterations[i] = info.n_iterations;
        free(t);
    }
    ck_assert_uint_le(n_iterations[0], 60);
    ck_assert_uint_lt(n_iterations[4], n_iterations[0]);
}
END_TEST

/* The minimum of f in x alone: f' = 0 there, and it is inside the barrier. */
START_TEST(the_step_is_reduced_where_f_is_infinite)
{
    for (size_t n = 1; n <= 5; n += 2) {
        trip *t = trip_create(n, barrier, &n);
        double x[5] = {0};
        converge(t, 1e-6, x);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(2 * (x[i] - 5) + 2 * x[i] / (1 - x[i] * x[i]), 0, 1.001e-6);
        free(t);
    }
}
END_TEST

/* f(1) is above f(0); in the second case it is below, but by less than 1e-4 of the decrease that the slope predicts. */
START_TEST(a_flat_point_that_is_not_low_enough_is_refused)
{
    const double curvatures[] = {0.3, sin(4) - 1e-4};
    for (size_t i = 0; i < 2; i++) {
        trip *t = trip_create(1, wave, &curvatures[i]);
        double x = 0;
        converge(t, 1e-6, &x);
        ck_assert(0 < x && x < 1);
        free(t);
    }
}
END_TEST

START_TEST(the_start_may_be_the_minimum)
{
    trip *t = trip_create(2, rosenbrock, NULL);
    double x[2] = {1, 1};
    const sm_info info = converge(t, 0, x);
    ck_assert(x[0] == 1 && x[1] == 1 && info.n_iterations == 0 && t->n_evaluations == 1);
    free(t);
}
END_TEST

/* If there is a gap, it alone decides: the iteration stops at the first point where gap <= tolerance * |f|. */
START_TEST(a_gap_decides_when_to_stop)
{
    const double tolerances[] = {1, 1e-3, 1e-9};
    for (size_t i = 0; i < 3; i++) {
        trip *t = trip_create(QUADRATIC_N, quadratic, NULL);
        sm_problem problem = problem_of(t);
        problem.gap = exact_gap;
        t->lowest = 3;
        const sm_lbfgs_options options = options_of(tolerances[i]);
        double x[QUADRATIC_N] = {0};
        sm_info info;
        ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
        ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
        for (size_t j = 0; j < t->n_steps; j++) {
            const bool is_enough = t->infos[j].value - 3 <= tolerances[i] * t->infos[j].value;
            ck_assert(is_enough == (j + 1 == t->n_steps));
            ck_assert_double_eq(t->infos[j].gap, t->infos[j].value - 3);
        }
        ck_assert_double_eq(info.gap, info.value - 3);
        check_infos(t, x, &info);
        free(t);
    }
}
END_TEST

START_TEST(the_limit_of_iterations_holds)
{
    for (size_t limit = 0; limit <= 5; limit++) {
        trip *t = trip_create(2, rosenbrock, NULL);
        const sm_problem problem = problem_of(t);
        sm_lbfgs_options options = options_of(1e-9);
        options.max_iterations = limit;
        double x[2] = {-1.2, 1};
        sm_info info;
        ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
        ck_assert_int_eq(info.stop, SM_STOP_ITERATIONS);
        ck_assert_uint_eq(info.n_iterations, limit);
        ck_assert_uint_eq(t->n_steps, limit + 1);
        check_infos(t, x, &info);
        ck_assert((x[0] == -1.2 && x[1] == 1) == (limit == 0));
        ck_assert(limit > 0 || t->n_evaluations == 1);
        free(t);
    }
}
END_TEST

START_TEST(it_can_be_left_after_any_step)
{
    for (size_t stop_after = 1; stop_after <= 5; stop_after++) {
        trip *t = trip_create(2, rosenbrock, NULL);
        const sm_problem problem = problem_of(t);
        const sm_lbfgs_options options = options_of(1e-9);
        t->stop_after = stop_after;
        double x[2] = {-1.2, 1};
        sm_info info;
        ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
        ck_assert_int_eq(info.stop, SM_STOP_NONE);
        ck_assert_uint_eq(t->n_steps, stop_after);
        check_infos(t, x, &info);
        free(t);
    }
}
END_TEST

enum { MAX_STATE = 128 };

typedef struct kept_state {
    double values[MAX_STATE];
    size_t n;
} kept_state;

static sm_minimiser *create_rosenbrock(trip *t)
{
    const sm_problem problem = problem_of(t);
    const sm_lbfgs_options options = options_of(1e-9);
    sm_minimiser *m;
    ck_assert_int_eq(sm_lbfgs_create(&problem, &options, (const double[]){-1.2, 1}, &m), SM_OK);
    return m;
}

/* Whether a state is accepted; only then is there another step. */
static sm_status resume_rosenbrock(const kept_state *kept)
{
    trip *t = trip_create(2, rosenbrock, NULL);
    sm_minimiser *m = create_rosenbrock(t);
    const sm_status status = sm_minimiser_load(m, kept->values, kept->n);
    ck_assert_int_eq(sm_minimiser_info(m)->status, status);
    ck_assert(sm_minimiser_step(m) == (status == SM_OK));
    sm_minimiser_free(m);
    free(t);
    return status;
}

/* A state may come from a file: invalid counts of any size are refused, as is any other length. */
START_TEST(an_invalid_state_is_refused)
{
    static const double wrong[] = {-1, 0.5, 0x1p64, 1e300, HUGE_VAL, -HUGE_VAL, (double)NAN};
    trip *t = trip_create(2, rosenbrock, NULL);
    sm_minimiser *m = create_rosenbrock(t);
    while (sm_minimiser_step(m) && sm_minimiser_info(m)->n_iterations < 3) {
    }
    kept_state kept = {.n = sm_minimiser_state_size(m)};
    ck_assert_uint_le(kept.n, MAX_STATE);
    sm_minimiser_save(m, kept.values);
    sm_minimiser_free(m);
    ck_assert_int_eq(resume_rosenbrock(&kept), SM_OK);
    const size_t iterations = 0, counts[] = {0, 1, 9, 10, 11, 13}, last_progress = 9;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
            kept_state damaged = kept;
            damaged.values[counts[i]] = wrong[j];
            ck_assert_int_eq(resume_rosenbrock(&damaged), SM_ERROR_STATE);
            damaged.values[iterations] = damaged.values[last_progress] = wrong[j];
            ck_assert_int_eq(resume_rosenbrock(&damaged), SM_ERROR_STATE);
        }
    kept.n--;
    ck_assert_int_eq(resume_rosenbrock(&kept), SM_ERROR_STATE);
    free(t);
}
END_TEST

/* With an unreachable tolerance it stops near the minimum, after recording each step once. */
static sm_stop stop_at_the_limit(double value_noise, bool has_gap)
{
    trip *t = trip_create(QUADRATIC_N, rough_quadratic, NULL);
    sm_problem problem = problem_of(t);
    problem.value_noise = value_noise;
    problem.gap = has_gap ? exact_gap : NULL;
    t->lowest = 1002; /* below the minimum */
    const sm_lbfgs_options options = options_of(0);
    double x[QUADRATIC_N] = {0};
    sm_info info;
    ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
    ck_assert_double_eq_tol(info.value, 1003, 1e-3);
    check_infos(t, x, &info);
    free(t);
    return info.stop;
}

/* A problem that says that f is precise is stuck where it is not. */
START_TEST(it_stops_at_the_limit_of_precision)
{
    ck_assert_int_eq(stop_at_the_limit(0, false), SM_STOP_STUCK);
    ck_assert_int_eq(stop_at_the_limit(0, true), SM_STOP_STUCK);
    ck_assert_int_eq(stop_at_the_limit(1e-7, true), SM_STOP_PRECISION);
}
END_TEST

/* f rounds to the same float all around its minimum, where only the slope gives a direction. */
START_TEST(noise_in_f_is_not_trusted)
{
    trip *t = trip_create(QUADRATIC_N, rough_quadratic, NULL);
    sm_problem problem = problem_of(t);
    problem.value_noise = 1e-7;
    const sm_lbfgs_options options = options_of(1e-7);
    double x[QUADRATIC_N] = {0};
    sm_info info;
    ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
    ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
    for (size_t i = 0; i < QUADRATIC_N; i++)
        ck_assert_double_eq_tol(x[i], quadratic_centre(i), 1e-7);
    check_steps(t, 1.01e-7);
    free(t);
}
END_TEST

START_TEST(a_function_without_a_minimum_does_not_hang)
{
    trip *t = trip_create(1, slope, NULL);
    const sm_problem problem = problem_of(t);
    const sm_lbfgs_options options = options_of(1e-9);
    double x = 0;
    sm_info info;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, &x, &info), SM_OK);
    ck_assert_int_eq(info.stop, SM_STOP_STUCK);
    ck_assert_uint_le(t->n_evaluations, 1000);
    free(t);
}
END_TEST

START_TEST(a_failing_evaluation_is_passed_on_and_x_left)
{
    for (size_t fail_at = 1; fail_at <= 12; fail_at++) {
        trip *t = trip_create(2, rosenbrock, NULL);
        const sm_problem problem = problem_of(t);
        const sm_lbfgs_options options = options_of(1e-9);
        t->fail_at = fail_at;
        double x[2] = {-1.2, 1};
        sm_info info = {.value = 42};
        ck_assert_int_eq(sm_lbfgs(&problem, &options, x, &info), SM_ERROR_SOURCE);
        ck_assert_uint_eq(t->n_evaluations, fail_at);
        ck_assert(x[0] == -1.2 && x[1] == 1 && info.value == 42);
        free(t);
    }
}
END_TEST

START_TEST(an_infinite_start_is_reported)
{
    const size_t n = 1;
    trip *t = trip_create(1, barrier, &n);
    const sm_problem problem = problem_of(t);
    const sm_lbfgs_options options = options_of(1e-9);
    double x = 2;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, &x, NULL), SM_ERROR_NOT_FINITE);
    ck_assert_double_eq(x, 2);
    ck_assert_uint_eq(t->n_steps, 0);
    free(t);
}
END_TEST

static void check_refused(size_t n, double value_noise, sm_lbfgs_options options)
{
    trip *t = trip_create(n, rosenbrock, NULL);
    sm_problem problem = problem_of(t);
    problem.value_noise = value_noise;
    double x[2] = {-1.2, 1};
    ck_assert_int_eq(sm_lbfgs(&problem, &options, x, NULL), SM_ERROR_ARGUMENT);
    ck_assert(x[0] == -1.2 && x[1] == 1 && t->n_evaluations == 0);
    free(t);
}

START_TEST(options_out_of_range_are_refused)
{
    const double bad_tolerances[] = {-1e-9, (double)NAN}, bad_noises[] = {-1e-9, 0.01, 1, (double)NAN};
    sm_lbfgs_options options = sm_lbfgs_defaults();
    check_refused(0, 0, options);
    options.memory = 0;
    check_refused(2, 0, options);
    for (size_t i = 0; i < 2; i++) {
        options = sm_lbfgs_defaults();
        options.tolerance = bad_tolerances[i];
        check_refused(2, 0, options);
    }
    for (size_t i = 0; i < 4; i++)
        check_refused(2, bad_noises[i], sm_lbfgs_defaults());
}
END_TEST

START_TEST(the_defaults_are_as_documented)
{
    const sm_lbfgs_options options = sm_lbfgs_defaults();
    ck_assert(options.memory == 10 && options.max_iterations == 10000 && options.tolerance == 1e-6);
}
END_TEST

/* H = A^-1 (Sherman & Morrison 1950): the Newton step leads to the minimum of a quadratic. */
/* Without options the defaults, and without a point 0. */
START_TEST(options_and_point_may_be_left_out)
{
    trip *t = trip_create(QUADRATIC_N, quadratic, NULL);
    const sm_problem problem = problem_of(t);
    const sm_lbfgs_options options = sm_lbfgs_defaults();
    double x[QUADRATIC_N] = {0};
    sm_info expected;
    ck_assert_int_eq(travel(t, &problem, &options, x, &expected), SM_OK);
    sm_minimiser *m;
    ck_assert_int_eq(sm_lbfgs_create(&problem, NULL, NULL, &m), SM_OK);
    while (sm_minimiser_step(m)) {
    }
    ck_assert_mem_eq(sm_minimiser_x(m), x, sizeof x);
    ck_assert_uint_eq(sm_minimiser_info(m)->n_evaluations, expected.n_evaluations);
    sm_minimiser_free(m);
    double y[QUADRATIC_N] = {0};
    ck_assert_int_eq(sm_lbfgs(&problem, NULL, y, NULL), SM_OK);
    ck_assert_mem_eq(y, x, sizeof x);
    free(t);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Problems with more to them                                                                      */

/* A quadratic whose gradient is slightly wrong at first. */
typedef struct rough {
    trip *t;
    size_t n_starts, n_renewals, n_refined;
    bool was_from_x;
} rough;

static sm_status evaluate_rough(void *context, const sm_terms *terms, const double *x, double *value,
                                double *gradient)
{
    rough *r = context;
    const sm_status status = evaluate(r->t, terms, x, value, gradient);
    for (size_t i = 0; r->n_refined == 0 && gradient && i < QUADRATIC_N; i++)
        gradient[i] = (double)(float)gradient[i] + 1e-5; /* which alone would lead elsewhere */
    return status;
}

static sm_status rough_gap(void *context, const double *x, const double *gradient, double enough, sm_bound *bound)
{
    return exact_gap(((rough *)context)->t, x, gradient, enough, bound);
}

static sm_status start_rough(void *context, bool from_x, double *x)
{
    rough *r = context;
    r->n_starts++;
    r->was_from_x = from_x;
    for (size_t i = 0; !from_x && i < QUADRATIC_N; i++)
        x[i] = 1;
    return SM_OK;
}

static sm_status renew_rough(void *context, const double *x, sm_renewal *renewal)
{
    rough *r = context;
    ck_assert(isfinite(x[0]) && renewal->n_iterations > 0);
    r->n_renewals++;
    renewal->n_iterations = 3;
    return r->n_renewals % 2 ? SM_OK : SM_ERROR_NOT_FINITE; /* there may be none */
}

static sm_status refine_rough(void *context, sm_problem *problem)
{
    rough *r = context;
    r->n_refined++;
    problem->value_noise = 0;
    problem->refine = NULL;
    return SM_OK;
}

static void copy_vector(void *context, const double *vector, double *product)
{
    (void)context;
    memmove(product, vector, QUADRATIC_N * sizeof *product);
}

static sm_status renew_late(void *context, const double *x, sm_renewal *renewal)
{
    rough *r = context;
    const size_t due[] = {0, 4, 9};
    (void)x;
    ck_assert_uint_lt(r->n_renewals, 3);
    ck_assert_uint_eq(renewal->n_done, due[r->n_renewals++]);
    renewal->n_iterations = r->n_renewals == 1 ? 4 : r->n_renewals == 2 ? 5 : SIZE_MAX;
    return r->n_renewals == 1 ? SM_ERROR_NOT_FINITE : SM_OK;
}

/* A preconditioner that was refused is asked for when it is due. */
START_TEST(a_preconditioner_may_come_later)
{
    rough r = {.t = trip_create(QUADRATIC_N, quadratic, NULL), .n_refined = 1};
    const sm_problem problem = {.n_parameters = QUADRATIC_N,
                                .n_terms = 1,
                                .context = &r,
                                .evaluate = evaluate_rough,
                                .renew = renew_late,
                                .precondition = copy_vector};
    const sm_lbfgs_options options = options_of(1e-12);
    double x[QUADRATIC_N] = {0};
    sm_info info;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, x, &info), SM_OK);
    ck_assert(info.stop == SM_STOP_CONVERGED && info.n_iterations > 9);
    ck_assert_uint_eq(r.n_renewals, 3);
    free(r.t);
}
END_TEST

/* The precision is raised once, where it is exhausted, and the minimum is then found with the higher one. */
START_TEST(precision_is_raised_where_it_is_exhausted)
{
    for (size_t i = 0; i < 4; i++) {
        rough r = {.t = trip_create(QUADRATIC_N, quadratic, NULL)};
        sm_problem problem = {.n_parameters = QUADRATIC_N,
                              .n_terms = 1,
                              .context = &r,
                              .evaluate = evaluate_rough,
                              .value_noise = 1e-7,
                              .gap = rough_gap,
                              .start = start_rough,
                              .refine = refine_rough};
        if (i % 2) {
            problem.renew = renew_rough;
            problem.precondition = copy_vector;
        }
        r.t->lowest = 3;
        sm_lbfgs_options options = options_of(1e-12);
        options.from_x = i / 2;
        double x[QUADRATIC_N] = {0};
        sm_info info;
        ck_assert_int_eq(sm_lbfgs(&problem, &options, x, &info), SM_OK);
        ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
        ck_assert(r.n_starts == 1 && r.was_from_x == (i / 2 == 1) && r.n_refined == 1);
        ck_assert((r.n_renewals > 2) == (i % 2 == 1));
        ck_assert(problem.refine == refine_rough); /* the caller's own is as before */
        for (size_t j = 0; j < QUADRATIC_N; j++)
            ck_assert_double_eq_tol(x[j], quadratic_centre(j), 1e-5);
        free(r.t);
    }
}
END_TEST

static void invert_quadratic(void *context, const double *vector, double *product)
{
    (void)context;
    double sum = 0, trace = 0;
    for (size_t i = 0; i < QUADRATIC_N; i++) {
        sum += vector[i] / (double)(i + 1);
        trace += 1 / (double)(i + 1);
    }
    for (size_t i = 0; i < QUADRATIC_N; i++)
        product[i] = (vector[i] - 0.5 * sum / (1 + 0.5 * trace)) / (double)(i + 1);
}

START_TEST(a_perfect_preconditioner_takes_next_to_no_steps)
{
    trip *t = trip_create(QUADRATIC_N, quadratic, NULL);
    sm_problem problem = problem_of(t);
    problem.precondition = invert_quadratic;
    const sm_lbfgs_options options = options_of(1e-9);
    double x[QUADRATIC_N] = {0};
    sm_info info;
    ck_assert_int_eq(travel(t, &problem, &options, x, &info), SM_OK);
    ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
    ck_assert_uint_le(info.n_iterations, 3);
    check_steps(t, 1e-14);
    check_infos(t, x, &info);
    for (size_t i = 0; i < QUADRATIC_N; i++)
        ck_assert_double_eq_tol(x[i], quadratic_centre(i), 1e-9);
    free(t);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Softmax regression                                                                              */

/* Gradient descent with a step that is short enough to converge: the second derivative along any line is at most max
 * |x|^2 / 2 + l2. It only takes many steps. */
static void descend(const regression *r, size_t n, double step, double *x)
{
    double gradient[MAX_N];
    for (size_t i = 0; i < 200000; i++) {
        softmax_regression(r, x, gradient);
        for (size_t j = 0; j < n; j++)
            x[j] -= step * gradient[j];
    }
}

START_TEST(gradient_descent_comes_to_the_same_point)
{
    data *d = data_random(20, 4, 3, 6);
    const regression r = {data_batch(d), 0.1};
    trip *t = trip_create(15, softmax_regression, &r);
    double x[15] = {0}, slow[15] = {0};
    converge(t, 1e-7, x);
    descend(&r, 15, 1 / (5.0 / 2 + 0.1), slow);
    for (size_t i = 0; i < 15; i++)
        ck_assert_double_eq_tol(x[i], slow[i], 1e-6);
    free(t);
    data_free(d);
}
END_TEST

/* The minimum of F over the whole training set, to nine digits. */
static const double MNIST_MINIMUM = 0.334610978;
static const double MNIST_L2 = 1e-3;

/* Without warm start and preconditioner if is_plain is set. */
static void check_mnist(bool is_plain)
{
    data *d = data_mnist(60000);
    const sm_source source = data_source(d, SM_U8);
    const sm_objective_options objective_options = {.l2 = MNIST_L2};
    sm_objective *o = NULL;
    ck_assert_int_eq(sm_objective_create(&source, &objective_options, &o), SM_OK);
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = 1e-5;
    sm_problem problem = sm_objective_problem(o);
    if (is_plain) {
        problem.start = NULL;
        problem.renew = NULL;
        problem.precondition = NULL;
    }
    sm_info info;
    ck_assert_int_eq(sm_lbfgs(&problem, &options, d->parameters, &info), SM_OK);
    ck_assert_int_eq(info.stop, SM_STOP_CONVERGED);
    ck_assert_double_le(info.gap, 1e-5 * info.value);
    ck_assert_double_eq_tol(info.value, MNIST_MINIMUM, 1e-6 * MNIST_MINIMUM + info.gap);
    ck_assert_double_ge(info.value, MNIST_MINIMUM * (1 - 1e-6));

    double value;
    ck_assert_int_eq(problem.evaluate(problem.context, &(sm_terms){NULL, 0}, d->parameters, &value, NULL), SM_OK);
    ck_assert_double_eq(value, info.value);
    sm_objective_free(o);
    data_free(d);
}

START_TEST(the_minimum_on_all_images_is_reached)
{
    check_mnist(true);
}
END_TEST

START_TEST(the_minimum_on_all_images_is_reached_fast)
{
    check_mnist(false);
}
END_TEST

int main(void)
{
    return SUITE_RUN("lbfgs", a_quadratic_is_minimised, the_valley_of_rosenbrock_is_followed, any_memory_converges,
                     the_step_is_reduced_where_f_is_infinite, a_flat_point_that_is_not_low_enough_is_refused,
                     the_start_may_be_the_minimum, a_gap_decides_when_to_stop, the_limit_of_iterations_holds,
                     it_can_be_left_after_any_step, an_invalid_state_is_refused, it_stops_at_the_limit_of_precision,
                     noise_in_f_is_not_trusted, a_function_without_a_minimum_does_not_hang,
                     a_failing_evaluation_is_passed_on_and_x_left, an_infinite_start_is_reported,
                     options_out_of_range_are_refused, the_defaults_are_as_documented,
                     options_and_point_may_be_left_out, precision_is_raised_where_it_is_exhausted,
                     a_preconditioner_may_come_later, a_perfect_preconditioner_takes_next_to_no_steps,
                     gradient_descent_comes_to_the_same_point, the_minimum_on_all_images_is_reached_fast) ||
           SUITE_RUN_SLOW("lbfgs", the_minimum_on_all_images_is_reached);
}
