/* Minimisers that stop after any iteration and resume from their state give the same bits as without the
 * interruption. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

enum { MAX_N = 128, MAX_STEPS = 160, MAX_STATE = 4096 };

/* A state, and the number of steps that led to it. */
typedef struct kept_state {
    size_t n_steps, n;
    double values[MAX_STATE];
} kept_state;

/* Creates a minimiser that starts at 0. */
typedef sm_minimiser *creation(sm_objective *objective);

static const double zeros[MAX_N];

static sm_lbfgs_options lbfgs_options(void)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.memory = 3;          /* few, so that old pairs are replaced */
    options.max_iterations = 56; /* the preconditioner is renewed twice */
    options.tolerance = 0;
    return options;
}

static sm_minimiser *by_plain_lbfgs(sm_objective *objective)
{
    sm_problem problem = sm_objective_problem(objective);
    problem.start = NULL;
    problem.renew = NULL;
    problem.precondition = NULL;
    const sm_lbfgs_options options = lbfgs_options();
    sm_minimiser *m;
    ck_assert_int_eq(sm_lbfgs_create(&problem, &options, zeros, &m), SM_OK);
    return m;
}

static sm_minimiser *by_lbfgs(sm_objective *objective)
{
    const sm_problem problem = sm_objective_problem(objective);
    const sm_lbfgs_options options = lbfgs_options();
    sm_minimiser *m;
    ck_assert_int_eq(sm_lbfgs_create(&problem, &options, zeros, &m), SM_OK);
    return m;
}

/* With a tolerance that can be reached in double precision alone. */
static sm_minimiser *by_precise_lbfgs(sm_objective *objective)
{
    const sm_problem problem = sm_objective_problem(objective);
    sm_lbfgs_options options = lbfgs_options();
    options.max_iterations = 150;
    options.tolerance = 1e-9;
    sm_minimiser *m;
    ck_assert_int_eq(sm_lbfgs_create(&problem, &options, zeros, &m), SM_OK);
    return m;
}

static sm_minimiser *by_sgd(sm_objective *objective)
{
    const sm_problem problem = sm_objective_problem(objective);
    sm_sgd_options options = sm_sgd_defaults();
    options.batch_size = 32;
    sm_minimiser *m;
    ck_assert_int_eq(sm_sgd_create(&problem, &options, zeros, &m), SM_OK);
    return m;
}

static creation *const minimisers[] = {by_plain_lbfgs, by_lbfgs, by_precise_lbfgs, by_sgd};
enum { N_MINIMISERS = sizeof minimisers / sizeof *minimisers };

static const sm_type types[] = {SM_U8, SM_F16, SM_F64};
enum { N_TYPES = sizeof types / sizeof *types };

/* Takes up to a number of steps, and returns how many there were. */
static size_t take_steps(sm_minimiser *m, size_t n_steps)
{
    size_t n = 0;
    while (n < n_steps && sm_minimiser_step(m))
        n++;
    ck_assert_int_eq(sm_minimiser_info(m)->status, SM_OK);
    return n;
}

static void keep_state(const sm_minimiser *m, size_t n_steps, kept_state *state)
{
    state->n_steps = n_steps;
    state->n = sm_minimiser_state_size(m);
    ck_assert_uint_le(state->n, MAX_STATE);
    sm_minimiser_save(m, state->values);
}

static sm_objective *make(data *d, sm_type type)
{
    const sm_source source = data_source(d, type);
    const sm_objective_options options = {.l2 = 1e-7};
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &options, &objective), SM_OK);
    return objective;
}

/* Whether the precision had been raised, of L-BFGS. */
static bool is_refined(const kept_state *state)
{
    return state->values[15] != 0;
}

