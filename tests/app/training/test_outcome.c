/* What is known of a model at the end holds for the weights that its file has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support_app/scratch.h"
#include "support_app/table_run.h"

enum { N_ROWS = 40, N_COLUMNS = 2, N_CLASSES = 3 };

/* A value of the table at row n. */
static double value_at(double mean, size_t n, size_t column)
{
    return column == 0 ? mean + (double)(n * n % 11) / 8 : (double)(n * 7 % 13);
}

/* Rows of three classes that are not separable. The first column has this mean. */
static const char *rows_at(double mean)
{
    static char text[N_ROWS * 64];
    size_t length = 0;
    for (size_t n = 0; n < N_ROWS; n++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%.3f,%.0f,%zu\n", value_at(mean, n, 0),
                                   value_at(mean, n, 1), n % N_CLASSES);
    return text;
}

static double deviation_of(size_t column)
{
    double sum = 0, squares = 0;
    for (size_t n = 0; n < N_ROWS; n++)
        sum += value_at(0, n, column);
    for (size_t n = 0; n < N_ROWS; n++)
        squares += pow(value_at(0, n, column) - sum / N_ROWS, 2);
    return sqrt(squares / N_ROWS);
}

/* The objective by its definition, at the floats of a model: its loss for the original columns, and the penalty of the
 * standardised ones. fma keeps the digits in which a large mean and the bias cancel. */
static double objective_of_model(const model *m, double mean, double l2)
{
    double loss = 0, penalty = 0;
    for (size_t n = 0; n < N_ROWS; n++) {
        double scores[N_CLASSES], sum = 0;
        for (size_t k = 0; k < N_CLASSES; k++) {
            scores[k] = (double)m->bias[k];
            for (size_t d = 0; d < N_COLUMNS; d++)
                scores[k] = fma((double)m->weight[k * N_COLUMNS + d], value_at(mean, n, d), scores[k]);
        }
        for (size_t k = 0; k < N_CLASSES; k++)
            sum += exp(scores[k] - scores[n % N_CLASSES]);
        loss += log(sum) / N_ROWS;
    }
    for (size_t i = 0; i < N_CLASSES * N_COLUMNS; i++)
        penalty += pow((double)m->weight[i] * deviation_of(i % N_COLUMNS), 2);
    return loss + l2 / 2 * penalty;
}

static double find_minimum(const char *rows, const char *options)
{
    char exact[256];
    (void)snprintf(exact, sizeof exact, "%s --tolerance 1e-12", options);
    table_run *r = table_run_create(rows, exact);
    while (training_step(&r->t))
        (void)training_record(&r->t);
    const double minimum = sm_minimiser_info(r->t.minimiser)->value;
    table_run_free(r);
    return minimum;
}

START_TEST(the_gap_is_that_of_the_rounded_weights)
{
    static const double means[] = {0, 1e3, 1e6, 1e8};
    static const char *const tolerances[] = {"1e-2", "1e-4", "1e-8", "1e-12"};
    for (size_t i = 0; i < 4; i++) {
        const char *rows = rows_at(means[i]);
        const double minimum = find_minimum(rows, "--l2 1e-4");
        for (size_t j = 0; j < 4; j++) {
            char options[128];
            (void)snprintf(options, sizeof options, "--l2 1e-4 --tolerance %s", tolerances[j]);
            table_run *r = table_run_create(rows, options);
            table_run_finish(r);
            const outcome *o = &r->outcome;
            ck_assert_double_eq_tol(o->objective, objective_of_model(&r->model, means[i], 1e-4),
                                    1e-9 * o->objective);
            ck_assert(o->gap > 0 && o->gap <= 1);
            ck_assert_double_ge(o->gap * o->objective, o->objective - minimum - 2e-12 * minimum);
            ck_assert((o->ending == ENDING_CONVERGED) == (o->gap <= r->s.lbfgs.tolerance) && !o->has_no_minimum);
            ck_assert(means[i] > 0 || j == 3 ||
                      o->ending == ENDING_CONVERGED); /* rounding prevents it nowhere else */
            table_run_free(r);
        }
    }
}
END_TEST

/* Rounding to floats makes it impossible to be near the minimum. */
START_TEST(a_model_that_rounding_spoils_has_not_converged)
{
    table_run *r = table_run_create(rows_at(1e8), "--l2 1e-4 --tolerance 1e-8");
    table_run_finish(r);
    ck_assert_int_eq(sm_minimiser_info(r->t.minimiser)->stop, SM_STOP_CONVERGED);
    ck_assert(r->outcome.ending == ENDING_MISSED && r->outcome.gap > 1e-8);
    table_run_free(r);
}
END_TEST

