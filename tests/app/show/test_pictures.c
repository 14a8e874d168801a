/* Colours, letters, and the pictures of weights and confusion matrices. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/canvas.h"
#include "show/heatmap.h"
#include "show/mistakes.h"
#include "show/weight_pictures.h"
#include "support_app/scratch.h"

static bool same(rgb a, rgb b)
{
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

static rgb pixel(const picture *p, size_t x, size_t y)
{
    const uint8_t *at = p->values + 3 * (y * p->width + x);
    return (rgb){at[0], at[1], at[2]};
}

#define CHECK_COLOUR(found, ...)                                                                                   \
    do {                                                                                                           \
        const rgb found_ = (found), expected_ = __VA_ARGS__;                                                       \
        ck_assert_msg(same(found_, expected_), "colour %d %d %d, expected %d %d %d", found_.red, found_.green,     \
                      found_.blue, expected_.red, expected_.green, expected_.blue);                                \
    } while (0)

/* The number of pixels of a rectangle that are not white. */
static size_t count_drawn(const picture *p, size_t left, size_t top, size_t width, size_t height)
{
    size_t n = 0;
    for (size_t y = top; y < top + height; y++)
        for (size_t x = left; x < left + width; x++)
            n += !same(pixel(p, x, y), colour_white);
    return n;
}

static picture make_canvas(size_t width, size_t height)
{
    const picture p = canvas_create(width, height);
    failure f = {""};
    CHECK_OK(canvas_check(&p, &f), &f);
    return p;
}

