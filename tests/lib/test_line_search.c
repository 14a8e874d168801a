/* The line search: a script gives f and its slope at each step that the search tries; the expected steps are worked
 * out from the definitions. */
#include <math.h>
#include <string.h>

#include "line_search.h"
#include "softmax.h"
#include "support/suite.h"

enum { MAX_CALLS = 64 };

static const double x0[2] = {1, -2}, direction[2] = {2, -1};

typedef struct answer {
    double value, slope;
    sm_status status;
} answer;

/* The values that f returns, call by call, the last of which repeats; and the steps at which it was called. */
typedef struct script {
    const answer *answers;
    size_t n_answers, n_calls;
    double steps[MAX_CALLS];
} script;

/* The result of a search. */
typedef struct outcome {
    sm_status status;
    bool found;
    double x[2], gradient[2];
    sm_line_point point;
} outcome;

static sm_status answer_next(void *context, const sm_terms *terms, const double *x, double *value, double *gradient)
{
    script *s = context;
    ck_assert_ptr_null(terms->indices);
    ck_assert_uint_lt(s->n_calls, MAX_CALLS);
    const answer *a = &s->answers[s->n_calls < s->n_answers ? s->n_calls : s->n_answers - 1];
    const double step = (x[0] - x0[0]) / direction[0];
    ck_assert_double_eq_tol(x[1], x0[1] + step * direction[1], 1e-12 * (1 + step));
    s->steps[s->n_calls++] = step;
    if (a->status != SM_OK)
        return a->status;
    *value = a->value;
    gradient[0] = a->slope / 4; /* half of the slope from each component */
    gradient[1] = -a->slope / 2;
    return SM_OK;
}

static outcome search(script *s, double first_step, double value0, double slope0, double value_noise)
{
    const sm_problem problem = {
        .n_parameters = 2, .n_terms = 1, .context = s, .evaluate = answer_next, .value_noise = value_noise};
    outcome o = {.found = true};
    sm_line line = {&problem, x0, direction, value0, slope0, o.x, o.gradient, 5};
    o.status = sm_line_search(&line, first_step, &o.point, &o.found);
    ck_assert_uint_eq(line.n_evaluations, s->n_calls); /* must be overwritten, not added to */
    return o;
}

#define SCRIPT(...)                                                                                                \
    {                                                                                                              \
        .answers = (const answer[]){__VA_ARGS__},                                                                  \
        .n_answers = sizeof((const answer[]){__VA_ARGS__}) / sizeof(answer)                                        \
    }

/* Searches from f = 1 with slope -1. */
static outcome search_from_1(script *s, double first_step)
{
    return search(s, first_step, 1, -1, 0);
}

/* The minimiser of the cubic with these values and slopes at its ends, from its coefficients, at least a tenth of the
 * way from either end. */
static double minimiser(sm_line_point a, sm_line_point b)
{
    const double h = b.step - a.step, mean = (b.value - a.value) / h;
    const double c1 = a.slope, c2 = (3 * mean - 2 * a.slope - b.slope) / h;
    const double c3 = (a.slope + b.slope - 2 * mean) / (h * h);
    const double root = sqrt(c2 * c2 - 3 * c1 * c3);
    const double t = fabs(c3) < 1e-12 ? -c1 / (2 * c2) : (root - c2) / (3 * c3);
    return a.step + h * fmin(fmax(t / h, 0.1), 0.9);
}

static sm_line_point at(double step, answer a)
{
    return (sm_line_point){step, a.value, a.slope};
}

static const sm_line_point start = {0, 1, -1};

START_TEST(a_good_first_step_is_taken)
{
    script s = SCRIPT({0.25, 0.5, SM_OK});
    const outcome o = search_from_1(&s, 0.75);
    ck_assert(o.status == SM_OK && o.found && s.n_calls == 1);
    ck_assert(o.x[0] == 2.5 && o.x[1] == -2.75 && o.gradient[0] == 0.125 && o.gradient[1] == -0.25);
    ck_assert(o.point.step == 0.75 && o.point.value == 0.25 && o.point.slope == 0.5);
}
END_TEST

