/* The images that the report selects, and the sheets that contain them. */
#include <stdlib.h>
#include <string.h>

#include "formats/png.h"
#include "show/report/report.h"
#include "show/report/page.h"
#include "support_app/scratch.h"

enum { N_CLASSES = 3, N_SAMPLES = 600, SIDE = 4, N_PIXELS = SIDE * SIDE };

/* A test set with its scores. */
typedef struct fixture {
    uint8_t pixels[N_SAMPLES * N_PIXELS], labels[N_SAMPLES];
    float probabilities[N_SAMPLES * N_CLASSES], weight[N_CLASSES * N_PIXELS], bias[N_CLASSES];
    size_t confusion[N_CLASSES * N_CLASSES];
    report_input in;
} fixture;

/* The model mistakes every 6th image of a class for the next class; its confidence increases with the number of the
 * image. */
static fixture *make_fixture(void)
{
    fixture *x = calloc(1, sizeof *x);
    ck_assert_ptr_nonnull(x);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        const size_t label = i % N_CLASSES, prediction = i / N_CLASSES % 6 ? label : (label + 1) % N_CLASSES;
        const float confidence = 0.5f + 0.4f * (float)i / N_SAMPLES;
        x->labels[i] = (uint8_t)label;
        for (size_t k = 0; k < N_CLASSES; k++)
            x->probabilities[i * N_CLASSES + k] = k == prediction ? confidence : (1 - confidence) / 2;
        for (size_t d = 0; d < N_PIXELS; d++)
            x->pixels[i * N_PIXELS + d] = (uint8_t)(i + 16 * d);
    }
    sm_confusion(N_SAMPLES, N_CLASSES, x->probabilities, x->labels, x->confusion);
    x->in.test = (dataset){.n_samples = N_SAMPLES,
                           .n_rows = SIDE,
                           .n_columns = SIDE,
                           .n_classes = N_CLASSES,
                           .pixels = x->pixels,
                           .labels = x->labels};
    x->in.m = (model){.n_classes = N_CLASSES,
                      .n_rows = SIDE,
                      .n_columns = SIDE,
                      .n_features = N_PIXELS,
                      .weight = x->weight,
                      .bias = x->bias};
    x->in.s = (scores){.n_classes = N_CLASSES, .confusion = x->confusion, .probabilities = x->probabilities};
    return x;
}

START_TEST(predictions_and_their_probabilities)
{
    fixture *x = make_fixture();
    ck_assert_uint_eq(example_of(N_CLASSES, x->probabilities, 0).prediction, 1);
    ck_assert_uint_eq(example_of(N_CLASSES, x->probabilities, 3).prediction, 0);
    ck_assert_double_eq_tol(example_of(N_CLASSES, x->probabilities, 300).confidence, 0.7, 1e-6);
    free(x);
}
END_TEST

static selection select_images(const fixture *x, size_t n_most)
{
    selection images = {0};
    failure f = {""};
    CHECK_OK(selection_create(&x->in, n_most, &images, &f), &f);
    return images;
}

START_TEST(examples_are_the_foremost_in_their_order)
{
    fixture *x = make_fixture();
    selection images = select_images(x, 0);
    ck_assert_uint_eq(images.n_mistakes, N_EXAMPLES);
    ck_assert_uint_eq(images.n_hits, N_EXAMPLES);
    ck_assert_uint_eq(images.mistakes[0].sample, 596); /* in the last group of mistakes, 594 to 596 */
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        const example *mistake = &images.mistakes[i], *hit = &images.hits[i];
        ck_assert_uint_ne(mistake->prediction, x->labels[mistake->sample]);
        ck_assert_uint_eq(hit->prediction, x->labels[hit->sample]);
        ck_assert(i == 0 || mistake->sample < images.mistakes[i - 1].sample);
        ck_assert(i == 0 || hit->sample > images.hits[i - 1].sample);
    }
    selection_destroy(&images);
    free(x);
}
END_TEST

START_TEST(of_equal_examples_the_first_are_taken)
{
    fixture *x = make_fixture();
    for (size_t i = 0; i < N_SAMPLES; i++)
        for (size_t k = 0; k < N_CLASSES; k++)
            x->probabilities[i * N_CLASSES + k] = k == 0 ? 1 : 0;
    selection images = select_images(x, 0);
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        ck_assert_uint_eq(images.mistakes[i].sample, i / 2 * 3 + 1 + i % 2);
        ck_assert_uint_eq(images.hits[i].sample, 3 * i);
    }
    selection_destroy(&images);
    free(x);
}
END_TEST