START_TEST(a_canvas_that_is_too_large_is_refused)
{
    picture p = canvas_create((size_t)1 << 20, (size_t)1 << 20);
    failure f = {""};
    canvas_fill(&p, 0, 0, 1, 1, colour_black);
    ck_assert_int_eq(canvas_check(&p, &f), STATUS_FAILED);
    ck_assert_ptr_nonnull(strstr(f.text, "is too large"));
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Colours                                                                                         */

START_TEST(diverging_goes_from_red_through_white_to_blue)
{
    CHECK_COLOUR(colour_diverging(0), colour_white);
    CHECK_COLOUR(colour_diverging(-0.0), colour_white);
    const rgb low = colour_diverging(-1), high = colour_diverging(1);
    ck_assert(low.red > 150 && low.green < 60 && low.blue < 60);
    ck_assert(high.blue > 150 && high.red < 60 && high.red < high.green && high.green < high.blue);
    CHECK_COLOUR(colour_diverging(-1.5), low);
    CHECK_COLOUR(colour_diverging(-HUGE_VAL), low);
    CHECK_COLOUR(colour_diverging(2), high);
    CHECK_COLOUR(colour_diverging(HUGE_VAL), high);
}
END_TEST

/* Each channel is linear in the value on either side of white. */
START_TEST(diverging_is_even_on_both_sides)
{
    const rgb ends[2] = {colour_diverging(-1), colour_diverging(1)};
    for (int i = 0; i <= 100; i++) {
        const double value = i / 100.0;
        for (int side = 0; side < 2; side++) {
            const rgb c = colour_diverging(side ? value : -value);
            ck_assert_double_eq_tol(c.red, 255 + value * (ends[side].red - 255), 0.51);
            ck_assert_double_eq_tol(c.green, 255 + value * (ends[side].green - 255), 0.51);
            ck_assert_double_eq_tol(c.blue, 255 + value * (ends[side].blue - 255), 0.51);
        }
    }
}
END_TEST

static double brightness(rgb c)
{
    return 0.299 * c.red + 0.587 * c.green + 0.114 * c.blue;
}

START_TEST(sequential_goes_from_white_to_dark_blue)
{
    CHECK_COLOUR(colour_sequential(0), colour_white);
    CHECK_COLOUR(colour_sequential(-1), colour_white);
    CHECK_COLOUR(colour_sequential(7), colour_sequential(1));
    ck_assert(colour_sequential(1).blue > colour_sequential(1).red);
    ck_assert_double_lt(brightness(colour_sequential(1)), 60);
    for (int i = 0; i < 100; i++)
        ck_assert_double_lt(brightness(colour_sequential((i + 1) / 100.0)),
                            brightness(colour_sequential(i / 100.0)));
}
END_TEST

/* Relative luminance as defined by WCAG 2, which demands a contrast of 4.5 : 1 for text and 3 : 1 for large text. */
static double luminance(rgb c)
{
    const double channels[3] = {c.red / 255.0, c.green / 255.0, c.blue / 255.0};
    double linear[3];
    for (size_t i = 0; i < 3; i++)
        linear[i] = channels[i] <= 0.03928 ? channels[i] / 12.92 : pow((channels[i] + 0.055) / 1.055, 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

START_TEST(letters_are_legible_on_every_colour)
{
    CHECK_COLOUR(colour_legible_on(colour_white), colour_black);
    CHECK_COLOUR(colour_legible_on(colour_black), colour_white);
    for (int i = -200; i <= 200; i++) {
        const rgb grounds[2] = {colour_sequential(i / 200.0), colour_diverging(i / 200.0)};
        for (size_t j = 0; j < 2; j++) {
            const rgb letters = colour_legible_on(grounds[j]);
            ck_assert(same(letters, colour_black) || same(letters, colour_white));
            const double a = luminance(letters), b = luminance(grounds[j]);
            ck_assert_double_ge((fmax(a, b) + 0.05) / (fmin(a, b) + 0.05), 3);
        }
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Drawing                                                                                         */

START_TEST(a_new_canvas_is_white)
{
    picture p = make_canvas(7, 3);
    ck_assert_uint_eq(p.width, 7);
    ck_assert_uint_eq(p.height, 3);
    ck_assert_uint_eq(count_drawn(&p, 0, 0, 7, 3), 0);
    free(p.values);
}
END_TEST

START_TEST(a_rectangle_is_filled_and_nothing_else)
{
    const rgb colour = {1, 2, 3};
    picture p = make_canvas(10, 8);
    canvas_fill(&p, 2, 3, 4, 2, colour);
    for (size_t y = 0; y < 8; y++)
        for (size_t x = 0; x < 10; x++)
            CHECK_COLOUR(pixel(&p, x, y), (x >= 2 && x < 6 && y >= 3 && y < 5) ? colour : colour_white);
    free(p.values);
}
END_TEST

/* Across each edge; a sanitizer would report a write outside. */
START_TEST(pixels_outside_are_left_out)
{
    picture p = make_canvas(10, 8);
    canvas_fill(&p, 8, 6, 100, 100, colour_black);
    ck_assert_uint_eq(count_drawn(&p, 0, 0, 10, 8), 4);
    canvas_fill(&p, 10, 0, 5, 5, colour_black);
    canvas_fill(&p, 0, 8, 5, 5, colour_black);
    canvas_fill(&p, 1000000, 1000000, 1, 1, colour_black);
    canvas_fill(&p, 0, 0, 0, 5, colour_black);
    canvas_fill(&p, 0, 0, 5, 0, colour_black);
    ck_assert_uint_eq(count_drawn(&p, 0, 0, 10, 8), 4);
    canvas_text(&p, 6, 5, LETTERS_LARGE, "888", colour_black);
    canvas_text_centred(&p, 0, 0, LETTERS_LARGE, "jjj", colour_black);
    free(p.values);
}
END_TEST

/* Rounded letters reach a little over the height of capitals, with pale pixels. */
START_TEST(letters_have_their_place_and_smooth_edges)
{
    for (letter_size size = LETTERS_SMALL; size <= LETTERS_LARGE; size++) {
        const size_t width = canvas_text_width("88", size), height = letter_height(size);
        ck_assert_uint_eq(canvas_text_width("", size), 0);
        ck_assert_uint_eq(width, 2 * canvas_text_width("8", size));
        ck_assert_uint_lt(canvas_text_width("i", size), canvas_text_width("m", size));
        picture p = make_canvas(80, 40);
        canvas_text(&p, 10, 5, size, "88", colour_black);
        const size_t drawn = count_drawn(&p, 0, 0, 80, 40);
        ck_assert_uint_eq(count_drawn(&p, 10, 4, width, height + 2), drawn);
        ck_assert_uint_eq(count_drawn(&p, 10, 4, width / 2, height + 2), drawn / 2);
        ck_assert_uint_gt(count_drawn(&p, 10, 5, width, 1), 0);
        ck_assert_uint_gt(count_drawn(&p, 10, 4 + height, width, 1), 0);
        size_t n_grey = 0;
        for (size_t x = 0; x < 80; x++)
            for (size_t y = 0; y < 40; y++)
                n_grey += pixel(&p, x, y).red > 0 && pixel(&p, x, y).red < 255;
        ck_assert_uint_gt(n_grey, drawn / 8);
        free(p.values);
    }
}
END_TEST

static picture draw_large(const char *text)
{
    picture p = make_canvas(40, 40);
    canvas_text(&p, 10, 10, LETTERS_LARGE, text, colour_black);
    return p;
}

static bool looks_like(const char *a, const char *b)
{
    picture pictures[2] = {draw_large(a), draw_large(b)};
    const bool is_same = memcmp(pictures[0].values, pictures[1].values, 3 * 40 * 40) == 0;
    free(pictures[0].values);
    free(pictures[1].values);
    return is_same;
}

/* No two characters look the same; those that are missing, and bytes that are no UTF-8, are question marks. */
START_TEST(every_letter_is_different)
{
    char texts[95 + 96][3] = {{0}};
    size_t n = 0;
    for (unsigned c = ' '; c <= '~'; c++)
        texts[n++][0] = (char)c;
    for (unsigned c = 0xa1; c <= 0xff; c++) { /* A0 is a blank, and AD a hyphen */
        if (c == 0xad)
            continue;
        texts[n][0] = (char)(0xc0 | c >> 6);
        texts[n++][1] = (char)(0x80 | (c & 0x3f));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(!looks_like(texts[i], texts[j]), "%s looks like %s", texts[i], texts[j]);
    ck_assert(looks_like("a\xe2\x82\xac", "a?"));
    ck_assert(looks_like("\xc5\x82o", "?o"));
    ck_assert(looks_like("\xff"
                         "b\n",
                         "?b?"));
}
END_TEST

START_TEST(a_text_is_centred)
{
    picture p = make_canvas(101, 61);
    canvas_text_centred(&p, 50, 30, LETTERS_LARGE, "888", colour_black);
    const size_t width = canvas_text_width("888", LETTERS_LARGE), height = letter_height(LETTERS_LARGE);
    const size_t drawn = count_drawn(&p, 0, 0, 101, 61);
    ck_assert_uint_gt(drawn, 100);
    ck_assert_uint_eq(count_drawn(&p, 50 - width / 2, 30 - height / 2 - 1, width, height + 2), drawn);
    free(p.values);
}
END_TEST

/* As the same text, turned to the left. */
START_TEST(a_text_goes_upwards)
{
    picture level = make_canvas(60, 60), upright = make_canvas(60, 60);
    canvas_text(&level, 4, 7, LETTERS_LARGE, "f75", colour_black);
    canvas_text_upwards(&upright, 7, 60 - 4, LETTERS_LARGE, "f75", colour_black);
    for (size_t y = 0; y < 60; y++)
        for (size_t x = 0; x < 60; x++)
            ck_assert(same(pixel(&upright, y, 59 - x), pixel(&level, x, y)));
    canvas_text_upwards(&upright, 0, 3, LETTERS_LARGE, "88", colour_black); /* beyond the edge */
    free(upright.values);
    free(level.values);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Weights                                                                                         */

static model make_model(size_t n_classes, size_t n_rows, size_t n_columns)
{
    model m;
    failure f = {""};
    CHECK_OK(model_create(n_classes, n_rows, n_columns, &(feature_choice){0}, &m, &f), &f);
    return m;
}

static picture draw_class(const model *m, size_t k, size_t scale, bool each)
{
    const picture p = draw_class_weights(m, k, &(weight_options){.scale = scale, .each = each});
    failure f = {""};
    CHECK_OK(canvas_check(&p, &f), &f);
    return p;
}

/* Two classes of 2 x 3 pixels; the largest magnitude of the first is 1, that of all is 4. */
static model known_model(void)
{
    model m = make_model(2, 2, 3);
    const float weight[12] = {0, 1, -1, 0.5f, -0.5f, 0.25f, 4, -4, 2, -2, 0, 1};
    memcpy(m.weight, weight, sizeof weight);
    m.bias[0] = 100; /* not drawn */
    return m;
}

START_TEST(weights_are_red_white_and_blue)
{
    model m = known_model();
    const double of_all[12] = {0, 0.25, -0.25, 0.125, -0.125, 0.0625, 1, -1, 0.5, -0.5, 0, 0.25};
    for (size_t scale = 1; scale <= 3; scale += 2) {
        for (size_t k = 0; k < 2; k++) {
            picture p = draw_class(&m, k, scale, false);
            ck_assert_uint_eq(p.width, 3 * scale);
            ck_assert_uint_eq(p.height, 2 * scale);
            for (size_t y = 0; y < p.height; y++)
                for (size_t x = 0; x < p.width; x++)
                    CHECK_COLOUR(pixel(&p, x, y), colour_diverging(of_all[6 * k + y / scale * 3 + x / scale]));
            free(p.values);
        }
    }
    model_destroy(&m);
}
END_TEST

START_TEST(each_class_may_have_its_own_scale)
{
    model m = known_model();
    picture p = draw_class(&m, 0, 1, true);
    CHECK_COLOUR(pixel(&p, 0, 0), colour_white);
    CHECK_COLOUR(pixel(&p, 1, 0), colour_diverging(1));
    CHECK_COLOUR(pixel(&p, 2, 0), colour_diverging(-1));
    CHECK_COLOUR(pixel(&p, 2, 1), colour_diverging(0.25));
    free(p.values);
    p = draw_class(&m, 1, 1, true);
    CHECK_COLOUR(pixel(&p, 0, 0), colour_diverging(1));
    CHECK_COLOUR(pixel(&p, 0, 1), colour_diverging(-0.5));
    free(p.values);
    model_destroy(&m);
}
END_TEST

START_TEST(a_model_of_zeros_is_white)
{
    model m = make_model(1, 4, 4);
    for (int each = 0; each < 2; each++) {
        picture p = draw_class(&m, 0, 2, each);
        ck_assert_uint_eq(count_drawn(&p, 0, 0, 8, 8), 0);
        free(p.values);
    }
    model_destroy(&m);
}
END_TEST

/* The number of pixels of a picture with exactly this colour. */
static size_t count_colour(const picture *p, rgb colour)
{
    size_t n = 0;
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            n += same(pixel(p, x, y), colour);
    return n;
}

/* One weight of each class has the full colour: the sheet shows them all and cuts none off. */
START_TEST(the_sheet_shows_every_class)
{
    const size_t classes[] = {1, 2, 3, 10, 26, 256}, scale = 3, rows = 6, columns = 4;
    size_t last_area = 0;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        model m = make_model(classes[i], rows, columns);
        failure f = {""};
        const weight_options options = {.scale = scale};
        const picture empty = draw_weight_sheet(&m, &options);
        CHECK_OK(canvas_check(&empty, &f), &f);
        for (size_t k = 0; k < classes[i]; k++)
            m.weight[k * rows * columns + k % (rows * columns)] = 2;
        const picture p = draw_weight_sheet(&m, &options);
        CHECK_OK(canvas_check(&p, &f), &f);
        ck_assert_uint_eq(p.width, empty.width);
        ck_assert_uint_eq(p.height, empty.height);
        const rgb full = colour_diverging(1);
        ck_assert_uint_eq(count_colour(&p, full) - count_colour(&empty, full), classes[i] * scale * scale);
        ck_assert_uint_ge(p.width * p.height, classes[i] * rows * columns * scale * scale);
        ck_assert_uint_ge(p.width * p.height, last_area);
        last_area = p.width * p.height;
        free(p.values);
        free(empty.values);
        model_destroy(&m);
    }
}
END_TEST

/* The bar of the legend has the colours of both ends, whatever the range of the model. */
START_TEST(the_sheet_has_a_legend)
{
    const float ranges[] = {1e-30f, 1, 0.00123f, 1e30f};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        model m = make_model(1, 1, 1);
        m.weight[0] = -ranges[i];
        for (int each = 0; each < 2; each++) {
            failure f = {""};
            const picture p = draw_weight_sheet(&m, &(weight_options){.scale = 1, .each = each});
            CHECK_OK(canvas_check(&p, &f), &f);
            ck_assert_uint_gt(count_colour(&p, colour_diverging(1)), 0);
            ck_assert_uint_gt(count_colour(&p, colour_diverging(-1)), 1);
            ck_assert_uint_gt(count_colour(&p, colour_black), 0);
            free(p.values);
        }
        model_destroy(&m);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* The heat map                                                                                    */

static picture draw_heatmap(size_t n_classes, const size_t *confusion)
{
    const picture p = heatmap_draw(n_classes, confusion, NULL);
    failure f = {""};
    CHECK_OK(canvas_check(&p, &f), &f);
    return p;
}

/* Two classes: one always predicted correctly, and one predicted as the other in a quarter of its samples. */
START_TEST(cells_are_as_dark_as_their_share)
{
    picture p = draw_heatmap(2, (const size_t[]){50, 0, 25, 75});
    const rgb full = colour_sequential(1);
    ck_assert_uint_gt(count_colour(&p, full), 500);
    /* Rows are true classes: to the right of the full cell is a white one, and below both are lighter ones. */
    size_t x = 0, y = 0;
    while (!same(pixel(&p, x, y), full))
        if (++x == p.width)
            x = 0, y++;
    size_t side = 0;
    while (same(pixel(&p, x + side, y), full))
        side++;
    const rgb right = pixel(&p, x + side + 2, y + 1), below = pixel(&p, x, y + side + 2),
              diagonal = pixel(&p, x + side + 2, y + side + 2);
    CHECK_COLOUR(right, colour_white);
    ck_assert_double_lt(brightness(diagonal), brightness(below));
    ck_assert_double_lt(brightness(below), brightness(colour_white));
    free(p.values);
}
END_TEST

START_TEST(the_heatmap_grows_with_classes_and_counts)
{
    const size_t sizes[] = {1, 2, 10, 256};
    size_t last = 0;
    for (size_t i = 0; i < 4; i++) {
        size_t *confusion = calloc(sizes[i] * sizes[i], sizeof *confusion);
        ck_assert_ptr_nonnull(confusion);
        picture p = draw_heatmap(sizes[i], confusion); /* without samples */
        ck_assert_uint_eq(p.width, p.height);
        ck_assert_uint_ge(p.width, sizes[i] * 12);
        ck_assert_uint_gt(p.width, last);
        last = p.width;
        free(p.values);
        free(confusion);
    }
    picture small = draw_heatmap(2, (const size_t[]){9, 9, 9, 9});
    picture large = draw_heatmap(2, (const size_t[]){9, 9, 123456789, 9});
    ck_assert_uint_ge(large.width, small.width + 2 * (canvas_text_width("123456789", LETTERS_LARGE) - 40));
    free(large.values);
    free(small.values);
}
END_TEST

/* The black pixels of a heat map without samples: its labels and titles. */
static size_t count_black(size_t n_classes)
{
    static size_t confusion[120 * 120];
    picture p = draw_heatmap(n_classes, confusion);
    const size_t n = count_colour(&p, colour_black);
    free(p.values);
    return n;
}

/* The black pixels of the numbers first .. end - 1. */
static size_t count_black_of_numbers(size_t first, size_t end)
{
    size_t n = 0;
    for (size_t k = first; k < end; k++) {
        char text[8];
        (void)snprintf(text, sizeof text, "%zu", k);
        picture p = make_canvas(60, 40);
        canvas_text(&p, 10, 10, LETTERS_LARGE, text, colour_black);
        n += count_colour(&p, colour_black);
        free(p.values);
    }
    return n;
}

/* Labels from 100 on are drawn in full, like those below 100, and not covered by cells. */
START_TEST(labels_of_three_digits_are_drawn_in_full)
{
    const size_t per_pixel = (count_black(100) - count_black(90)) / count_black_of_numbers(90, 100);
    ck_assert_uint_eq(per_pixel, 2); /* beside its row and above its column */
    ck_assert_uint_eq(count_black(120) - count_black(100), per_pixel * count_black_of_numbers(100, 120));
}
END_TEST

int main(void)
{
    return SUITE_RUN("pictures", a_canvas_that_is_too_large_is_refused,
                     diverging_goes_from_red_through_white_to_blue, diverging_is_even_on_both_sides,
                     sequential_goes_from_white_to_dark_blue, letters_are_legible_on_every_colour,
                     a_new_canvas_is_white, a_rectangle_is_filled_and_nothing_else, pixels_outside_are_left_out,
                     letters_have_their_place_and_smooth_edges, every_letter_is_different, a_text_is_centred,
                     a_text_goes_upwards, weights_are_red_white_and_blue, each_class_may_have_its_own_scale,
                     a_model_of_zeros_is_white, the_sheet_shows_every_class, the_sheet_has_a_legend,
                     cells_are_as_dark_as_their_share, the_heatmap_grows_with_classes_and_counts,
                     labels_of_three_digits_are_drawn_in_full);
}
