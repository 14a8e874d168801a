/* The choice of l2: which strengths are tried, in which order, for how long, and which is the best. */
#include <math.h>
#include <stdlib.h>

#include "training/l2_path.h"
#include "support/suite.h"

/* More steps than any path has. */
enum { MAX_STEPS = 100 };

/* A path that was followed: the strengths in the order that they were tried. */
typedef struct followed {
    size_t n;
    double l2[MAX_STEPS], best;
    size_t n_worse;
} followed;

/* Takes one step, and checks the promises of the header. best is the place of the least of the losses. */
static void check_step(l2_path *path, double loss, const double *losses, const followed *done)
{
    const double next = l2_path_next(path);
    path->current[0] = next;
    l2_path_take(path, loss, 0.5, done->n == 0 || loss != losses[done->n - 1]);
    ck_assert(path->l2 == next && path->loss == loss && path->accuracy == 0.5);
    ck_assert_uint_eq(path->n_tried, done->n + 1);
    size_t best = 0;
    for (size_t i = 0; i <= done->n; i++)
        best = losses[i] < losses[best] ? i : best;
    const double best_l2 = best == done->n ? next : done->l2[best];
    ck_assert(path->best_loss == losses[best] && l2_path_best(path) == best_l2 && path->minimum[0] == best_l2);
}

/* Follows the path from the first strength that is not below l2. The loss is that of strength s, given the l2 of the
 * minimum. */
static followed follow(double l2, double (*loss_of)(double s, double minimum), double minimum)
{
    followed done = {.n = 0};
    double losses[MAX_STEPS];
    l2_path path;
    ck_assert(l2_path_create(1, &path));
    l2_path_begin(&path, l2);
    while (!l2_path_is_done(&path)) {
        ck_assert_uint_lt(done.n, MAX_STEPS);
        const double next = l2_path_next(&path);
        losses[done.n] = loss_of(next, minimum);
        check_step(&path, losses[done.n], losses, &done);
        done.l2[done.n++] = next;
    }
    done.best = l2_path_best(&path);
    done.n_worse = path.n_worse;
    l2_path_destroy(&path);
    l2_path_destroy(&path);
    return done;
}

static double valley(double s, double minimum)
{
    return fabs(log(s) - log(minimum));
}

/* Worse than W = 0 for some strengths whose minima do not differ, then a valley. */
static double steps(double s, double minimum)
{
    return s >= 1 ? 10 : s > 100 * minimum ? 11 : valley(s, minimum);
}

START_TEST(strengths_are_1_2_and_5_times_powers_of_10)
{
    const followed done = follow(0.3, valley, 1e-4);
    static const double expected[] = {0.5,  0.2,  0.1,  0.05, 0.02, 0.01, 5e-3,
                                      2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5};
    ck_assert_uint_eq(done.n, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < done.n; i++)
        ck_assert(done.l2[i] == expected[i]); /* to the last bit */
    ck_assert(done.best == 1e-4 && done.n_worse == 2);
}
END_TEST

START_TEST(it_begins_at_the_lowest_strength_that_is_not_below)
{
    ck_assert(follow(0.5, valley, 1e-4).l2[0] == 0.5);
    ck_assert(follow(0.50001, valley, 1e-4).l2[0] == 1);
    ck_assert(follow(7e3, valley, 1e-4).l2[0] == 1e4);
    ck_assert(follow(1e300, valley, 1e-4).l2[0] == 1e6);
    ck_assert(follow(0, valley, 1e-4).l2[0] == 1e-9);
    ck_assert(follow((double)NAN, valley, 1e-4).l2[0] == 1e-9);
}
END_TEST

START_TEST(it_passes_strengths_that_make_no_difference)
{
    const followed done = follow(1, steps, 1e-5);
    ck_assert(done.best == 1e-5 && done.l2[done.n - 1] == 2e-6);
}
END_TEST

START_TEST(it_goes_on_while_weaker_is_better)
{
    const followed done = follow(1, valley, 1e-30);
    ck_assert_uint_eq(done.n, 28);
    ck_assert(done.best == 1e-9 && done.n_worse == 0);
}
END_TEST

START_TEST(if_the_first_is_the_best_it_ends_soon)
{
    const followed done = follow(1, valley, 10);
    ck_assert(done.n == 3 && done.best == 1 && done.n_worse == 2);
}
END_TEST

int main(void)
{
    return SUITE_RUN("l2_path", strengths_are_1_2_and_5_times_powers_of_10,
                     it_begins_at_the_lowest_strength_that_is_not_below,
                     it_passes_strengths_that_make_no_difference, it_goes_on_while_weaker_is_better,
                     if_the_first_is_the_best_it_ends_soon);
}
