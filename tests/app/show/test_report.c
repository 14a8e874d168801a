/* What the report chooses to show, and the sheets that it is on. */
#include <stdlib.h>
#include <string.h>

#include "formats/png.h"
#include "show/report/parts.h"
#include "support_app/scratch.h"

enum { N_CLASSES = 3, N_SAMPLES = 600, SIDE = 4, N_PIXELS = SIDE * SIDE };

/* A test set, its scores, and all that a report points to. */
typedef struct fixture {
    uint8_t pixels[N_SAMPLES * N_PIXELS], labels[N_SAMPLES];
    float probabilities[N_SAMPLES * N_CLASSES], weight[N_CLASSES * N_PIXELS], bias[N_CLASSES];
    size_t confusion[N_CLASSES * N_CLASSES];
    dataset test;
    model m;
    scores s;
    report r;
} fixture;

/* Every 6th image of a class is taken for the next one; the image's number says how sure the model is. */
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
    x->test = (dataset){.n_samples = N_SAMPLES,
                        .n_rows = SIDE,
                        .n_columns = SIDE,
                        .n_classes = N_CLASSES,
                        .pixels = x->pixels,
                        .labels = x->labels};
    x->m = (model){.n_classes = N_CLASSES,
                   .n_rows = SIDE,
                   .n_columns = SIDE,
                   .n_features = N_PIXELS,
                   .weight = x->weight,
                   .bias = x->bias};
    x->s = (scores){.n_classes = N_CLASSES, .confusion = x->confusion};
    x->r = (report){.m = &x->m, .shown = &x->m, .test = &x->test, .probabilities = x->probabilities, .s = &x->s};
    return x;
}

START_TEST(predictions_and_their_probabilities)
{
    fixture *x = make_fixture();
    ck_assert_uint_eq(report_prediction(&x->r, 0), 1);
    ck_assert_uint_eq(report_prediction(&x->r, 3), 0);
    ck_assert_double_eq_tol(report_confidence(&x->r, 300), 0.7, 1e-6);
    free(x);
}
END_TEST

START_TEST(examples_are_the_foremost_in_their_order)
{
    fixture *x = make_fixture();
    const examples mistakes = surest_mistakes(&x->r), hits = least_sure_hits(&x->r);
    ck_assert_uint_eq(mistakes.n, N_EXAMPLES);
    ck_assert_uint_eq(hits.n, N_EXAMPLES);
    ck_assert_uint_eq(mistakes.samples[0], 596); /* of the last group of mistakes, 594 to 596 */
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        ck_assert_uint_ne(report_prediction(&x->r, mistakes.samples[i]), x->labels[mistakes.samples[i]]);
        ck_assert_uint_eq(report_prediction(&x->r, hits.samples[i]), x->labels[hits.samples[i]]);
        ck_assert(i == 0 || mistakes.samples[i] < mistakes.samples[i - 1]);
        ck_assert(i == 0 || hits.samples[i] > hits.samples[i - 1]);
    }
    free(x);
}
END_TEST

START_TEST(of_equal_examples_the_first_are_taken)
{
    fixture *x = make_fixture();
    for (size_t i = 0; i < N_SAMPLES; i++)
        for (size_t k = 0; k < N_CLASSES; k++)
            x->probabilities[i * N_CLASSES + k] = k == 0 ? 1 : 0;
    const examples mistakes = surest_mistakes(&x->r), hits = least_sure_hits(&x->r);
    for (size_t i = 0; i < N_EXAMPLES; i++) {
        ck_assert_uint_eq(mistakes.samples[i], i / 2 * 3 + 1 + i % 2);
        ck_assert_uint_eq(hits.samples[i], 3 * i);
    }
    free(x);
}
END_TEST

/* How many of the samples are in each cell. */
static void count_cells(const fixture *x, size_t n_most, size_t *n_of_cell, size_t *n)
{
    size_t *samples;
    failure f = {""};
    CHECK_OK(choose_samples(&x->r, n_most, &samples, n, &f), &f);
    memset(n_of_cell, 0, N_CLASSES * N_CLASSES * sizeof *n_of_cell);
    for (size_t i = 0; i < *n; i++) {
        ck_assert(i == 0 || samples[i] > samples[i - 1]);
        n_of_cell[x->labels[samples[i]] * N_CLASSES + report_prediction(&x->r, samples[i])]++;
    }
    free(samples);
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
    const size_t samples[] = {0, 7, 100, 101, 599};
    sheet sh = {0};
    grey_picture back;
    failure f = {""};
    CHECK_OK(sheet_of_images(&x->test, 5, samples, &sh, &f), &f);
    ck_assert_uint_eq(sh.n_tiles, 5);
    ck_assert_uint_eq(sh.n_across, 3);
    ck_assert_uint_eq(sh.tile_width, SIDE);
    CHECK_OK(png_parse_grey("sheet", sh.png.data, sh.png.size, &back, &f), &f);
    ck_assert(back.width == 3 * SIDE && back.height == 2 * SIDE);
    for (size_t i = 0; i < 5; i++)
        for (size_t d = 0; d < N_PIXELS; d++)
            ck_assert_uint_eq(back.values[(i / 3 * SIDE + d / SIDE) * back.width + i % 3 * SIDE + d % SIDE],
                              x->pixels[samples[i] * N_PIXELS + d]);
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
    grey_picture back;
    failure f = {""};
    CHECK_OK(sheet_of_images(&data, 1, (const size_t[]){0}, &sh, &f), &f);
    ck_assert(sh.tile_height == 64 && sh.tile_width == 16);
    CHECK_OK(png_parse_grey("sheet", sh.png.data, sh.png.size, &back, &f), &f);
    ck_assert_uint_eq(back.values[32 * back.width + 8], 93);
    free(back.values);
    sheet_destroy(&sh);
    free(pixels);
}
END_TEST

START_TEST(no_image_is_an_empty_sheet)
{
    fixture *x = make_fixture();
    sheet sh = {0};
    failure f = {""};
    CHECK_OK(sheet_of_images(&x->test, 0, NULL, &sh, &f), &f);
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
                         no_image_is_an_empty_sheet);
}
