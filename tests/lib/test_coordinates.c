/* The coordinates of minimisers: there and back, and the same problem whatever power of 2 the features are multiplied by. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "coordinates.h"
#include "support/data.h"
#include "support/objectives.h"
#include "support/suite.h"

static const sm_type types[] = {SM_U8, SM_F32, SM_F16, SM_F64};
enum { N_TYPES = sizeof types / sizeof *types };

START_TEST(scales_bring_magnitudes_to_1_to_2)
{
    sm_random random = {1};
    for (size_t i = 0; i < 1000; i++) {
        const double magnitude = exp2(random_between(&random, -300, 300)), scale = sm_scale_of(magnitude);
        int exponent;
        ck_assert(1 <= magnitude * scale && magnitude * scale < 2);
        ck_assert_double_eq(frexp(scale, &exponent), 0.5);
    }
    ck_assert(sm_scale_of(0) == 1 && sm_scale_of(HUGE_VAL) == 1 && sm_scale_of((double)NAN) == 1);
    ck_assert(sm_scale_of(1) == 1 && sm_scale_of(0.75) == 2 && sm_scale_of(2) == 0.5);
}
END_TEST

START_TEST(the_norm_is_that_of_the_weights)
{
    sm_coordinates c;
    ck_assert(sm_coordinates_create(5, 3, &c));
    double v[15], sum = 0;
    sm_random random = {1};
    random_fill(&random, -1, 1, 15, v);
    for (size_t d = 0; d < 5; d++)
        c.scale[d] = exp2((double)d - 2);
    for (size_t i = 0; i < 15; i++)
        sum += v[i] * v[i] * exp2(2 * (double)(i % 5) - 4);
    ck_assert_double_eq_tol(sm_coordinates_squared_norm(&c, v), sum, 1e-15 * sum);
    sm_coordinates_destroy(&c);
    sm_coordinates_destroy(&c);
}
END_TEST

/* Weights come back to the last bit, and biases up to the rounding of the sums in between; also in place. */
START_TEST(parameters_come_back)
{
    for (size_t t = 0; t < N_TYPES; t++) {
        data *d = t == 3 ? data_table(50, 7, 4, 1e3, 0, 1) : data_random(50, 7, 4, 1);
        sm_objective *o = objective_of(d, types[t], 0);
        double parameters[32], x[32];
        sm_random random = {2};
        random_fill(&random, -1, 1, 32, parameters);
        sm_objective_from_parameters(o, parameters, x);
        sm_objective_to_parameters(o, x, x);
        ck_assert_mem_eq(x, parameters, 28 * sizeof *x);
        for (size_t k = 28; k < 32; k++)
            ck_assert_double_eq_tol(x[k], parameters[k], t == 3 ? 1e-9 : 1e-15);
        sm_objective_free(o);
        data_free(d);
    }
}
END_TEST

