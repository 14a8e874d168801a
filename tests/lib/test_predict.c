/* Predictions of a trained model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "support/data.h"
#include "support/suite.h"

static const sm_type types[] = {SM_U8, SM_F32, SM_F16, SM_F64};
enum { N_TYPES = sizeof types / sizeof *types };

/* A model, its predictions for the samples of its data, and the expected predictions. */
typedef struct trial {
    data *d;
    float *weight, *bias, *probabilities;
    double *expected; /* [N, K] */
    double loss, expected_loss;
} trial;

static sm_model model_of(const trial *t)
{
    return (sm_model){t->d->n_classes, t->d->n_features, t->weight, t->bias, 0};
}

static trial *trial_create(data *d)
{
    trial *t = test_calloc(1, sizeof *t);
    const size_t n_classes = d->n_classes, n_weights = n_classes * d->n_features;
    const sm_batch batch = data_batch(d);
    t->d = d;
    t->weight = test_calloc(n_weights, sizeof *t->weight);
    t->bias = test_calloc(n_classes, sizeof *t->bias);
    t->probabilities = test_calloc(d->n_samples * n_classes, sizeof *t->probabilities);
    t->expected = test_calloc(d->n_samples * n_classes, sizeof *t->expected);
    for (size_t i = 0; i < d->n_parameters; i++) {
        float *at = i < n_weights ? &t->weight[i] : &t->bias[i - n_weights];
        *at = (float)d->parameters[i];
        d->parameters[i] = (double)*at;
    }
    sm_batch_scores(&batch, d->parameters, t->expected);
    for (size_t n = 0; n < d->n_samples; n++) {
        double *row = t->expected + n * n_classes;
        t->expected_loss += sm_cross_entropy(n_classes, row, d->labels[n]) / (double)d->n_samples;
        sm_softmax(n_classes, row, row);
    }
    return t;
}

static void trial_free(trial *t)
{
    data_free(t->d);
    free(t->expected);
    free(t->probabilities);
    free(t->bias);
    free(t->weight);
    free(t);
}

static sm_status trial_run(trial *t, sm_type type, sm_execution execution)
{
    const sm_source source = data_source(t->d, type);
    const sm_model model = model_of(t);
    return sm_predict(&model, &source, &execution, t->probabilities, &t->loss);
}

static void check_trial(trial *t, sm_type type)
{
    const size_t n_classes = t->d->n_classes;
    double worst = 0;
    size_t n_finite = 0;
    ck_assert_int_eq(trial_run(t, type, (sm_execution){0}), SM_OK);
    for (size_t i = 0; i < t->d->n_samples * n_classes; i++) {
        n_finite += isfinite(t->probabilities[i]) != 0;
        const double error = fabs((double)t->probabilities[i] - t->expected[i]);
        worst = error > worst ? error : worst;
    }
    ck_assert_uint_eq(n_finite, t->d->n_samples * n_classes);
    ck_assert_double_le(worst, 2e-6);
    ck_assert_double_eq_tol(t->loss, t->expected_loss, 1e-6 * (1 + t->expected_loss));
}

START_TEST(probabilities_are_the_softmax_of_the_scores)
{
    const size_t sizes[] = {1, 15, 16, 17, 255, 256, 257, 600, 9000}, n_classes[] = {1, 2, 10, 17, 256};
    for (size_t i = 0; i < 9; i++) {
        for (size_t j = 0; j < 5; j++) {
            data *d = data_random(sizes[i], 13, n_classes[j], i * 5 + j);
            if (i % 2)
                data_set_unit(d, 1.0 / 256);
            trial *t = trial_create(d);
            for (size_t type = 0; type < N_TYPES; type++)
                if (types[type] != SM_F16 || i % 2) /* then halves have the same values */
                    check_trial(t, types[type]);
            trial_free(t);
        }
    }
    trial *wide = trial_create(data_random(4, 65537, 3, 1));
    check_trial(wide, SM_U8);
    check_trial(wide, SM_F64);
    trial_free(wide);
}
END_TEST

START_TEST(real_images_are_predicted)
{
    data *d = data_mnist(300);
    sm_random random = {4};
    random_fill(&random, -0.3, 0.3, d->n_parameters, d->parameters);
    trial *t = trial_create(d);
    check_trial(t, SM_U8);
    check_trial(t, SM_F32);
    check_trial(t, SM_F64);
    trial_free(t);
}
END_TEST