static void check_resumed_runs(sm_type type)
{
    data *d = data_random(300, 20, 4, 1);
    sm_objective *objective = make(d, type);
    kept_state *states = test_calloc(MAX_STEPS, sizeof *states);
    for (size_t i = 0; i < N_MINIMISERS; i++) {
        sm_minimiser *whole = minimisers[i](objective);
        size_t n_steps = 0;
        while (take_steps(whole, 1) == 1) {
            ck_assert_uint_lt(n_steps, MAX_STEPS);
            keep_state(whole, n_steps + 1, &states[n_steps]);
            n_steps++;
        }
        const sm_info *expected = sm_minimiser_info(whole);
        ck_assert_uint_gt(n_steps, minimisers[i] == by_lbfgs ? 50 : 4);
        if (minimisers[i] == by_precise_lbfgs) /* float is exhausted on the way */
            ck_assert(!is_refined(&states[0]) && is_refined(&states[n_steps - 1]) == (type != SM_F64));
        const size_t stride = type == SM_U8 && minimisers[i] != by_precise_lbfgs ? 1 : 5; /* for time's sake */
        for (size_t stop = 0; stop < n_steps; stop += stride) {
            sm_minimiser *second = minimisers[i](objective);
            ck_assert_int_eq(sm_minimiser_load(second, states[stop].values, states[stop].n), SM_OK);
            ck_assert_uint_eq(take_steps(second, SIZE_MAX),
                              n_steps - states[stop].n_steps); /* no step is repeated */
            const sm_info *info = sm_minimiser_info(second);
            ck_assert_mem_eq(sm_minimiser_x(second), sm_minimiser_x(whole), d->n_parameters * sizeof(double));
            ck_assert(info->n_iterations == expected->n_iterations && info->value == expected->value);
            ck_assert_uint_eq(info->n_evaluations, expected->n_evaluations);
            ck_assert_int_eq(info->stop, expected->stop);
            sm_minimiser_free(second);
        }
        sm_minimiser_free(whole);
    }
    free(states);
    sm_objective_free(objective);
    data_free(d);
}

START_TEST(a_resumed_run_ends_with_the_same_bits)
{
    for (size_t i = 0; i < N_TYPES; i++)
        check_resumed_runs(types[i]);
}
END_TEST

/* Whether a state is accepted. If so, a step must not crash, whatever the state holds. */
static sm_status try(creation *create, sm_objective *objective, const double *state, size_t n_state)
{
    sm_minimiser *m = create(objective);
    const sm_status status = sm_minimiser_load(m, state, n_state);
    const bool has_moved = sm_minimiser_step(m);
    ck_assert(status == SM_OK || !has_moved);
    sm_minimiser_free(m);
    return status;
}

/* A state with an implausible number is refused; otherwise it is accepted. */
START_TEST(a_state_of_another_problem_is_refused)
{
    data *d = data_random(300, 20, 4, 1);
    sm_objective *objective = make(d, SM_U8);
    for (size_t m = 0; m < N_MINIMISERS; m++) {
        kept_state state;
        sm_minimiser *first = minimisers[m](objective);
        keep_state(first, take_steps(first, 4), &state);
        sm_minimiser_free(first);
        const size_t lengths[] = {0, 1, 8, state.n - 1, state.n + 1};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            ck_assert_int_eq(try(minimisers[m], objective, state.values, lengths[i]), SM_ERROR_STATE);
        size_t n_refused = 0;
        const double wrong[] = {-1, 0.5, 1e300};
        for (size_t i = 0; i < state.n; i++) {
            if (i >= 16 && i + 16 < state.n) /* the numbers in between are vectors, which may hold any values */
                continue;
            for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
                const double kept = state.values[i];
                state.values[i] = wrong[j];
                n_refused += try(minimisers[m], objective, state.values, state.n) == SM_ERROR_STATE;
                state.values[i] = kept;
            }
        }
        ck_assert_uint_ge(n_refused, 3 * 5); /* five are counts */
    }
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* At the limit of precision, where neither the tolerance nor the number of iterations tells that it has ended. */
START_TEST(a_run_that_has_ended_takes_no_step_when_it_is_resumed)
{
    for (size_t i = 0; i < N_TYPES; i++) {
        data *d = data_random(300, 20, 4, 1);
        sm_objective *objective = make(d, types[i]);
        const sm_problem problem = sm_objective_problem(objective);
        sm_lbfgs_options options = sm_lbfgs_defaults();
        options.tolerance = 1e-16;
        sm_minimiser *ended, *resumed;
        kept_state *state = test_calloc(1, sizeof *state);
        ck_assert_int_eq(sm_lbfgs_create(&problem, &options, zeros, &ended), SM_OK);
        take_steps(ended, SIZE_MAX);
        ck_assert_int_eq(sm_minimiser_info(ended)->stop, SM_STOP_PRECISION);
        keep_state(ended, 0, state);
        const sm_problem again = sm_objective_problem(objective);
        ck_assert_int_eq(sm_lbfgs_create(&again, &options, zeros, &resumed), SM_OK);
        ck_assert_int_eq(sm_minimiser_load(resumed, state->values, state->n), SM_OK);
        ck_assert_uint_eq(take_steps(resumed, SIZE_MAX), 0);
        ck_assert_mem_eq(sm_minimiser_x(resumed), sm_minimiser_x(ended), d->n_parameters * sizeof(double));
        sm_minimiser_free(resumed);
        sm_minimiser_free(ended);
        free(state);
        sm_objective_free(objective);
        data_free(d);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("resume", a_resumed_run_ends_with_the_same_bits, a_state_of_another_problem_is_refused,
                     a_run_that_has_ended_takes_no_step_when_it_is_resumed);
}
