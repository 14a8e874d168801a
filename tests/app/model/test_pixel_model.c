/* The gradients of a model's scores with respect to pixels. */
#include <stdlib.h>

#include "model/pixel_model.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { N_IMAGES = 600, ROWS = 9, COLUMNS = 8, N_PIXELS = ROWS * COLUMNS, N_CLASSES = 4 };

/* One of the four classes has no image. */
static dataset make_data(void)
{
    dataset set = {.n_samples = N_IMAGES, .n_rows = ROWS, .n_columns = COLUMNS, .n_classes = N_CLASSES};
    set.pixels = test_calloc(N_IMAGES, N_PIXELS);
    set.labels = test_calloc(N_IMAGES, 1);
    sm_random random = {5};
    for (size_t i = 0; i < N_IMAGES * N_PIXELS; i++)
        set.pixels[i] = (uint8_t)sm_random_below(&random, 256);
    for (size_t n = 0; n < N_IMAGES; n++)
        set.labels[n] = (uint8_t)(n % 7 % 3 * 3 / 2); /* labels 0, 1 and 3 */
    return set;
}

static model make_model(const char *features)
{
    model m;
    feature_choice choice;
    failure f = {""};
    sm_random random = {6};
    CHECK_OK(features_parse(features, &choice, &f), &f);
    CHECK_OK(model_create(N_CLASSES, ROWS, COLUMNS, &choice, &m, &f), &f);
    for (size_t i = 0; i < N_CLASSES * m.n_features; i++)
        m.weight[i] = (float)random_between(&random, -1, 1);
    for (size_t k = 0; k < N_CLASSES; k++)
        m.bias[k] = (float)k;
    return m;
}

START_TEST(a_model_of_pixels_shows_its_weights)
{
    model m = make_model("pixels"), shown = {0};
    failure f = {""};
    ck_assert(!pixel_model_needs_data(&m));
    CHECK_OK(pixel_model(&m, NULL, &(sm_execution){0}, &shown, &f), &f);
    ck_assert_uint_eq(shown.n_features, N_PIXELS);
    ck_assert_mem_eq(shown.weight, m.weight, N_CLASSES * N_PIXELS * sizeof *m.weight);
    ck_assert_mem_eq(shown.bias, m.bias, N_CLASSES * sizeof *m.bias);
    model_destroy(&shown);
    model_destroy(&m);
}
END_TEST

/* The mean over a class of the results of pixel_gradient for each image. */
static void check_means(const model *m, const dataset *set, const model *shown)
{
    double sums[N_CLASSES * N_PIXELS] = {0}, counts[N_CLASSES] = {0};
    for (size_t n = 0; n < N_IMAGES; n++) {
        const size_t k = set->labels[n];
        float gradient[N_PIXELS];
        failure f = {""};
        CHECK_OK(pixel_gradient(m, set->pixels + n * N_PIXELS, m->weight + k * m->n_features, gradient, &f), &f);
        counts[k]++;
        for (size_t d = 0; d < N_PIXELS; d++)
            sums[k * N_PIXELS + d] += (double)gradient[d];
    }
    for (size_t i = 0; i < N_CLASSES * N_PIXELS; i++) {
        const double count = counts[i / N_PIXELS];
        ck_assert(shown->weight[i] == (count > 0 ? (float)(sums[i] / count) : 0));
    }
    ck_assert_double_eq(counts[2], 0);
}

START_TEST(another_model_shows_the_mean_gradient_of_each_class)
{
    static const char *const features[] = {"deskew", "scattering:J=2,L=2", "patches:filters=5,seed=2"};
    dataset set = make_data();
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        model m = make_model(features[i]), shown = {0}, again = {0};
        failure f = {""};
        ck_assert(pixel_model_needs_data(&m));
        CHECK_OK(pixel_model(&m, &set, &(sm_execution){1, "scalar"}, &shown, &f), &f);
        CHECK_OK(pixel_model(&m, &set, &(sm_execution){3, NULL}, &again, &f), &f);
        ck_assert_mem_eq(again.weight, shown.weight, N_CLASSES * N_PIXELS * sizeof *shown.weight);
        ck_assert_uint_eq(shown.n_features, N_PIXELS);
        ck_assert_mem_eq(shown.bias, m.bias, N_CLASSES * sizeof *m.bias);
        check_means(&m, &set, &shown);
        model_destroy(&again);
        model_destroy(&shown);
        model_destroy(&m);
    }
    free(set.labels);
    free(set.pixels);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("pixel_model", a_model_of_pixels_shows_its_weights,
                         another_model_shows_the_mean_gradient_of_each_class);
}