START_TEST(threads_and_instruction_sets_do_not_change_a_bit)
{
    const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    const size_t n_threads[] = {1, 2, 3, 7, 16};
    for (size_t type = 0; type < N_TYPES; type++) {
        trial *t = trial_create(data_random(9001, 20, 12, 7));
        ck_assert_int_eq(trial_run(t, types[type], (sm_execution){1, "scalar"}), SM_OK);
        const size_t n_bytes = 9001 * 12 * sizeof(float);
        float *first = test_calloc(1, n_bytes);
        memcpy(first, t->probabilities, n_bytes);
        const double loss = t->loss;
        for (size_t i = 0; i < 20; i++) {
            if (!sm_isa_name(isas[i / 5]))
                continue;
            const sm_execution execution = {n_threads[i % 5], isas[i / 5]};
            memset(t->probabilities, 0, n_bytes);
            ck_assert_int_eq(trial_run(t, types[type], execution), SM_OK);
            ck_assert_mem_eq(t->probabilities, first, n_bytes);
            ck_assert_mem_eq(&t->loss, &loss, sizeof loss);
        }
        free(first);
        trial_free(t);
    }
}
END_TEST

static void check_without_labels(sm_type type)
{
    trial *t = trial_create(data_random(300, 8, 4, 3));
    sm_source source = data_source(t->d, type);
    const sm_model model = model_of(t);
    const sm_execution any = {0};
    float *without = test_calloc(300 * 4, sizeof *without);
    ck_assert_int_eq(sm_predict(&model, &source, &any, t->probabilities, NULL), SM_OK);
    source.labels = NULL;
    ck_assert_int_eq(sm_predict(&model, &source, &any, without, NULL), SM_OK);
    ck_assert_mem_eq(without, t->probabilities, 300 * 4 * sizeof *without);
    ck_assert_int_eq(sm_predict(&model, &source, &any, without, &t->loss), SM_ERROR_ARGUMENT);
    ck_assert_int_eq(sm_predict(&model, &source, NULL, without, NULL), SM_OK);
    ck_assert_mem_eq(without, t->probabilities, 300 * 4 * sizeof *without);
    free(without);
    trial_free(t);
}

START_TEST(labels_are_not_needed_for_probabilities)
{
    for (size_t i = 0; i < N_TYPES; i++)
        check_without_labels(types[i]);
}
END_TEST

/* Zero weights make all classes equally likely; the answer is the lowest one. */
START_TEST(equal_classes_are_equally_likely)
{
    data *d = data_random(20, 5, 8, 1);
    memset(d->parameters, 0, d->n_parameters * sizeof *d->parameters);
    trial *t = trial_create(d);
    for (size_t i = 0; i < N_TYPES; i++) {
        ck_assert_int_eq(trial_run(t, types[i], (sm_execution){0}), SM_OK);
        for (size_t n = 0; n < 20; n++) {
            ck_assert_uint_eq(sm_argmax(8, t->probabilities + n * 8), 0);
            for (size_t k = 0; k < 8; k++)
                ck_assert(t->probabilities[n * 8 + k] == 0.125f);
        }
        ck_assert_double_eq_tol(t->loss, log(8), types[i] == SM_F64 ? 1e-15 : 1e-6);
    }
    trial_free(t);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

static const void *no_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    (void)scratch;
    const size_t *n_good = context;
    static const double zeros[4096 * 8] = {0}; /* of any type */
    return first + n_rows <= *n_good && n_rows <= 4096 ? zeros : NULL;
}

static void check_fails(const sm_model *model, const sm_source *source, sm_execution execution, sm_status expected)
{
    float *p = test_calloc(600 * 4, sizeof *p);
    double loss = 42;
    size_t n_changed = 0;
    for (size_t i = 0; i < 600 * 4; i++)
        p[i] = 43;
    ck_assert_int_eq(sm_predict(model, source, &execution, p, &loss), expected);
    ck_assert_double_eq(loss, 42);
    for (size_t i = 0; i < 600 * 4; i++)
        n_changed += p[i] != 43;
    ck_assert_uint_eq(n_changed, 0);
    free(p);
}

