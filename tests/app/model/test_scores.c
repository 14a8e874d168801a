/* The scores of a model, derived from its probabilities. */
#include <stdlib.h>
#include <string.h>

#include "model/prediction.h"
#include "model/scores.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { N_IMAGES = 400, SIDE = 4, N_PIXELS = SIDE * SIDE, N_CLASSES = 4 };

/* Images whose labels the model often guesses, and a model that reads each class from one pixel. */
static dataset make_images(void)
{
    dataset set = {.n_samples = N_IMAGES, .n_rows = SIDE, .n_columns = SIDE, .n_classes = N_CLASSES};
    sm_random random = {5};
    dataset_replace(&set, N_IMAGES, test_calloc(N_IMAGES, N_PIXELS), test_calloc(N_IMAGES, 1));
    set.images_path = strdup("images");
    set.labels_path = strdup("labels");
    for (size_t n = 0; n < N_IMAGES; n++) {
        set.labels[n] = (uint8_t)sm_random_below(&random, N_CLASSES);
        for (size_t d = 0; d < N_PIXELS; d++)
            set.pixels[n * N_PIXELS + d] = (uint8_t)sm_random_below(&random, d == set.labels[n] ? 256 : 160);
    }
    return set;
}

static model make_model(double temperature)
{
    model m;
    failure f = {""};
    CHECK_OK(model_create(N_CLASSES, SIDE, SIDE, &(feature_choice){0}, &m, &f), &f);
    for (size_t k = 0; k < N_CLASSES; k++)
        m.weight[k * N_PIXELS + k] = 6;
    m.temperature = temperature;
    return m;
}

static scores score(const dataset *set, const model *m)
{
    scores s = {0};
    failure f = {""};
    CHECK_OK(score_model(set, m, &(sm_execution){0}, &s, &f), &f);
    return s;
}

START_TEST(scores_are_counted_from_the_probabilities)
{
    dataset set = make_images();
    model m = make_model(1);
    scores s = score(&set, &m);
    float *probabilities;
    double mean_loss;
    failure f = {""};
    CHECK_OK(predict("images", &set, &m, &(sm_execution){.n_threads = 1}, &probabilities, &mean_loss, &f), &f);
    ck_assert_mem_eq(s.probabilities, probabilities, N_IMAGES * N_CLASSES * sizeof *probabilities);
    ck_assert(s.mean_loss == mean_loss);
    size_t confusion[N_CLASSES * N_CLASSES] = {0}, n_correct = 0;
    for (size_t n = 0; n < N_IMAGES; n++) {
        const size_t answer = sm_argmax(N_CLASSES, probabilities + n * N_CLASSES);
        confusion[set.labels[n] * N_CLASSES + answer]++;
        n_correct += answer == set.labels[n];
    }
    ck_assert_mem_eq(s.confusion, confusion, sizeof confusion);
    ck_assert(n_correct > N_IMAGES / 2 && n_correct < N_IMAGES);
    ck_assert_uint_eq(s.counts.n_samples, N_IMAGES);
    ck_assert_uint_eq(s.counts.n_correct, n_correct);
    ck_assert_double_eq(s.accuracy, (double)n_correct / N_IMAGES);
    ck_assert(s.interval.low < s.accuracy && s.accuracy < s.interval.high);
    size_t support = 0;
    for (size_t k = 0; k < N_CLASSES; k++)
        support += s.classes[k].support;
    ck_assert_uint_eq(support, N_IMAGES);
    ck_assert_uint_eq(s.n_confused, sizeof s.confused / sizeof *s.confused);
    ck_assert_uint_eq(s.confused[0].count, confusion[s.confused[0].label * N_CLASSES + s.confused[0].prediction]);
    ck_assert_ptr_eq(s.names, m.names);
    free(probabilities);
    scores_destroy(&s);
    model_destroy(&m);
    dataset_destroy(&set);
}
END_TEST

START_TEST(a_higher_threshold_lowers_the_coverage)
{
    dataset set = make_images();
    model m = make_model(1);
    scores s = score(&set, &m);
    ck_assert_double_eq(s.coverages[0].threshold, 0);
    ck_assert_uint_eq(s.coverages[0].covered.n_samples, N_IMAGES);
    ck_assert_uint_eq(s.coverages[0].covered.n_correct, s.counts.n_correct);
    for (size_t i = 0; i < N_COVERAGES; i++) {
        size_t n = 0, n_correct = 0;
        for (size_t j = 0; j < N_IMAGES; j++) {
            const float *row = s.probabilities + j * N_CLASSES;
            const size_t answer = sm_argmax(N_CLASSES, row);
            n += (double)row[answer] >= s.coverages[i].threshold;
            n_correct += (double)row[answer] >= s.coverages[i].threshold && answer == set.labels[j];
        }
        ck_assert_uint_eq(s.coverages[i].covered.n_samples, n);
        ck_assert_uint_eq(s.coverages[i].covered.n_correct, n_correct);
        ck_assert(i == 0 || s.coverages[i].threshold > s.coverages[i - 1].threshold);
    }
    ck_assert_uint_lt(s.coverages[N_COVERAGES - 1].covered.n_samples, N_IMAGES);
    scores_destroy(&s);
    model_destroy(&m);
    dataset_destroy(&set);
}
END_TEST

START_TEST(a_temperature_changes_the_calibration_alone)
{
    dataset set = make_images();
    model plain = make_model(1), calibrated = make_model(0.3);
    scores a = score(&set, &plain), b = score(&set, &calibrated);
    ck_assert_mem_eq(a.confusion, b.confusion, N_CLASSES * N_CLASSES * sizeof *a.confusion);
    ck_assert(a.calibration_error == a.uncalibrated_error);
    ck_assert(b.uncalibrated_error == a.uncalibrated_error);
    ck_assert(b.calibration_error != a.calibration_error);
    ck_assert_double_eq(a.temperature, 1);
    ck_assert_double_eq(b.temperature, 0.3);
    size_t n = 0;
    for (size_t i = 0; i < N_CALIBRATION_BINS; i++)
        n += b.bins[i].n_samples;
    ck_assert_uint_eq(n, N_IMAGES);
    scores_destroy(&b);
    scores_destroy(&a);
    model_destroy(&calibrated);
    model_destroy(&plain);
    dataset_destroy(&set);
}
END_TEST

START_TEST(data_of_another_shape_is_refused)
{
    dataset set = make_images();
    model m = make_model(1);
    scores s = {0};
    failure f = {""};
    set.labels[7] = N_CLASSES;
    check_failed(score_model(&set, &m, &(sm_execution){0}, &s, &f), &f, "labels", "beyond the model's 4 classes",
                 NULL);
    scores_destroy(&s);
    set.n_rows = SIDE * SIDE;
    set.n_columns = 1;
    check_failed(score_model(&set, &m, &(sm_execution){0}, &s, &f), &f, "images", "1 x 16 pixels", NULL);
    scores_destroy(&s);
    model_destroy(&m);
    dataset_destroy(&set);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("scores", scores_are_counted_from_the_probabilities,
                         a_higher_threshold_lowers_the_coverage, a_temperature_changes_the_calibration_alone,
                         data_of_another_shape_is_refused);
}
