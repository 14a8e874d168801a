/* The objectives of a training: which samples count in them, and by how much. */
#include <math.h>
#include <stdio.h>

#include "support_app/scratch.h"
#include "support_app/table_run.h"

/* Two columns, three classes of 20, 8 and 4 rows, and one of a single row. */
enum { N_ROWS = 33, N_CLASSES = 4, N_COLUMNS = 2, N_PARAMETERS = N_CLASSES * (N_COLUMNS + 1) };

/* A training on the table, for table_run_free. */
static table_run *run_create(const char *options)
{
    char rows[N_ROWS * 32];
    size_t length = 0;
    for (size_t n = 0; n < N_ROWS; n++)
        length += (size_t)snprintf(rows + length, sizeof rows - length, "%zu,%zu,%c\n", n * n % 11, n * 7 % 13,
                                   n < 20   ? 'a'
                                   : n < 28 ? 'b'
                                   : n < 32 ? 'c'
                                            : 'd');
    return table_run_create(rows, options);
}

/* The loss of a row by the definition, for parameters [N_PARAMETERS]. */
static double loss_of(const table_run *r, const double *parameters, size_t n)
{
    const sm_batch one = {1, N_COLUMNS, N_CLASSES, r->set.data.values + n * N_COLUMNS, r->set.data.labels + n};
    return sm_batch_objective(&one, 0, parameters, NULL);
}

/* The mean loss of the rows of `fold`, or of all others, weighted by 1 / count of the class if balanced. */
static double mean_loss(const table_run *r, const double *parameters, bool in_fold, size_t fold, bool is_balanced)
{
    double sum = 0, total = 0, counts[N_CLASSES] = {0};
    for (size_t n = 0; n < N_ROWS; n++)
        counts[r->set.data.labels[n]] += in_fold || r->set.folds[n] != fold;
    for (size_t n = 0; n < N_ROWS; n++) {
        const double weight = is_balanced ? 1 / counts[r->set.data.labels[n]] : 1;
        const double counts_here = (r->set.folds[n] == fold) == in_fold ? weight : 0;
        sum += counts_here * loss_of(r, parameters, n);
        total += counts_here;
    }
    return sum / total;
}

static void make_parameters(double *parameters, size_t n)
{
    sm_random random = {3};
    for (size_t i = 0; i < n; i++)
        parameters[i] = (double)sm_random_below(&random, 2001) / 1000 - 1;
}

static double value_at(sm_objective *o, const double *parameters)
{
    const sm_problem problem = sm_objective_problem(o);
    double x[N_PARAMETERS], value;
    sm_objective_from_parameters(o, parameters, x);
    ck_assert_int_eq(problem.evaluate(problem.context, &(sm_terms){NULL, 0}, x, &value, NULL), SM_OK);
    return value;
}

START_TEST(a_fold_is_held_out_of_training)
{
    static const char *const options[] = {"--l2 auto --folds 3", "--l2 auto --folds 3 --class-weight balanced"};
    for (size_t i = 0; i < 2; i++) {
        table_run *r = run_create(options[i]);
        objectives *o = &r->t.objectives;
        failure f = {""};
        double parameters[N_PARAMETERS];
        make_parameters(parameters, N_PARAMETERS);
        ck_assert(r->set.folds[N_ROWS - 1] == 3); /* the only row of its class */
        for (size_t fold = 0; fold < 3; fold++) {
            CHECK_OK(objectives_open(o, fold, 0, &f), &f);
            const double expected = mean_loss(r, parameters, false, fold, i == 1);
            ck_assert_double_eq_tol(value_at(o->training, parameters), expected, 1e-12 * expected);
        }
        CHECK_OK(objectives_open(o, NO_FOLD, 0, &f), &f);
        const double expected = mean_loss(r, parameters, false, 99, i == 1);
        ck_assert_double_eq_tol(value_at(o->training, parameters), expected, 1e-12 * expected);
        ck_assert_ptr_null(o->validation);
        table_run_free(r);
    }
}
END_TEST

/* Whether a row is classified correctly by parameters [N_PARAMETERS]. */
static bool is_correct(const table_run *r, const double *parameters, size_t n)
{
    const sm_batch one = {1, N_COLUMNS, N_CLASSES, r->set.data.values + n * N_COLUMNS, NULL};
    double scores[N_CLASSES];
    sm_batch_scores(&one, parameters, scores);
    size_t best = 0;
    for (size_t k = 1; k < N_CLASSES; k++)
        best = scores[k] > scores[best] ? k : best;
    return best == r->set.data.labels[n];
}

/* The mean over all rows that are in a fold, each with the parameters of its fold; balanced, all classes of these rows
 * count alike. */
