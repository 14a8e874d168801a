/* The reader of the page against that of the program, on the same pixels: the same bits, whatever the features. */
#include <stdlib.h>
#include <string.h>

#include "formats/png.h"
#include "model/model_file.h"
#include "model/pixel_model.h"
#include "support/data.h"
#include "support_app/scratch.h"
#include "wasm/reader.h"

enum { WIDTH = 150, HEIGHT = 90, SIDE = 28, N_CLASSES = 5 };

static const char *const maps[] = {"pixels", "deskew", "scattering:J=2,L=4", "patches:filters=4"};

/* Strokes of two digits, in grey on black; the caller frees them. */
static uint8_t *draw(size_t n_channels)
{
    uint8_t *values = test_calloc(WIDTH * HEIGHT, n_channels);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        const size_t row = i / WIDTH, column = i % WIDTH;
        const bool is_bar = row > 15 && row < 70 && column > 30 && column < 38;
        const bool is_hook =
            row > 20 && row < 72 && ((column > 90 && column < 99) || (row < 28 && column > 70 && column < 99));
        const uint8_t grey = is_bar ? 250 : is_hook ? 255 : 0;
        for (size_t c = 0; c < n_channels; c++)
            values[n_channels * i + c] = c == 3 ? 255 : grey;
    }
    return values;
}

/* A model of random weights, in the reader and for the program. */
static page_reader *make_reader(const char *features, model *m)
{
    sm_random random = {17};
    feature_choice choice;
    failure f = {""};
    page_reader *r = reader_create();
    ck_assert_ptr_nonnull(r);
    CHECK_OK(features_parse(features, &choice, &f), &f);
    CHECK_OK(model_create(N_CLASSES, SIDE, SIDE, &choice, m, &f), &f);
    m->temperature = 1.25;
    ck_assert_msg(reader_set_model(r, features, SIDE, SIDE, N_CLASSES, m->temperature), "%s", reader_failure(r));
    ck_assert_uint_eq(reader_n_features(r), m->n_features);
    for (size_t i = 0; i < N_CLASSES * m->n_features; i++)
        m->weight[i] = (float)sm_random_below(&random, 2001) / 1e4f - 0.1f;
    for (size_t k = 0; k < N_CLASSES; k++)
        m->bias[k] = (float)k / 10;
    memcpy(reader_weight(r), m->weight, N_CLASSES * m->n_features * sizeof *m->weight);
    memcpy(reader_bias(r), m->bias, N_CLASSES * sizeof *m->bias);
    return r;
}

static void read_drawing(page_reader *r, bool all)
{
    uint8_t *rgba = draw(4);
    ck_assert_msg(reader_read(r, WIDTH, HEIGHT, rgba, all), "%s", reader_failure(r));
    free(rgba);
}

static void check_same_as_program(const char *features, bool all)
{
    model m;
    failure f = {""};
    reading expected;
    page_reader *r = make_reader(features, &m);
    uint8_t *grey = draw(1);
    const char *path = scratch_path("drawing.png");
    CHECK_OK(png_write(path, &(picture){WIDTH, HEIGHT, 1, grey}, &f), &f);
    CHECK_OK(read_picture(path, &(reader){.m = &m, .all = all}, &expected, &f), &f);
    read_drawing(r, all);
    const reading *found = reader_reading(r);
    const size_t n = expected.found.n;
    ck_assert_uint_eq(n, all ? 2 : 1);
    ck_assert_uint_eq(found->found.n, n);
    ck_assert_uint_eq(found->n_apart, expected.n_apart);
    ck_assert_mem_eq(found->found.boxes, expected.found.boxes, n * sizeof *expected.found.boxes);
    ck_assert_mem_eq(found->found.pixels, expected.found.pixels, n * SIDE * SIDE);
    ck_assert_mem_eq(found->probabilities, expected.probabilities, n * N_CLASSES * sizeof(float));
    reading_destroy(&expected);
    free(grey);
    model_destroy(&m);
    reader_destroy(r);
}

START_TEST(digits_and_probabilities_are_those_of_the_program)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        check_same_as_program(maps[i], false);
        check_same_as_program(maps[i], true);
    }
}
END_TEST

START_TEST(probabilities_are_the_softmax_of_scores)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        model m;
        double scores[N_CLASSES], probabilities[N_CLASSES];
        page_reader *r = make_reader(maps[i], &m);
        read_drawing(r, false);
        for (size_t k = 0; k < N_CLASSES; k++)
            scores[k] = reader_scores(r)[k] / m.temperature;
        sm_softmax(N_CLASSES, scores, probabilities);
        for (size_t k = 0; k < N_CLASSES; k++)
            ck_assert_double_eq_tol(probabilities[k], (double)reader_reading(r)->probabilities[k], 1e-5);
        model_destroy(&m);
        reader_destroy(r);
    }
}
END_TEST

