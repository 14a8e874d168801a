/* The choice of l2: from strong to weak, while the validation loss improves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "training/l2_path.h"
#include "support/data.h"
#include "support/suite.h"

/* More steps than any path has. */
enum { MAX_STEPS = 100 };

static sm_objective *make(data *d)
{
    const sm_source source = data_source(d, SM_U8);
    const sm_objective_options options = {0};
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &options, &objective), SM_OK);
    return objective;
}

static double loss_at(sm_objective *validation, const double *x)
{
    const sm_problem problem = sm_objective_problem(validation);
    double loss;
    ck_assert_int_eq(problem.evaluate(problem.context, &(sm_terms){NULL, 0}, x, &loss, NULL), SM_OK);
    return loss;
}

/* The training objective with the last step's l2 cannot be lowered much from the end point of the step. */
static void check_is_minimised(sm_objective *training, const l2_path *path, size_t n_parameters)
{
    const sm_problem problem = sm_objective_problem(training);
    double *gradient = test_calloc(n_parameters, sizeof *gradient), *w = path->current, value, square = 0;
    sm_bound bound;
    ck_assert_int_eq(problem.evaluate(problem.context, &(sm_terms){NULL, 0}, w, &value, gradient), SM_OK);
    ck_assert_int_eq(problem.gap(problem.context, w, gradient, 0.01 * value, &bound), SM_OK);
    ck_assert_double_le(bound.gap, 0.02 * value);
    sm_objective_set_l2(training, 0);
    for (size_t i = 0; i < n_parameters / 785 * 784; i++)
        square += w[i] * w[i];
    ck_assert_double_eq_tol(value, loss_at(training, w) + path->l2 / 2 * square, 1e-6 * value);
    free(gradient);
}

/* Takes one step, and checks the promises of the header. losses are those of the previous steps. */
static void check_step(l2_path *path, sm_objective *training, sm_objective *validation, size_t n_parameters,
                       double *losses)
{
    const l2_path before = *path;
    ck_assert_int_eq(l2_path_step(path, training, validation), SM_OK);
    ck_assert_uint_eq(path->n_tried, before.n_tried + 1);
    ck_assert(before.n_tried == 0 || path->l2 < before.l2);
    ck_assert_double_gt(path->l2, 0);
    ck_assert_double_eq(path->loss, loss_at(validation, path->current));
    ck_assert_double_eq(path->accuracy, sm_objective_accuracy(validation));
    check_is_minimised(training, path, n_parameters);

    losses[before.n_tried] = path->loss;
    size_t best = 0;
    for (size_t i = 0; i < path->n_tried; i++)
        best = losses[i] < losses[best] ? i : best;
    ck_assert_uint_eq(path->n_worse, path->n_tried - 1 - best);
    ck_assert_double_eq(path->best_loss, losses[best]);
    ck_assert_double_eq(path->best_loss, loss_at(validation, path->best));
    ck_assert_double_eq(path->best_l2, path->n_worse == 0 ? path->l2 : before.best_l2);
}

/* Follows the path to its end, and returns it for l2_path_destroy. */
static l2_path follow(data *train, data *validate)
{
    sm_objective *training = make(train), *validation = make(validate);
    double losses[MAX_STEPS];
    l2_path path;
    ck_assert(l2_path_create(train->n_parameters, &path));
    while (!l2_path_is_done(&path)) {
        ck_assert_uint_lt(path.n_tried, MAX_STEPS);
        ck_assert_uint_lt(path.n_worse, 2);
        check_step(&path, training, validation, train->n_parameters, losses);
    }
    sm_objective_free(validation);
    sm_objective_free(training);
    return path;
}

/* Images first .. first + n - 1 of the training set. */
static data *images(size_t first, size_t n)
{
    data *d = data_mnist(first + n);
    size_t *indices = test_calloc(n, sizeof *indices);
    for (size_t i = 0; i < n; i++)
        indices[i] = first + i;
    data *part = data_gather(d, n, indices);
    free(indices);
    data_free(d);
    return part;
}

/* With random labels, predictions for other images are wrong, the more so the weaker the penalty. */
START_TEST(it_ends_after_two_worse_steps_in_a_row)
{
    data *train = images(0, 200), *validate = images(200, 200);
    sm_random random = {1};
    for (size_t n = 0; n < 200; n++) {
        train->labels[n] = (uint8_t)sm_random_below(&random, 10);
        validate->labels[n] = (uint8_t)sm_random_below(&random, 10);
    }
    l2_path path = follow(train, validate);
    ck_assert_uint_eq(path.n_tried, 3);
    ck_assert_uint_eq(path.n_worse, 2);
    ck_assert_double_gt(path.best_l2, path.l2);
    l2_path_destroy(&path);
    data_free(validate);
    data_free(train);
}
END_TEST

/* If the validation images resemble the others, the best penalty is neither the strongest nor the weakest. */
START_TEST(it_finds_the_best_l2_tried)
{
    data *train = images(0, 1000), *validate = images(1000, 1000);
    l2_path path = follow(train, validate);
    ck_assert_uint_gt(path.n_tried, 3);
    ck_assert_uint_eq(path.n_worse, 2);
    ck_assert_double_lt(path.best_loss, 1);
    l2_path_destroy(&path);
    data_free(validate);
    data_free(train);
}
END_TEST

/* If the validation images are the training images, a weaker penalty is never worse. */
START_TEST(it_ends_when_all_are_tried)
{
    data *train = images(0, 300);
    l2_path path = follow(train, train);
    ck_assert_uint_eq(path.n_worse, 0);
    ck_assert_double_eq(path.best_l2, path.l2);
    ck_assert_double_le(path.l2, 1e-6);
    l2_path_destroy(&path);
    l2_path_destroy(&path);
    data_free(train);
}
END_TEST

int main(void)
{
    return SUITE_RUN("l2_path", it_ends_after_two_worse_steps_in_a_row, it_finds_the_best_l2_tried,
                     it_ends_when_all_are_tried);
}