static void check_failures(sm_type type)
{
    const sm_execution any = {0};
    trial *t = trial_create(data_random(600, 8, 4, 3));
    const sm_model good_model = model_of(t);
    const sm_source good = data_source(t->d, type);
    sm_model model = good_model;
    model.n_classes = 5;
    check_fails(&model, &good, any, SM_ERROR_ARGUMENT);
    model.n_classes = 3;
    check_fails(&model, &good, any, SM_ERROR_ARGUMENT);
    model = good_model;
    model.n_features = 7;
    check_fails(&model, &good, any, SM_ERROR_ARGUMENT);
    sm_source source = good;
    source.n_samples = 0;
    check_fails(&good_model, &source, any, SM_ERROR_ARGUMENT);
    check_fails(&good_model, &good, (sm_execution){1, "sse9"}, SM_ERROR_ARGUMENT);
    t->d->labels[599] = 4;
    check_fails(&good_model, &good, any, SM_ERROR_LABEL);
    t->d->labels[599] = 3;
    for (size_t n_good = 0; n_good < 600; n_good += 260) {
        source = good;
        source.rows = no_rows;
        size_t limit = n_good;
        source.context = &limit;
        check_fails(&good_model, &source, any, SM_ERROR_SOURCE);
    }
    trial_free(t);
}

START_TEST(failures_are_reported_and_nothing_written)
{
    for (size_t i = 0; i < N_TYPES; i++)
        check_failures(types[i]);
}
END_TEST

/* At any position, with labels and without. */
START_TEST(parameters_that_are_not_numbers_are_reported)
{
    const float values[] = {NAN, HUGE_VALF};
    for (size_t i = 0; i < 4 * 36; i++) {
        const sm_type type = i / 2 % 2 ? SM_F64 : SM_U8;
        trial *t = trial_create(data_random(600, 8, 4, 3));
        const sm_model model = model_of(t);
        const sm_execution any = {0};
        sm_source source = data_source(t->d, type);
        float *place = i / 4 < 32 ? &t->weight[i / 4] : &t->bias[i / 4 - 32];
        const float good = *place;
        *place = values[i % 2];
        check_fails(&model, &source, any, SM_ERROR_NOT_FINITE);
        source.labels = NULL;
        ck_assert_int_eq(sm_predict(&model, &source, &any, t->probabilities, NULL), SM_ERROR_NOT_FINITE);
        *place = good;
        ck_assert_int_eq(trial_run(t, type, any), SM_OK);
        trial_free(t);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* In double precision                                                                             */

/* Scores and probabilities of doubles and of any other type, together and alone, with labels and without. */
START_TEST(double_scores_and_probabilities_are_precise)
{
    for (size_t i = 0; i < 4 * N_TYPES; i++) {
        data *d = data_random(50, 7, 1 + i, i);
        data_set_unit(d, 1.0 / 256);
        const sm_batch batch = data_batch(d);
        const size_t n = 50 * d->n_classes;
        sm_source source = data_source(d, types[i % N_TYPES]);
        double *expected = test_calloc(n, 4 * sizeof *expected), *scores = expected + n;
        double *probabilities = scores + n, *alone = probabilities + n;
        if (i % 2)
            source.labels = NULL;
        ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, scores, probabilities), SM_OK);
        sm_batch_scores(&batch, d->parameters, expected);
        for (size_t j = 0; j < n; j++)
            ck_assert_double_eq_tol(scores[j], expected[j], 1e-14);
        for (size_t m = 0; m < 50; m++)
            sm_softmax(d->n_classes, expected + m * d->n_classes, expected + m * d->n_classes);
        for (size_t j = 0; j < n; j++)
            ck_assert_double_eq_tol(probabilities[j], expected[j], 1e-14 * expected[j] + 1e-17);
        ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, alone, NULL), SM_OK);
        ck_assert_mem_eq(alone, scores, n * sizeof *alone);
        ck_assert_int_eq(sm_predict_double(d->parameters, &source, &(sm_execution){2, "scalar"}, NULL, alone),
                         SM_OK);
        ck_assert_mem_eq(alone, probabilities, n * sizeof *alone);
        ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, NULL, NULL), SM_OK);
        free(expected);
        data_free(d);
    }
}
END_TEST

/* A class of probability 1e-300 has it, and an offset common to all biases is in the scores alone. */
START_TEST(small_double_probabilities_are_kept)
{
    data *d = data_random(1, 1, 2, 1);
    const sm_source source = data_source(d, SM_F64);
    const double parameters[4] = {0, 0, 1000, 1000 - 300 * log(10)};
    double scores[2], probabilities[2];
    ck_assert_int_eq(sm_predict_double(parameters, &source, NULL, scores, probabilities), SM_OK);
    ck_assert_double_eq(scores[0], 1000);
    ck_assert_double_eq(probabilities[0], 1);
    ck_assert_double_eq_tol(probabilities[1] / 1e-300, 1, 1e-12);
    data_free(d);
}
END_TEST

