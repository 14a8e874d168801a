/* Temperature, calibration error, and coverage at thresholds. */
#include <math.h>
#include <stdlib.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

/* The mean loss of samples at parameters divided by a temperature. */
static double loss_at(const sm_problem *problem, const double *x, double temperature)
{
    double *point = test_calloc(problem->n_parameters, sizeof *point), value;
    for (size_t i = 0; i < problem->n_parameters; i++)
        point[i] = x[i] / temperature;
    ck_assert_int_eq(problem->evaluate(problem->context, &(sm_terms){NULL, 0}, point, &value, NULL), SM_OK);
    free(point);
    return value;
}

static sm_objective *objective_of(data *d)
{
    const sm_source source = data_source(d, SM_U8);
    sm_objective *objective;
    ck_assert_int_eq(sm_objective_create(&source, &(sm_objective_options){.l2 = 0}, &objective), SM_OK);
    return objective;
}

/* No temperature near it gives a lower loss, and parameters that are c times as large need c times the temperature. */
START_TEST(the_temperature_minimises_the_loss_and_grows_with_the_scores)
{
    data *d = data_mnist(500);
    sm_random random = {5};
    random_fill(&random, -0.05, 0.05, d->n_parameters, d->parameters);
    sm_objective *objective = objective_of(d);
    const sm_problem problem = sm_objective_problem(objective);
    /* some steps towards the minimum, so that scores and labels are correlated */
    const sm_sgd_options options = {.batch_size = 50, .n_epochs = 2, .learning_rate = 0.3, .seed = 1};
    ck_assert_int_eq(sm_sgd(&problem, &options, d->parameters, NULL), SM_OK);
    double first = 0;
    for (double scale = 0.1; scale < 9; scale *= 4) {
        double temperature = 0;
        double *x = test_calloc(d->n_parameters, sizeof *x);
        for (size_t i = 0; i < d->n_parameters; i++)
            x[i] = scale * d->parameters[i];
        ck_assert_int_eq(sm_fit_temperature(&problem, x, &temperature), SM_OK);
        const double loss = loss_at(&problem, x, temperature);
        ck_assert_double_lt(loss, loss_at(&problem, x, temperature * 1.02));
        ck_assert_double_lt(loss, loss_at(&problem, x, temperature / 1.02));
        first = first == 0 ? temperature / scale : first;
        ck_assert_double_eq_tol(temperature / scale, first, 1e-3 * first);
        free(x);
    }
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

/* If the loss decreases without end, the temperature stops at its limit; if all scores are 0, it stays at 1. */
START_TEST(the_temperature_has_limits)
{
    data *d = data_random(2, 3, 2, 1);
    d->labels[0] = 0;
    d->labels[1] = 1;
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < 3; i++)
            d->bytes[n * 3 + i] = n == 0 ? 255 : 0;
    sm_objective *objective = objective_of(d);
    const sm_problem problem = sm_objective_problem(objective);
    double x[8] = {0}, temperature = 0;
    ck_assert_int_eq(sm_fit_temperature(&problem, x, &temperature), SM_OK);
    ck_assert_double_eq(temperature, 1);
    x[0] = 1;   /* class 0 if the first pixel is lit */
    x[7] = 0.5; /* class 1 otherwise */
    ck_assert_int_eq(sm_fit_temperature(&problem, x, &temperature), SM_OK);
    ck_assert_double_le(temperature, 1.0 / 32);
    x[0] = -1, x[7] = -0.5; /* always wrong, so the flattest probabilities are best */
    ck_assert_int_eq(sm_fit_temperature(&problem, x, &temperature), SM_OK);
    ck_assert_double_ge(temperature, 32);
    x[0] = (double)NAN;
    temperature = 7;
    ck_assert_int_eq(sm_fit_temperature(&problem, x, &temperature), SM_ERROR_NOT_FINITE);
    ck_assert_double_eq(temperature, 7);
    sm_objective_free(objective);
    data_free(d);
}
END_TEST