static void check_validation(const char *options, const double weights[N_CLASSES])
{
    table_run *r = run_create(options);
    double parameters[3 * N_PARAMETERS], loss, accuracy, expected = 0, total = 0, n_correct = 0;
    make_parameters(parameters, 3 * N_PARAMETERS);
    for (size_t n = 0; n < N_ROWS - 1; n++) {
        const double *own = parameters + r->set.folds[n] * N_PARAMETERS, weight = weights[r->set.data.labels[n]];
        n_correct += is_correct(r, own, n);
        expected += weight * loss_of(r, own, n);
        total += weight;
    }
    ck_assert_int_eq(objectives_validate(&r->t.objectives, parameters, &loss, &accuracy), SM_OK);
    ck_assert_double_eq_tol(loss, expected / total, 1e-12 * loss);
    ck_assert_double_eq_tol(accuracy, n_correct / (N_ROWS - 1), 1e-12);

    /* No other temperature makes it lower. */
    double temperature, scaled[3 * N_PARAMETERS], around[3];
    ck_assert_int_eq(objectives_fit_temperature(&r->t.objectives, parameters, &temperature), SM_OK);
    for (size_t i = 0; i < 3; i++) {
        const double factor = temperature * (1 + 0.02 * ((double)i - 1));
        for (size_t j = 0; j < 3 * N_PARAMETERS; j++)
            scaled[j] = parameters[j] / factor;
        ck_assert_int_eq(objectives_validate(&r->t.objectives, scaled, &around[i], &accuracy), SM_OK);
    }
    ck_assert(around[1] <= around[0] && around[1] <= around[2]);
    table_run_free(r);
}

START_TEST(the_validation_loss_is_that_of_the_rows_held_out)
{
    check_validation("--l2 auto --folds 3", (const double[]){1, 1, 1, 0});
    check_validation("--l2 auto --folds 3 --class-weight balanced",
                     (const double[]){1.0 / 20, 1.0 / 8, 1.0 / 4, 0});
}
END_TEST

/* The bias at W = 0 that minimises the loss gives the frequencies of the classes. */
START_TEST(without_weights_the_bias_gives_the_frequencies)
{
    table_run *r = run_create("--l2 1");
    double parameters[N_PARAMETERS];
    objectives_set_constant(&r->t.objectives, parameters);
    for (size_t i = 0; i < N_CLASSES * N_COLUMNS; i++)
        ck_assert(parameters[i] == 0);
    static const double counts[] = {20, 8, 4, 1};
    for (size_t k = 0; k < N_CLASSES; k++)
        ck_assert_double_eq_tol(parameters[N_CLASSES * N_COLUMNS + k], log(counts[k] / N_ROWS), 1e-15);
    table_run_free(r);
    r = run_create("--l2 1 --class-weight balanced");
    objectives_set_constant(&r->t.objectives, parameters);
    for (size_t k = 0; k < N_CLASSES; k++)
        ck_assert_double_eq_tol(parameters[N_CLASSES * N_COLUMNS + k], -log(4), 1e-15);
    table_run_free(r);
}
END_TEST

/* Each step of the path ends near the minimum of each fold, and the first where W = 0 is as good. */
START_TEST(each_strength_is_minimised)
{
    table_run *r = run_create("--l2 auto --folds 2");
    training *t = &r->t;
    objectives *o = &t->objectives;
    failure f = {""};
    double constant[N_PARAMETERS];
    CHECK_OK(objectives_open(o, 0, 1, &f), &f);
    objectives_set_constant(o, constant);
    for (size_t i = 0; !l2_path_is_done(&t->path); i++) {
        CHECK_OK(training_try_l2(t, &f), &f);
        for (size_t fold = 0; fold < 2; fold++) {
            CHECK_OK(objectives_open(o, fold, t->path.l2, &f), &f);
            const sm_problem problem = sm_objective_problem(o->training);
            double x[N_PARAMETERS];
            const double reached = value_at(o->training, t->path.current + fold * N_PARAMETERS);
            sm_info info;
            ck_assert_int_eq(sm_lbfgs(&problem, NULL, x, &info), SM_OK);
            ck_assert_double_le(reached, info.value * 1.01);
            if (i == 0 && fold == 0)
                ck_assert_double_le(value_at(o->training, constant), info.value * 1.01);
        }
        CHECK_OK(objectives_open(o, 0, t->path.l2, &f), &f);
    }
    CHECK_OK(training_take_l2(t, &f), &f);
    ck_assert(t->l2 == l2_path_best(&t->path) && !training_chooses_l2(t));
    for (size_t i = 0; i < N_PARAMETERS; i++)
        ck_assert(t->best[i] == t->path.minimum[i] / 2 + t->path.minimum[N_PARAMETERS + i] / 2);
    table_run_free(r);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("objectives", a_fold_is_held_out_of_training,
                         the_validation_loss_is_that_of_the_rows_held_out,
                         without_weights_the_bias_gives_the_frequencies, each_strength_is_minimised);
}