/* Nothing changes the parameters of bytes of the usual unit. */
START_TEST(pixels_keep_their_parameters)
{
    data *d = data_random(50, 7, 4, 1);
    sm_objective *o = objective_of(d, SM_U8, 0);
    double x[32];
    sm_objective_from_parameters(o, d->parameters, x);
    ck_assert_mem_eq(x, d->parameters, sizeof x);
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* Columns of x are centred and of magnitude 1 to 2 in double precision: scores of x are those of the parameters. */
START_TEST(both_have_the_same_scores)
{
    data *d = data_table(40, 5, 3, 1e3, 0, 3);
    const sm_batch batch = data_batch(d);
    sm_objective *o = objective_of(d, SM_F64, 0.01);
    double x[18];
    sm_random random = {2};
    for (size_t i = 0; i < 10; i++) {
        random_fill(&random, -1, 1, 18, x);
        sm_objective_to_parameters(o, x, d->parameters);
        const double expected = sm_batch_objective(&batch, 0.01, d->parameters, NULL);
        ck_assert_double_eq_tol(objective_at(o, NULL, d->parameters, NULL), expected, 1e-11 * expected);
    }
    sm_objective_free(o);
    data_free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The samples times 2^k. */
static void multiply(data *d, int k)
{
    d->unit = ldexp(d->unit, k);
    for (size_t i = 0; i < d->n_samples * d->n_features; i++) {
        d->features[i] = ldexp(d->features[i], k);
        d->floats[i] = ldexpf(d->floats[i], k);
    }
}

enum { MAX_STEPS = 64 };

/* What minimisers see, step by step. */
typedef struct path {
    size_t n_steps;
    sm_info infos[MAX_STEPS];
    double *x; /* [MAX_STEPS, n_parameters] */
} path;

static path follow(data *d, sm_type type, double l2, size_t max_iterations)
{
    path p = {.x = test_calloc(MAX_STEPS * d->n_parameters, sizeof *p.x)};
    sm_objective *o = objective_of(d, type, l2);
    const sm_problem problem = sm_objective_problem(o);
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.max_iterations = max_iterations;
    sm_minimiser *m;
    ck_assert_int_eq(sm_lbfgs_create(&problem, &options, NULL, &m), SM_OK);
    while (p.n_steps < MAX_STEPS && sm_minimiser_step(m)) {
        p.infos[p.n_steps] = *sm_minimiser_info(m);
        memcpy(p.x + p.n_steps++ * d->n_parameters, sm_minimiser_x(m), d->n_parameters * sizeof *p.x);
    }
    ck_assert_int_eq(sm_minimiser_info(m)->status, SM_OK);
    sm_minimiser_free(m);
    sm_objective_free(o);
    return p;
}

/* X times 2^k with l2 times 4^k: the same values, points and bounds, bit for bit, and weights times 2^-k. */
static void check_power(data *d, sm_type type, const path *expected, int k, double l2, size_t max_iterations)
{
    multiply(d, k);
    const path found = follow(d, type, ldexp(l2, 2 * k), max_iterations);
    ck_assert_uint_eq(found.n_steps, expected->n_steps);
    for (size_t i = 0; i < found.n_steps; i++) {
        const sm_info *a = &found.infos[i], *b = &expected->infos[i];
        ck_assert(a->value == b->value && a->gap == b->gap && a->rounding == b->rounding);
        ck_assert(a->n_evaluations == b->n_evaluations && a->stop == b->stop);
    }
    ck_assert_mem_eq(found.x, expected->x, found.n_steps * d->n_parameters * sizeof *found.x);
    free(found.x);
    multiply(d, -k);
}

static void check_powers(data *d, sm_type type, int lowest, int highest, double l2, size_t max_iterations)
{
    const path expected = follow(d, type, l2, max_iterations);
    ck_assert_uint_gt(expected.n_steps, 1);
    for (int k = lowest; k <= highest; k += k < highest - 3 ? 3 : 1)
        check_power(d, type, &expected, k, l2, max_iterations);
    free(expected.x);
    data_free(d);
}

START_TEST(a_power_of_2_changes_nothing)
{
    check_powers(data_random(80, 9, 3, 1), SM_U8, -20, 20, 1e-4, 50);
    check_powers(data_random(80, 9, 3, 1), SM_F32, -20, 20, 1e-4, 50);
    check_powers(data_random(80, 9, 3, 1), SM_F64, -20, 20, 1e-4, 50);
    check_powers(data_random(300, 40, 5, 1), SM_F64, -20, 20, 1e-6, 50); /* Newton's matrix is not coupled */
    check_powers(data_table(60, 9, 3, 1e2, 0.1, 1), SM_F64, -20, 20, 1e-4, 50);
    data *halves = data_random(80, 9, 3, 1); /* 1 / 256 to 1, so that halves stay normal */
    data_set_unit(halves, 1.0 / 256);
    check_powers(halves, SM_F16, -6, 15, 1e-4, 50);
}
END_TEST

/* So many that they are computed in float. */
START_TEST(a_power_of_2_changes_nothing_for_many_floats)
{
    check_powers(data_random(1100, 64, 256, 1), SM_F32, -20, -18, 1e-4, 2);
    check_powers(data_random(1100, 64, 256, 1), SM_F32, 19, 20, 1e-4, 2);
}
END_TEST

int main(void)
{
    return SUITE_RUN("coordinates", scales_bring_magnitudes_to_1_to_2, the_norm_is_that_of_the_weights,
                     parameters_come_back, pixels_keep_their_parameters, both_have_the_same_scores,
                     a_power_of_2_changes_nothing) ||
           SUITE_RUN_SLOW("coordinates", a_power_of_2_changes_nothing_for_many_floats);
}
