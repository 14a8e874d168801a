/* Minimisers stopped after any iteration and resumed from their state: the same bits as if they had gone on. */
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

enum { MAX_N = 128, MAX_STATE = 4096 };

/* One run: where it stops, and what its progress was told last. */
typedef struct run {
    size_t stop_after, n_calls, n_state;
    double state[MAX_STATE];
} run;

static bool keep_state(void *context, const double *x, const sm_info *info)
{
    run *r = context;
    (void)x;
    ck_assert_uint_le(info->n_state, MAX_STATE);
    memcpy(r->state, info->state, info->n_state * sizeof *r->state);
    r->n_state = info->n_state;
    return ++r->n_calls == r->stop_after;
}

/* A way to minimise: from x, or from a state unless `resume` is NULL. */
typedef sm_status minimiser(sm_objective *objective, run *r, const double *resume, size_t n_resume, double *x,
                            sm_info *info);

static sm_lbfgs_options lbfgs_options(run *r, const double *resume, size_t n_resume)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.memory = 3;          /* to go round */
    options.max_iterations = 56; /* the preconditioner is renewed twice */
    options.tolerance = 0;
    options.progress = keep_state;
    options.progress_context = r;
    options.resume = resume;
    options.n_resume = n_resume;
    return options;
}

static sm_status by_lbfgs(sm_objective *objective, run *r, const double *resume, size_t n_resume, double *x,
                          sm_info *info)
{
    const sm_problem problem = sm_objective_problem(objective);
    const sm_lbfgs_options options = lbfgs_options(r, resume, n_resume);
    return sm_lbfgs(&problem, &options, x, info);
}

static sm_status by_minimise(sm_objective *objective, run *r, const double *resume, size_t n_resume, double *x,
                             sm_info *info)
{
    const sm_lbfgs_options options = lbfgs_options(r, resume, n_resume);
    return sm_minimise(objective, &options, x, info);
}

static sm_status by_sgd(sm_objective *objective, run *r, const double *resume, size_t n_resume, double *x,
                        sm_info *info)
{
    const sm_problem problem = sm_objective_problem(objective);
    sm_sgd_options options = sm_sgd_defaults();
    options.batch_size = 32;
    options.progress = keep_state;
    options.progress_context = r;
    options.resume = resume;
    options.n_resume = n_resume;
    return sm_sgd(&problem, &options, x, info);
}

static minimiser *const minimisers[] = {by_lbfgs, by_minimise, by_sgd};
enum { N_MINIMISERS = sizeof minimisers / sizeof *minimisers };

static sm_objective *make(data *d)
{
    const sm_source source = data_source(d, SM_U8);
    const sm_objective_options options = {.l2 = 1e-7};
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &options, &objective), SM_OK);
    return objective;
}

START_TEST(a_resumed_run_ends_with_the_same_bits)
{
    data *d = data_random(300, 20, 4, 1);
    sm_objective *objective = make(d);
    for (size_t m = 0; m < N_MINIMISERS; m++) {
        run whole = {0};
        double expected[MAX_N] = {0};
        sm_info expected_info;
        ck_assert_int_eq(minimisers[m](objective, &whole, NULL, 0, expected, &expected_info), SM_OK);
        ck_assert_uint_gt(whole.n_calls, minimisers[m] == by_minimise ? 50 : 4);
        for (size_t stop = 1; stop <= whole.n_calls; stop++) {
            run first = {.stop_after = stop}, second = {0};
            double x[MAX_N] = {0};
            sm_info info;
            ck_assert_int_eq(minimisers[m](objective, &first, NULL, 0, x, &info), SM_OK);
            ck_assert_int_eq(minimisers[m](objective, &second, first.state, first.n_state, x, &info), SM_OK);
            ck_assert_mem_eq(x, expected, d->n_parameters * sizeof *x);
            ck_assert(info.n_iterations == expected_info.n_iterations && info.value == expected_info.value);
            ck_assert_uint_eq(info.n_evaluations, expected_info.n_evaluations);
            ck_assert_uint_eq(second.n_calls, whole.n_calls - stop); /* none is told again */
        }
    }
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* Every number of a state is either one that could be there, or the state is refused and x left. */
START_TEST(a_state_of_something_else_is_refused)
{
    data *d = data_random(300, 20, 4, 1);
    sm_objective *objective = make(d);
    for (size_t m = 0; m < N_MINIMISERS; m++) {
        run first = {.stop_after = 4};
        double x[MAX_N] = {0}, before[MAX_N];
        ck_assert_int_eq(minimisers[m](objective, &first, NULL, 0, x, NULL), SM_OK);
        memcpy(before, x, sizeof x);
        const size_t lengths[] = {0, 1, 8, first.n_state - 1, first.n_state + 1};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            run none = {0};
            ck_assert_int_eq(minimisers[m](objective, &none, first.state, lengths[i], x, NULL), SM_ERROR_STATE);
            ck_assert(none.n_calls == 0 && memcmp(x, before, sizeof x) == 0);
        }
        size_t n_refused = 0;
        const double wrong[] = {-1, 0.5, 1e300};
        for (size_t i = 0; i < first.n_state; i++) {
            if (i >= 16 && i + 16 < first.n_state) /* what lies between are vectors, which hold any number */
                continue;
            for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
                run none = {.stop_after = 1};
                const double kept = first.state[i];
                first.state[i] = wrong[j];
                n_refused += minimisers[m](objective, &none, first.state, first.n_state, x, NULL) == SM_ERROR_STATE;
                first.state[i] = kept;
                memcpy(x, before, sizeof x);
            }
        }
        ck_assert_uint_ge(n_refused, 3 * 5); /* five are counts */
    }
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("resume", a_resumed_run_ends_with_the_same_bits, a_state_of_something_else_is_refused);
}