/* f(x) <= f(x0) + 1e-4 step slope0 */
START_TEST(the_first_wolfe_condition_is_sharp)
{
    const double limit = 3 + 1e-4 * 0.5 * -2;
    script just = SCRIPT({limit, 0, SM_OK}), above = SCRIPT({nextafter(limit, 4), 0, SM_OK}, {2, 0, SM_OK});
    ck_assert(search(&just, 0.5, 3, -2, 0).found && just.n_calls == 1);
    ck_assert(search(&above, 0.5, 3, -2, 0).found && above.n_calls == 2);
    ck_assert_double_lt(above.steps[1], 0.5);
}
END_TEST

/* |slope| <= 0.9 |slope0| */
START_TEST(the_second_wolfe_condition_is_sharp)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        const double limit = 0.9 * 2 * sign;
        script just = SCRIPT({0, limit, SM_OK}),
               steeper = SCRIPT({0, nextafter(limit, 9 * sign), SM_OK}, {0, 0, SM_OK});
        ck_assert(search(&just, 0.5, 3, -2, 0).found && just.n_calls == 1);
        ck_assert(search(&steeper, 0.5, 3, -2, 0).found && steeper.n_calls == 2);
        /* continues while f falls, and goes back once it rises */
        ck_assert(sign < 0 ? steeper.steps[1] == 1 : steeper.steps[1] < 0.5);
    }
}
END_TEST

START_TEST(values_within_the_noise_decrease_enough)
{
    const double limit = -2 + 1e-4 * 0.5 * -1 + 0.01 * 2;
    script just = SCRIPT({limit, 0, SM_OK}), above = SCRIPT({limit + 1e-9, 0, SM_OK}, {-3, 0, SM_OK});
    ck_assert(search(&just, 0.5, -2, -1, 0.01).found && just.n_calls == 1);
    ck_assert(search(&above, 0.5, -2, -1, 0.01).found && above.n_calls == 2);
}
END_TEST

START_TEST(the_step_doubles_while_f_falls_steeply)
{
    script s = SCRIPT({0, -1, SM_OK}, {-1, -1, SM_OK}, {-2, -1, SM_OK}, {-3, 0, SM_OK});
    ck_assert(search_from_1(&s, 0.5).found && s.n_calls == 4);
    ck_assert(s.steps[0] == 0.5 && s.steps[1] == 1 && s.steps[2] == 2 && s.steps[3] == 4);
}
END_TEST

/* A step beyond the minimum bounds the search: there f is too high, or higher than before, or rising. */
START_TEST(a_minimum_that_was_passed_is_bracketed)
{
    const answer high = {2, 3, SM_OK}, steep = {0.5, -1, SM_OK}, higher = {0.75, 0.5, SM_OK},
                 rising = {0, 2, SM_OK};
    script first_high = SCRIPT(high, {-1, 0, SM_OK}), first_rising = SCRIPT(rising, {-1, 0, SM_OK});
    script then_high = SCRIPT(steep, high, {-1, 0, SM_OK}), then_higher = SCRIPT(steep, higher, {-1, 0, SM_OK});
    script then_rising = SCRIPT(steep, rising, {-1, 0, SM_OK});
    ck_assert(search_from_1(&first_high, 1).found && search_from_1(&first_rising, 1).found);
    ck_assert(search_from_1(&then_high, 1).found && search_from_1(&then_higher, 1).found);
    ck_assert(search_from_1(&then_rising, 1).found);
    ck_assert_double_eq_tol(first_high.steps[1], minimiser(start, at(1, high)), 1e-12);
    ck_assert_double_eq_tol(first_rising.steps[1], minimiser(at(1, rising), start), 1e-12);
    ck_assert_double_eq_tol(then_high.steps[2], minimiser(at(1, steep), at(2, high)), 1e-12);
    ck_assert_double_eq_tol(then_higher.steps[2], minimiser(at(1, steep), at(2, higher)), 1e-12);
    ck_assert_double_eq_tol(then_rising.steps[2], minimiser(at(2, rising), at(1, steep)), 1e-12);
}
END_TEST