START_TEST(a_model_is_divided_by_its_temperature)
{
    data *d = data_random(40, 4, 3, 3);
    float w[12], b[3], plain[120], divided[120], tempered[120];
    for (size_t i = 0; i < 15; i++)
        *(i < 12 ? &w[i] : &b[i - 12]) = (float)d->parameters[i];
    const sm_source source = data_source(d, SM_U8);
    sm_model model = {3, 4, w, b, 2};
    ck_assert_int_eq(sm_predict(&model, &source, &(sm_execution){0}, tempered, NULL), SM_OK);
    model.temperature = 0;
    ck_assert_int_eq(sm_predict(&model, &source, &(sm_execution){0}, plain, NULL), SM_OK);
    for (size_t i = 0; i < 15; i++)
        *(i < 12 ? &w[i] : &b[i - 12]) /= 2;
    model.temperature = 1;
    ck_assert_int_eq(sm_predict(&model, &source, &(sm_execution){0}, divided, NULL), SM_OK);
    ck_assert_mem_eq(tempered, divided, sizeof divided);
    for (size_t n = 0; n < 40; n++)
        ck_assert_uint_eq(sm_argmax(3, tempered + 3 * n), sm_argmax(3, plain + 3 * n));
    model.temperature = -1;
    ck_assert_int_eq(sm_predict(&model, &source, &(sm_execution){0}, divided, NULL), SM_ERROR_ARGUMENT);
    data_free(d);
}
END_TEST

/* Confidences 0.6, 0.65 (one right of two), 0.95 (right), 1 (wrong), in ten bins. */
START_TEST(the_calibration_error_agrees_with_its_definition)
{
    const float p[8] = {0.6f, 0.4f, 0.35f, 0.65f, 0.95f, 0.05f, 0, 1};
    const uint8_t labels[4] = {0, 0, 0, 0};
    sm_calibration_bin bins[10];
    const double error = sm_calibration(4, 2, p, labels, 10, bins);
    ck_assert_double_eq_tol(error, (fabs(1 - 1.25) + fabs(1 - 1.95)) / 4, 1e-6);
    ck_assert_uint_eq(bins[6].n_samples, 2);
    ck_assert_uint_eq(bins[6].n_correct, 1);
    ck_assert_double_eq_tol(bins[6].confidence, 0.625, 1e-6);
    ck_assert_uint_eq(bins[9].n_samples, 2);
    ck_assert_uint_eq(bins[9].n_correct, 1);
    ck_assert_uint_eq(bins[0].n_samples, 0);
    ck_assert_double_eq(bins[0].confidence, 0);
    ck_assert_double_eq(sm_calibration(0, 2, p, labels, 10, bins), 0);
    /* one bin: the difference of accuracy and mean confidence */
    ck_assert_double_eq_tol(sm_calibration(4, 2, p, labels, 1, bins), fabs(2 - 3.2) / 4, 1e-6);
}
END_TEST

START_TEST(uncertain_answers_are_left_out)
{
    const float p[8] = {0.6f, 0.4f, 0.35f, 0.65f, 0.95f, 0.05f, 0, 1};
    const uint8_t labels[4] = {0, 0, 0, 0};
    const double least[] = {0, 0.625, 0.95, 1};
    const sm_counts expected[] = {{4, 2}, {3, 1}, {1, 0}, {1, 0}};
    for (size_t i = 0; i < 4; i++) {
        const sm_counts counts = sm_coverage_counts(4, 2, p, labels, least[i]);
        ck_assert_uint_eq(counts.n_samples, expected[i].n_samples);
        ck_assert_uint_eq(counts.n_correct, expected[i].n_correct);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("calibration", the_temperature_minimises_the_loss_and_grows_with_the_scores,
                     the_temperature_has_limits, a_model_is_divided_by_its_temperature,
                     the_calibration_error_agrees_with_its_definition, uncertain_answers_are_left_out);
}
