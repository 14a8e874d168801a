/* Predictions of a model for a data set. */
#include <math.h>
#include <stdlib.h>

#include "model/prediction.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { N_IMAGES = 300, ROWS = 9, COLUMNS = 8, N_PIXELS = ROWS * COLUMNS, N_CLASSES = 5 };

static dataset make_images(void)
{
    dataset set = {.n_samples = N_IMAGES, .n_rows = ROWS, .n_columns = COLUMNS, .n_classes = N_CLASSES};
    sm_random random = {5};
    dataset_replace(&set, N_IMAGES, test_calloc(N_IMAGES, N_PIXELS), test_calloc(N_IMAGES, 1));
    for (size_t i = 0; i < N_IMAGES * N_PIXELS; i++)
        set.pixels[i] = (uint8_t)sm_random_below(&random, 256);
    for (size_t n = 0; n < N_IMAGES; n++)
        set.labels[n] = (uint8_t)sm_random_below(&random, N_CLASSES);
    return set;
}

static model make_model(const char *features, size_t n_rows, size_t n_columns)
{
    model m;
    feature_choice choice;
    failure f = {""};
    sm_random random = {6};
    CHECK_OK(features_parse(features, &choice, &f), &f);
    CHECK_OK(model_create(N_CLASSES, n_rows, n_columns, &choice, &m, &f), &f);
    for (size_t i = 0; i < N_CLASSES * m.n_features; i++)
        m.weight[i] = (float)random_between(&random, -1, 1);
    for (size_t k = 0; k < N_CLASSES; k++)
        m.bias[k] = (float)k;
    m.temperature = 1.7;
    return m;
}

static float *predict_all(const dataset *set, const model *m, const sm_execution *execution, double *mean_loss)
{
    float *probabilities = NULL;
    failure f = {""};
    CHECK_OK(predict("images", set, m, execution, &probabilities, mean_loss, &f), &f);
    return probabilities;
}

/* softmax((W x + b) / T) of one sample in double; p [N_CLASSES]. */
static void predict_one(const model *m, const double *x, double *p)
{
    for (size_t k = 0; k < N_CLASSES; k++) {
        p[k] = (double)m->bias[k];
        for (size_t d = 0; d < m->n_features; d++)
            p[k] += (double)m->weight[k * m->n_features + d] * x[d];
        p[k] /= m->temperature;
    }
    sm_softmax(N_CLASSES, p, p);
}

START_TEST(pixels_are_predicted_as_the_definition_says)
{
    dataset set = make_images();
    model m = make_model("pixels", ROWS, COLUMNS);
    double mean_loss, expected_loss = 0;
    float *probabilities = predict_all(&set, &m, &(sm_execution){0}, &mean_loss);
    for (size_t n = 0; n < N_IMAGES; n++) {
        double x[N_PIXELS], p[N_CLASSES];
        for (size_t d = 0; d < N_PIXELS; d++)
            x[d] = set.pixels[n * N_PIXELS + d] / 255.0;
        predict_one(&m, x, p);
        for (size_t k = 0; k < N_CLASSES; k++)
            ck_assert_double_eq_tol((double)probabilities[n * N_CLASSES + k], p[k], 1e-5);
        expected_loss -= log(p[set.labels[n]]) / N_IMAGES;
    }
    ck_assert_double_eq_tol(mean_loss, expected_loss, 1e-5);
    free(probabilities);
    model_destroy(&m);
    dataset_destroy(&set);
}
END_TEST