START_TEST(scaling_f_changes_no_step)
{
    const answer high = {2, 3, SM_OK}, rising = {0, 2, SM_OK}, low = {0.5, 2, SM_OK}, falling = {0.25, -2, SM_OK};
    for (double scale = 1e-6; scale < 1e7; scale *= 1e3) {
        const answer end = {-scale, 0, SM_OK};
        script first_high = SCRIPT({2 * scale, 3 * scale, SM_OK}, end);
        script first_rising = SCRIPT({0, 2 * scale, SM_OK}, end);
        script from_right = SCRIPT({0.5 * scale, 2 * scale, SM_OK}, {0.25 * scale, -2 * scale, SM_OK}, end);
        ck_assert(search(&first_high, 1, scale, -scale, 0).found &&
                  search(&first_rising, 1, scale, -scale, 0).found);
        ck_assert(search(&from_right, 1, scale, -scale, 0).found);
        ck_assert_double_eq_tol(first_high.steps[1], minimiser(start, at(1, high)), 1e-12);
        ck_assert_double_eq_tol(first_rising.steps[1], minimiser(at(1, rising), start), 1e-12);
        const double second = minimiser(at(1, low), start);
        ck_assert_double_eq_tol(from_right.steps[2], minimiser(at(second, falling), at(1, low)), 1e-12);
    }
}
END_TEST

START_TEST(values_within_the_noise_do_not_count_as_higher)
{
    const double noise = 0.002;
    script just = SCRIPT({2, -1, SM_OK}, {2 + 4 * noise, 0, SM_OK});
    script above = SCRIPT({2, -1, SM_OK}, {2 + 4 * noise + 1e-9, 0, SM_OK}, {0, 0, SM_OK});
    ck_assert(search(&just, 1, 4, -1, noise).found && just.n_calls == 2);
    ck_assert(search(&above, 1, 4, -1, noise).found && above.n_calls == 3);
}
END_TEST

/* Between a low and a high step: which of the two the third one replaces. */
START_TEST(the_bracket_shrinks_around_the_minimum)
{
    const answer wall = {5, 9, SM_OK}, high = {3, 4, SM_OK}, falling = {0.5, -2, SM_OK}, rising = {0.5, 2, SM_OK};
    const answer end = {-9, 0, SM_OK};
    script shorter = SCRIPT(wall, high, end), further = SCRIPT(wall, falling, end),
           back = SCRIPT(wall, rising, end);
    ck_assert(search_from_1(&shorter, 1).found && search_from_1(&further, 1).found &&
              search_from_1(&back, 1).found);
    const double second = minimiser(start, at(1, wall));
    ck_assert_double_eq_tol(shorter.steps[2], minimiser(start, at(second, high)), 1e-12);
    ck_assert_double_eq_tol(further.steps[2], minimiser(at(second, falling), at(1, wall)), 1e-12);
    ck_assert_double_eq_tol(back.steps[2], minimiser(at(second, rising), start), 1e-12);
}
END_TEST

/* The same if the low step is the longer one: the signs of the bracket and of the slope both count. */
START_TEST(the_bracket_shrinks_from_the_right)
{
    const answer low = {0.5, 2, SM_OK}, falling = {0.25, -2, SM_OK}, rising = {0.25, 3, SM_OK};
    const answer end = {-9, 0, SM_OK};
    script left = SCRIPT(low, rising, end), right = SCRIPT(low, falling, end);
    ck_assert(search_from_1(&left, 1).found && search_from_1(&right, 1).found);
    const double second = minimiser(at(1, low), start);
    ck_assert_double_eq_tol(left.steps[2], minimiser(at(second, rising), start), 1e-12);
    ck_assert_double_eq_tol(right.steps[2], minimiser(at(second, falling), at(1, low)), 1e-12);
}
END_TEST

/* A step that decreases enough, but is higher than the low one, becomes the new high step, up to the noise. */
START_TEST(a_step_above_the_low_one_bounds_the_bracket)
{
    const double noise = 0.002;
    const answer low = {3.5, 2, SM_OK}, end = {-9, 0, SM_OK};
    const answer above = {3.5 + 4 * noise + 1e-6, 2, SM_OK}, just = {3.5 + 4 * noise, 2, SM_OK};
    script bounded = SCRIPT(low, above, end), moved = SCRIPT(low, just, end), exact = SCRIPT(low, low, end);
    ck_assert(search(&bounded, 1, 4, -1, noise).found && search(&moved, 1, 4, -1, noise).found);
    ck_assert(search(&exact, 1, 4, -1, 0).found);
    const sm_line_point start_of_4 = {0, 4, -1};
    const double second = minimiser(at(1, low), start_of_4);
    ck_assert_double_eq_tol(bounded.steps[2], minimiser(at(1, low), at(second, above)), 1e-12);
    ck_assert_double_eq_tol(moved.steps[2], minimiser(at(second, just), start_of_4), 1e-12);
    ck_assert_double_eq_tol(exact.steps[2], minimiser(at(second, low), start_of_4), 1e-12);
}
END_TEST