START_TEST(double_predictions_report_failures)
{
    data *d = data_random(50, 7, 3, 1);
    sm_source source = data_source(d, SM_F64);
    double found[150];
    ck_assert_int_eq(sm_predict_double(d->parameters, &source, &(sm_execution){1, "sse9"}, found, NULL),
                     SM_ERROR_ARGUMENT);
    for (size_t at = 0; at < 24; at++) {
        const double good = d->parameters[at];
        d->parameters[at] = at % 2 ? (double)NAN : HUGE_VAL;
        ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, found, NULL), SM_ERROR_NOT_FINITE);
        ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, NULL, found), SM_ERROR_NOT_FINITE);
        d->parameters[at] = good;
    }
    d->labels[4] = 3;
    ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, found, NULL), SM_ERROR_LABEL);
    d->labels[4] = 2;
    size_t n_good = 20;
    source.rows = no_rows;
    source.context = &n_good;
    ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, found, NULL), SM_ERROR_SOURCE);
    source.n_samples = 0;
    ck_assert_int_eq(sm_predict_double(d->parameters, &source, NULL, found, NULL), SM_ERROR_ARGUMENT);
    data_free(d);
}
END_TEST

/* The mean loss counts each sample by its weight. */
START_TEST(the_mean_loss_is_weighted)
{
    for (size_t i = 0; i < N_TYPES; i++) {
        trial *t = trial_create(data_random(50, 7, 3, 1));
        double weights[50], expected = 0, total = 0, loss;
        const sm_batch batch = data_batch(t->d);
        sm_batch_scores(&batch, t->d->parameters, t->expected);
        for (size_t n = 0; n < 50; n++) {
            weights[n] = (double)(n % 4);
            expected += weights[n] * sm_cross_entropy(3, t->expected + 3 * n, t->d->labels[n]);
            total += weights[n];
        }
        sm_source source = data_source(t->d, types[i]);
        source.weights = weights;
        const sm_model model = model_of(t);
        ck_assert_int_eq(sm_predict(&model, &source, NULL, t->probabilities, &loss), SM_OK);
        ck_assert_double_eq_tol(loss, expected / total,
                                types[i] == SM_F64   ? 1e-14
                                : types[i] == SM_F16 ? 1e-3
                                                     : 1e-6);
        trial_free(t);
    }
}
END_TEST

/* A source that computes its bytes, and counts the rows. */
typedef struct computed {
    sm_matrix matrix;
    size_t row_bytes, n_rows;
} computed;

static const void *compute_rows(void *context, size_t first, size_t n_rows, void *scratch)
{
    computed *c = context;
    c->n_rows += n_rows;
    return memcpy(scratch, sm_matrix_rows(&c->matrix, first, n_rows, NULL), n_rows * c->row_bytes);
}

START_TEST(a_row_is_computed_once)
{
    trial *t = trial_create(data_random(700, 139, 10, 5));
    const size_t n_probabilities = 700 * 10;
    float *expected = test_calloc(n_probabilities, sizeof *expected);
    ck_assert_int_eq(trial_run(t, SM_U8, (sm_execution){1, NULL}), SM_OK);
    memcpy(expected, t->probabilities, n_probabilities * sizeof *expected);
    sm_source source = data_source(t->d, SM_U8);
    computed c = {*(const sm_matrix *)source.context, source.n_features, 0};
    source.rows = compute_rows;
    source.scratch_row_bytes = source.n_features;
    source.context = &c;
    const sm_model model = model_of(t);
    ck_assert_int_eq(sm_predict(&model, &source, &(sm_execution){1, NULL}, t->probabilities, NULL), SM_OK);
    ck_assert_uint_eq(c.n_rows, 700);
    ck_assert_mem_eq(t->probabilities, expected, n_probabilities * sizeof *expected);
    free(expected);
    trial_free(t);
}
END_TEST

int main(void)
{
    return SUITE_RUN("predict", a_row_is_computed_once, probabilities_are_the_softmax_of_the_scores,
                     real_images_are_predicted, threads_and_instruction_sets_do_not_change_a_bit,
                     labels_are_not_needed_for_probabilities, equal_classes_are_equally_likely,
                     failures_are_reported_and_nothing_written, parameters_that_are_not_numbers_are_reported,
                     double_scores_and_probabilities_are_precise, small_double_probabilities_are_kept,
                     double_predictions_report_failures, the_mean_loss_is_weighted);
}