/* The number of selected images in each cell; *n is their total. */
static void count_cells(const fixture *x, size_t n_most, size_t *n_of_cell, size_t *n)
{
    selection images = select_images(x, n_most);
    *n = images.n_shown;
    memset(n_of_cell, 0, N_CLASSES * N_CLASSES * sizeof *n_of_cell);
    for (size_t i = 0; i < *n; i++) {
        const size_t sample = images.shown[i].sample;
        ck_assert(i == 0 || sample > images.shown[i - 1].sample);
        n_of_cell[x->labels[sample] * N_CLASSES + images.shown[i].prediction]++;
    }
    selection_destroy(&images);
}

START_TEST(all_mistakes_and_a_sample_of_the_hits)
{
    fixture *x = make_fixture();
    size_t n_of_cell[N_CLASSES * N_CLASSES], n;
    count_cells(x, 1000, n_of_cell, &n);
    for (size_t i = 0; i < N_CLASSES; i++) {
        for (size_t j = 0; j < N_CLASSES; j++) {
            const size_t found = n_of_cell[i * N_CLASSES + j];
            if (i == j)
                ck_assert(found >= MAX_HITS_A_CELL && found <= MAX_HITS_A_CELL + N_EXAMPLES);
            else
                ck_assert_uint_eq(found, x->confusion[i * N_CLASSES + j]);
        }
    }
    free(x);
}
END_TEST

START_TEST(fewer_where_fewer_fit)
{
    fixture *x = make_fixture();
    size_t n_of_cell[N_CLASSES * N_CLASSES], n;
    for (size_t n_most = 0; n_most <= 30; n_most++) {
        count_cells(x, n_most, n_of_cell, &n);
        size_t least = 0;
        for (size_t i = 0; i < N_CLASSES; i++) {
            ck_assert_uint_ge(n_of_cell[i * (N_CLASSES + 1)], n_most < MAX_HITS_A_CELL ? n_most : MAX_HITS_A_CELL);
            ck_assert_uint_ge(n_of_cell[i * N_CLASSES + (i + 1) % N_CLASSES], n_most);
            least += 2 * n_most;
        }
        ck_assert_uint_le(n, least + 2 * N_EXAMPLES);
    }
    free(x);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

START_TEST(images_lie_side_by_side)
{
    fixture *x = make_fixture();
    const example examples[] = {{.sample = 0}, {.sample = 7}, {.sample = 100}, {.sample = 101}, {.sample = 599}};
    sheet sh = {0};
    picture back;
    failure f = {""};
    CHECK_OK(sheet_of_images(&x->in.test, 5, examples, &sh, &f), &f);
    ck_assert_uint_eq(sh.n_tiles, 5);
    ck_assert_uint_eq(sh.n_across, 3);
    ck_assert_uint_eq(sh.tile_width, SIDE);
    CHECK_OK(png_parse_grey("sheet", sh.png.data, sh.png.size, &back, &f), &f);
    ck_assert(back.width == 3 * SIDE && back.height == 2 * SIDE);
    for (size_t i = 0; i < 5; i++)
        for (size_t d = 0; d < N_PIXELS; d++)
            ck_assert_uint_eq(back.values[(i / 3 * SIDE + d / SIDE) * back.width + i % 3 * SIDE + d % SIDE],
                              x->pixels[examples[i].sample * N_PIXELS + d]);
    free(back.values);
    sheet_destroy(&sh);
    free(x);
}
END_TEST

START_TEST(large_images_are_made_smaller)
{
    enum { HEIGHT = 200, WIDTH = 50 };
    uint8_t *pixels = malloc(HEIGHT * WIDTH);
    ck_assert_ptr_nonnull(pixels);
    memset(pixels, 93, HEIGHT * WIDTH);
    const dataset data = {.n_samples = 1, .n_rows = HEIGHT, .n_columns = WIDTH, .pixels = pixels};
    sheet sh = {0};
    picture back;
    failure f = {""};
    CHECK_OK(sheet_of_images(&data, 1, &(example){.sample = 0}, &sh, &f), &f);
    ck_assert(sh.tile_height == 64 && sh.tile_width == 16);
    CHECK_OK(png_parse_grey("sheet", sh.png.data, sh.png.size, &back, &f), &f);
    ck_assert_uint_eq(back.values[32 * back.width + 8], 93);
    free(back.values);
    sheet_destroy(&sh);
    free(pixels);
}
END_TEST

START_TEST(without_images_the_sheet_is_empty)
{
    fixture *x = make_fixture();
    sheet sh = {0};
    failure f = {""};
    CHECK_OK(sheet_of_images(&x->in.test, 0, NULL, &sh, &f), &f);
    ck_assert(sh.n_tiles == 0 && !sh.png.data);
    sheet_destroy(&sh);
    free(x);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("report", predictions_and_their_probabilities, examples_are_the_foremost_in_their_order,
                         of_equal_examples_the_first_are_taken, all_mistakes_and_a_sample_of_the_hits,
                         fewer_where_fewer_fit, images_lie_side_by_side, large_images_are_made_smaller,
                         without_images_the_sheet_is_empty);
}