/* A flat step in the bracket that does not decrease enough is rejected, and so is a steep one that does. */
START_TEST(both_conditions_hold_for_a_step_from_the_bracket)
{
    const answer wall = {5, 9, SM_OK};
    script flat = SCRIPT(wall, {4, 0, SM_OK}, {0, 0, SM_OK}), steep = SCRIPT(wall, {0, -2, SM_OK}, {-1, 0, SM_OK});
    ck_assert(search_from_1(&flat, 1).found && flat.n_calls == 3);
    ck_assert(search_from_1(&steep, 1).found && steep.n_calls == 3);
}
END_TEST

START_TEST(steps_keep_away_from_the_ends_of_the_bracket)
{
    script left = SCRIPT({1e6, 1, SM_OK}, {-1, 0, SM_OK}), right = SCRIPT({-10, 1, SM_OK}, {-11, 0, SM_OK});
    ck_assert(search_from_1(&left, 2).found && search_from_1(&right, 2).found);
    ck_assert_double_eq_tol(left.steps[1], 0.2, 1e-12);
    ck_assert_double_eq_tol(right.steps[1], 1.8, 1e-12);
    /* The minimum is next to the other end only if the low end is the higher one, by less than the noise. */
    script far = SCRIPT({1005, 1e-3, SM_OK}, {900, 0, SM_OK});
    ck_assert(search(&far, 2, 1000, -1e-3, 0.009).found);
    ck_assert_double_eq_tol(far.steps[1], 0.2, 1e-12);
}
END_TEST

/* A value that is not finite gives no cubic. */
START_TEST(points_out_of_reach_halve_the_step)
{
    const answer beyond = {0, 0, SM_ERROR_NOT_FINITE}, end = {-1, 0, SM_OK};
    script s = SCRIPT(beyond, beyond, end);
    const outcome o = search_from_1(&s, 1);
    ck_assert(o.status == SM_OK && o.found && s.n_calls == 3);
    ck_assert(s.steps[1] == 0.5 && s.steps[2] == 0.25);
    ck_assert(o.point.value == -1 && o.point.slope == 0);
}
END_TEST

START_TEST(a_failing_evaluation_is_passed_on)
{
    const answer failing = {0, 0, SM_ERROR_SOURCE}, wall = {5, 9, SM_OK};
    script first = SCRIPT(failing), second = SCRIPT(wall, failing);
    const outcome a = search_from_1(&first, 1), b = search_from_1(&second, 1);
    ck_assert(a.status == SM_ERROR_SOURCE && !a.found && first.n_calls == 1);
    ck_assert(b.status == SM_ERROR_SOURCE && !b.found && second.n_calls == 2);
}
END_TEST

START_TEST(a_search_without_end_is_given_up)
{
    script falling = SCRIPT({-1, -1, SM_OK}), wall = SCRIPT({5, 9, SM_OK});
    const outcome a = search(&falling, 1e-9, 1, -1, 0), b = search_from_1(&wall, 1);
    ck_assert(a.status == SM_OK && !a.found && falling.n_calls == 40);
    ck_assert(b.status == SM_OK && !b.found && wall.n_calls == 40);
}
END_TEST

int main(void)
{
    return SUITE_RUN("line_search", a_good_first_step_is_taken, the_first_wolfe_condition_is_sharp,
                     the_second_wolfe_condition_is_sharp, values_within_the_noise_decrease_enough,
                     the_step_doubles_while_f_falls_steeply, a_minimum_that_was_passed_is_bracketed,
                     scaling_f_changes_no_step, values_within_the_noise_do_not_count_as_higher,
                     the_bracket_shrinks_around_the_minimum, the_bracket_shrinks_from_the_right,
                     a_step_above_the_low_one_bounds_the_bracket, both_conditions_hold_for_a_step_from_the_bracket,
                     steps_keep_away_from_the_ends_of_the_bracket, points_out_of_reach_halve_the_step,
                     a_failing_evaluation_is_passed_on, a_search_without_end_is_given_up);
}