START_TEST(slopes_are_gradients_with_respect_to_pixels)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        model m;
        float expected[SIDE * SIDE];
        failure f = {""};
        page_reader *r = make_reader(maps[i], &m);
        read_drawing(r, true);
        const uint8_t *second = reader_reading(r)->found.pixels + (size_t)SIDE * SIDE;
        CHECK_OK(pixel_gradient(&m, second, m.weight + 3 * m.n_features, expected, &f), &f);
        ck_assert_mem_eq(reader_slopes(r, second, (double[N_CLASSES]){[3] = 1}), expected, sizeof expected);
        const float *slopes = reader_slopes(r, second, (double[N_CLASSES]){[1] = 0.5, [4] = -0.25});
        float *direction = test_calloc(m.n_features, sizeof *direction);
        for (size_t j = 0; j < m.n_features; j++)
            direction[j] = m.weight[m.n_features + j] / 2 - m.weight[4 * m.n_features + j] / 4;
        CHECK_OK(pixel_gradient(&m, second, direction, expected, &f), &f);
        for (size_t d = 0; d < sizeof expected / sizeof *expected; d++)
            ck_assert_double_eq_tol((double)slopes[d], (double)expected[d], 1e-5);
        free(direction);
        model_destroy(&m);
        reader_destroy(r);
    }
}
END_TEST

START_TEST(what_was_corrected_is_learned)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        model m;
        page_reader *r = make_reader(maps[i], &m);
        uint8_t images[2 * SIDE * SIDE], labels[2];
        float before[2 * N_CLASSES];
        read_drawing(r, true);
        memcpy(images, reader_reading(r)->found.pixels, sizeof images);
        memcpy(before, reader_reading(r)->probabilities, sizeof before);
        ck_assert(reader_classify(r, 2, images));
        ck_assert_mem_eq(reader_reading(r)->probabilities, before, sizeof before);
        for (size_t n = 0; n < 2; n++)
            labels[n] = (uint8_t)((sm_argmax(N_CLASSES, before + n * N_CLASSES) + 1 + n) % N_CLASSES);
        const sm_info *info = reader_adapt(r, 2, images, labels);
        ck_assert_ptr_nonnull(info);
        ck_assert_int_eq(info->stop, SM_STOP_CONVERGED);
        ck_assert_double_le(info->gap, 1e-6 * info->value);
        ck_assert(reader_classify(r, 2, images));
        for (size_t n = 0; n < 2; n++)
            ck_assert(reader_reading(r)->probabilities[n * N_CLASSES + labels[n]] >
                      before[n * N_CLASSES + labels[n]]);
        model_destroy(&m);
        reader_destroy(r);
    }
}
END_TEST

START_TEST(a_blank_picture_has_no_digit)
{
    model m;
    page_reader *r = make_reader("pixels", &m);
    uint8_t *rgba = test_calloc(WIDTH * HEIGHT, 4);
    read_drawing(r, false);
    ck_assert(reader_read(r, WIDTH, HEIGHT, rgba, false));
    ck_assert_uint_eq(reader_reading(r)->found.n, 0);
    free(rgba);
    model_destroy(&m);
    reader_destroy(r);
}
END_TEST

START_TEST(an_unknown_model_is_refused_and_another_can_be_set)
{
    page_reader *r = reader_create();
    ck_assert(!reader_set_model(r, "wavelets", SIDE, SIDE, N_CLASSES, 1));
    ck_assert_ptr_nonnull(strstr(reader_failure(r), "wavelets"));
    ck_assert(!reader_set_model(r, "scattering", 4, 4, N_CLASSES, 1));
    ck_assert_ptr_nonnull(strstr(reader_failure(r), "4 x 4"));
    ck_assert(reader_set_model(r, "scattering:J=2", SIDE, SIDE, N_CLASSES, 1));
    ck_assert(reader_set_model(r, "pixels", SIDE, SIDE, N_CLASSES, 1));
    read_drawing(r, false);
    ck_assert(reader_reading(r)->probabilities[0] == 0.2f);
    reader_destroy(r);
    reader_destroy(NULL);
}
END_TEST

int main(void)
{
    return SUITE_RUN("reader", digits_and_probabilities_are_those_of_the_program,
                     probabilities_are_the_softmax_of_scores, slopes_are_gradients_with_respect_to_pixels,
                     what_was_corrected_is_learned, a_blank_picture_has_no_digit,
                     an_unknown_model_is_refused_and_another_can_be_set);
}