/* The model is that of the lowest validation loss, and so are the objective and its gap. */
START_TEST(an_earlier_point_has_its_own_objective)
{
    table_run *r = table_run_create(rows_at(0), "--validation 10 --l2 1e-9 --tolerance 1e-10");
    table_run_finish(r);
    training *t = &r->t;
    ck_assert_uint_lt(t->best_iteration, sm_minimiser_info(t->minimiser)->n_iterations);
    ck_assert_double_gt(r->outcome.objective, sm_minimiser_info(t->minimiser)->value);
    ck_assert(r->outcome.is_earlier && r->outcome.ending == ENDING_COMPLETE);
    table_run_free(r);
}
END_TEST

/* What stopped training does not matter if the kept model is within the tolerance. */
START_TEST(an_earlier_point_within_the_tolerance_has_converged)
{
    table_run *r = table_run_create(rows_at(0), "--validation 10 --l2 1e-9 --tolerance 1 --patience 1");
    table_run_finish(r);
    ck_assert(r->outcome.ending == ENDING_CONVERGED && r->outcome.gap <= 1);
    table_run_free(r);
}
END_TEST

START_TEST(patience_and_limits_end_training)
{
    static const char *const options[] = {"--validation 10 --l2 1e-9 --tolerance 1e-10 --patience 1",
                                          "--l2 1e-9 --tolerance 1e-10 --max-iterations 1", "--optimizer sgd"};
    static const ending endings[] = {ENDING_STOPPED_EARLY, ENDING_MISSED, ENDING_COMPLETE};
    for (size_t i = 0; i < 3; i++) {
        table_run *r = table_run_create(rows_at(0), options[i]);
        table_run_finish(r);
        ck_assert_int_eq(r->outcome.ending, endings[i]);
        table_run_free(r);
    }
}
END_TEST

START_TEST(without_a_penalty_separable_classes_have_no_minimum)
{
    const char *separable = "1,0,a\n2,1,a\n3,0,a\n5,1,b\n6,0,b\n9,1,b\n",
               *touching = "1,0,a\n2,1,a\n2,1,b\n3,0,b\n";
    static const char *const options[] = {"--l2 0", "--l2 0 --optimizer sgd --epochs 50"};
    for (size_t i = 0; i < 2; i++) {
        table_run *r = table_run_create(separable, options[i]);
        table_run_finish(r);
        ck_assert(r->outcome.has_no_minimum && r->outcome.ending == (i == 0 ? ENDING_MISSED : ENDING_COMPLETE));
        ck_assert(r->outcome.gap == HUGE_VAL);
        table_run_free(r);
        r = table_run_create(touching, options[i]);
        table_run_finish(r);
        ck_assert(!r->outcome.has_no_minimum && r->outcome.ending == (i == 0 ? ENDING_CONVERGED : ENDING_COMPLETE));
        table_run_free(r);
    }
    table_run *r = table_run_create(separable, "--l2 1e-6");
    table_run_finish(r);
    ck_assert(!r->outcome.has_no_minimum && r->outcome.ending == ENDING_CONVERGED);
    table_run_free(r);
}
END_TEST

START_TEST(sgd_that_diverges_fails)
{
    static const char *const options[] = {"--learning-rate 1000", "--learning-rate 5 --l2 1000",
                                          "--learning-rate 1e6 --l2 1e6 --epochs 100",
                                          "--learning-rate 1000 --validation 10 --patience 1"};
    for (size_t i = 0; i < 4; i++) {
        char all[256];
        failure f = {""};
        (void)snprintf(all, sizeof all, "--optimizer sgd --batch-size 8 --schedule constant %s", options[i]);
        table_run *r = table_run_create(rows_at(0), all);
        while (training_step(&r->t))
            (void)training_record(&r->t);
        check_failed(training_end(&r->t, &f), &f, "training diverged", "lower --learning-rate, which is ", NULL);
        table_run_free(r);
    }
    table_run *r = table_run_create(rows_at(0), "--optimizer sgd --epochs 0");
    table_run_finish(r);
    table_run_free(r);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("outcome", the_gap_is_that_of_the_rounded_weights,
                         a_model_that_rounding_spoils_has_not_converged, an_earlier_point_has_its_own_objective,
                         an_earlier_point_within_the_tolerance_has_converged, patience_and_limits_end_training,
                         without_a_penalty_separable_classes_have_no_minimum, sgd_that_diverges_fails);
}