START_TEST(the_columns_of_a_table_are_predicted_as_the_definition_says)
{
    enum { N_COLUMNS = 4 };
    dataset set = {.n_samples = N_IMAGES, .n_rows = 1, .n_columns = N_COLUMNS, .n_classes = N_CLASSES};
    model m = make_model("columns", 1, N_COLUMNS);
    sm_random random = {7};
    set.values = test_calloc(N_IMAGES, N_COLUMNS * sizeof *set.values);
    for (size_t i = 0; i < N_IMAGES * N_COLUMNS; i++)
        set.values[i] = random_between(&random, -3, 3);
    float *probabilities = predict_all(&set, &m, &(sm_execution){0}, NULL);
    for (size_t n = 0; n < N_IMAGES; n++) {
        double x[N_COLUMNS], p[N_CLASSES];
        for (size_t d = 0; d < N_COLUMNS; d++)
            x[d] = set.values[n * N_COLUMNS + d];
        predict_one(&m, x, p);
        for (size_t k = 0; k < N_CLASSES; k++)
            ck_assert_double_eq_tol((double)probabilities[n * N_CLASSES + k], p[k], 1e-7);
    }
    free(probabilities);
    model_destroy(&m);
    dataset_destroy(&set);
}
END_TEST

/* For any map, number of threads and instruction set, with and without labels: an image has the same bits alone and
 * among others. */
START_TEST(an_image_alone_is_predicted_as_among_others)
{
    static const char *const features[] = {"pixels", "deskew", "scattering:J=2,L=2", "patches:filters=5,seed=2"};
    dataset set = make_images();
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        model m = make_model(features[i], ROWS, COLUMNS);
        double mean_loss;
        float *all = predict_all(&set, &m, &(sm_execution){.n_threads = 3}, &mean_loss);
        for (size_t n = 0; n < N_IMAGES; n += 37) {
            const dataset one = {.n_samples = 1,
                                 .n_rows = ROWS,
                                 .n_columns = COLUMNS,
                                 .n_classes = N_CLASSES,
                                 .pixels = set.pixels + n * N_PIXELS};
            float *alone = predict_all(&one, &m, &(sm_execution){.n_threads = 1, .isa = "scalar"}, NULL);
            ck_assert_mem_eq(alone, all + n * N_CLASSES, N_CLASSES * sizeof *alone);
            free(alone);
        }
        free(all);
        model_destroy(&m);
    }
    dataset_destroy(&set);
}
END_TEST

START_TEST(scores_beyond_all_bounds_are_a_failure_that_names_the_data)
{
    dataset set = make_images();
    model m = make_model("pixels", ROWS, COLUMNS);
    for (size_t i = 0; i < N_CLASSES * N_PIXELS; i++)
        m.weight[i] = 3e38F;
    float untouched, *probabilities = &untouched;
    double mean_loss = 5;
    failure f = {""};
    const status result = predict("digits.png", &set, &m, &(sm_execution){0}, &probabilities, &mean_loss, &f);
    check_failed(result, &f, "digits.png", "finite", NULL);
    ck_assert_ptr_eq(probabilities, &untouched);
    ck_assert_double_eq(mean_loss, 5);
    model_destroy(&m);
    dataset_destroy(&set);
}
END_TEST

START_TEST(the_most_probable_classes_come_first)
{
    enum { MOST = 12 };
    sm_random random = {8};
    for (size_t trial = 0; trial < 500; trial++) {
        const size_t n_classes = 1 + (size_t)sm_random_below(&random, MOST), n = 1 + trial % 5;
        float p[MOST];
        size_t found[MOST];
        for (size_t k = 0; k < n_classes; k++)
            p[k] = (float)sm_random_below(&random, 6) / 8; /* many scores are equal */
        const size_t n_found = likeliest_classes(n_classes, p, n, found);
        ck_assert_uint_eq(n_found, n < n_classes ? n : n_classes);
        for (size_t i = 0; i < n_found; i++) {
            size_t n_before = 0;
            for (size_t k = 0; k < n_classes; k++)
                n_before += p[k] > p[found[i]] || (p[k] == p[found[i]] && k < found[i]);
            ck_assert_uint_eq(n_before, i);
        }
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN(
        "prediction", pixels_are_predicted_as_the_definition_says,
        the_columns_of_a_table_are_predicted_as_the_definition_says, an_image_alone_is_predicted_as_among_others,
        scores_beyond_all_bounds_are_a_failure_that_names_the_data, the_most_probable_classes_come_first);
}
