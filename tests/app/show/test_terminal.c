/* Pictures, weights and predictions in a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sizes.h"
#include "show/terminal_model.h"
#include "show/terminal.h"
#include "support_app/scratch.h"

/* The text that a line of a picture prints; text [size]. */
static void print_line(const terminal_picture *p, terminal_depth colours, size_t line, char *text, size_t size)
{
    FILE *out = fmemopen(text, size, "w");
    ck_assert_ptr_nonnull(out);
    terminal_picture_print_line(out, colours, p, line);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_uint_lt(strlen(text), size - 1);
}

START_TEST(a_picture_keeps_its_proportions)
{
    const size_t sizes[][4] = {/* rows, columns, width, height in lines */
                               {28, 28, 28, 14},
                               {27, 10, 10, 14},
                               {280, 140, 14, 14},
                               {1, 1, 1, 1},
                               {3, 300, 28, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const terminal_picture p = {.n_rows = sizes[i][0], .n_columns = sizes[i][1], .max_columns = 28};
        ck_assert_uint_eq(terminal_picture_width(&p), sizes[i][2]);
        ck_assert_uint_eq(terminal_picture_height(&p), sizes[i][3]);
    }
}
END_TEST

START_TEST(an_image_goes_from_blank_to_full)
{
    const uint8_t pixels[8] = {0, 128, 255, 255, 0, 128, 255, 0};
    const terminal_picture p = {.n_rows = 2, .n_columns = 4, .pixels = pixels, .range = 1, .max_columns = 4};
    char text[200];
    print_line(&p, DEPTH_NONE, 0, text, sizeof text);
    ck_assert_str_eq(text, " +@+");
    print_line(&p, DEPTH_NONE, 1, text, sizeof text);
    ck_assert_str_eq(text, "    ");
    print_line(&p, DEPTH_24_BIT, 0, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\033[38;2;255;255;255m\033[48;2;255;255;255m\xe2\x96\x80"));
    ck_assert_str_eq(text + strlen(text) - 4, "\033[0m");
}
END_TEST

/* The stronger of the two rows is shown, and an odd last row is not lost. */
START_TEST(weights_have_a_sign)
{
    const float weights[12] = {2, 0.5f, 0.1f, 0, -0.1f, 0, -2, 0.4f, 0, 0.5f, -0.5f, 2};
    terminal_picture p = {.n_rows = 3, .n_columns = 4, .weights = weights, .max_columns = 4};
    char text[400];
    p.range = terminal_picture_peak(&p);
    ck_assert_double_eq(p.range, 2);
    print_line(&p, DEPTH_NONE, 0, text, sizeof text);
    ck_assert_str_eq(text, "#+=+");
    print_line(&p, DEPTH_NONE, 1, text, sizeof text);
    ck_assert_str_eq(text, " +-#");
    print_line(&p, DEPTH_24_BIT, 1, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\033[38;2;90;170;255m"));
}
END_TEST

START_TEST(evidence_is_weight_times_pixel)
{
    const uint8_t pixels[2] = {255, 51};
    const float weights[2] = {-1, 10};
    const terminal_picture p = {
        .n_rows = 1, .n_columns = 2, .pixels = pixels, .weights = weights, .range = 2, .max_columns = 2};
    char text[20];
    ck_assert_double_eq_tol(terminal_picture_peak(&p), 2, 1e-12);
    print_line(&p, DEPTH_NONE, 0, text, sizeof text);
    ck_assert_str_eq(text, "=#");
}
END_TEST

START_TEST(a_reduced_picture_shows_means)
{
    const uint8_t pixels[8] = {255, 255, 0, 0, 255, 255, 0, 0};
    const terminal_picture p = {.n_rows = 2, .n_columns = 4, .pixels = pixels, .range = 1, .max_columns = 2};
    char text[20];
    print_line(&p, DEPTH_NONE, 0, text, sizeof text);
    ck_assert_str_eq(text, "+ "); /* one row of cells: the lower half of the line is blank */
}
END_TEST

START_TEST(a_picture_of_zeros_is_blank)
{
    const float weights[4] = {0};
    terminal_picture p = {.n_rows = 2, .n_columns = 2, .weights = weights, .max_columns = 2};
    char text[20];
    p.range = terminal_picture_peak(&p);
    print_line(&p, DEPTH_NONE, 0, text, sizeof text);
    ck_assert_str_eq(text, "  ");
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* A model whose class k reads only pixel k. */
static model make_model(size_t n_classes, size_t n_rows, size_t n_columns)
{
    model m;
    failure f = {""};
    CHECK_OK(model_create(n_classes, n_rows, n_columns, &(feature_choice){0}, &m, &f), &f);
    for (size_t k = 0; k < n_classes; k++)
        m.weight[k * m.n_features + k] = 1;
    return m;
}

/* Checks that no line of a file is wider than a terminal; returns the number of lines. */
static size_t count_lines(const char *text, size_t columns)
{
    size_t n = 0;
    for (const char *line = text; *line; n++) {
        const size_t length = strcspn(line, "\n");
        ck_assert_uint_le(length, columns);
        line += length + 1;
    }
    return n;
}

/* As many side by side as have 25 columns each, and each as large as fits, but no larger than it is. */
START_TEST(weights_are_as_wide_as_the_terminal)
{
    static const struct {
        size_t n_classes, columns, n_rows, n_lines; /* n_lines of a picture, without its label and a blank line */
    } cases[] = {{1, 80, 1, 14},   {3, 80, 1, 12},   {10, 80, 4, 12},  {62, 80, 21, 12}, {10, 79, 4, 12},
                 {10, 40, 10, 14}, {10, 20, 10, 10}, {10, 118, 3, 14}, {10, 268, 1, 12}, {10, 500, 1, 14}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        model m = make_model(cases[i].n_classes, 28, 28);
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        ck_assert_ptr_nonnull(out);
        print_weights(out, DEPTH_NONE, cases[i].columns, &m, false);
        ck_assert_int_eq(fclose(out), 0);
        ck_assert_uint_eq(count_lines(text, size_max(cases[i].columns, 73)),
                          cases[i].n_rows * (cases[i].n_lines + 2) + 1);
        free(text);
        model_destroy(&m);
    }
}
END_TEST

START_TEST(a_picture_may_have_256_colours)
{
    const uint8_t pixels[8] = {255, 0, 128, 60, 255, 0, 128, 60};
    const float weights[4] = {2, -2, 0.1f, -0.1f};
    char text[300];
    const terminal_picture image = {.n_rows = 2, .n_columns = 4, .pixels = pixels, .range = 1, .max_columns = 4};
    print_line(&image, DEPTH_256, 0, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\033[38;5;255m\033[48;5;255m\xe2\x96\x80")); /* the lightest grey */
    ck_assert_ptr_nonnull(strstr(text, "\033[38;5;234m\033[48;5;234m\xe2\x96\x80")); /* a dark one */
    ck_assert_str_eq(text + strlen(text) - 4, "\033[0m");
    const terminal_picture signs = {.n_rows = 1, .n_columns = 4, .weights = weights, .range = 2, .max_columns = 4};
    print_line(&signs, DEPTH_256, 0, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\033[38;5;75m"));  /* 95 175 255 */
    ck_assert_ptr_nonnull(strstr(text, "\033[38;5;203m")); /* 255 95 95 */
    ck_assert_ptr_nonnull(strstr(text, "\033[38;5;17m"));  /* 0 0 95: weak, but blue */
    ck_assert_ptr_nonnull(strstr(text, "\033[38;5;52m"));  /* 95 0 0 */
}
END_TEST

START_TEST(the_columns_are_those_of_the_environment)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(setenv("COLUMNS", "123", 1), 0);
    ck_assert_uint_eq(terminal_columns(file), 123);
    ck_assert_int_eq(setenv("COLUMNS", "many", 1), 0);
    ck_assert_uint_eq(terminal_columns(file), 80);
    ck_assert_int_eq(unsetenv("COLUMNS"), 0);
    ck_assert_uint_eq(terminal_columns(file), 80);
    ck_assert_int_eq(terminal_colours(file), DEPTH_NONE);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

START_TEST(a_prediction_fits_80_columns)
{
    const size_t classes[] = {2, 10, 14, 62};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        model m = make_model(classes[i], 28, 28);
        uint8_t pixels[28 * 28] = {255, 255};
        float probabilities[62] = {0.125f, 0.875f};
        failure f = {""};
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        ck_assert_ptr_nonnull(out);
        CHECK_OK(print_prediction(out, DEPTH_NONE, &m, pixels, probabilities, &f), &f);
        ck_assert_int_eq(fclose(out), 0);
        ck_assert_uint_eq(count_lines(text, 80), 1 + 14);
        ck_assert_ptr_nonnull(strstr(text, "  0 #           12.5 %\n"));
        ck_assert_ptr_nonnull(strstr(text, "  1 #########   87.5 %\n"));
        free(text);
        model_destroy(&m);
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("terminal", a_picture_keeps_its_proportions, an_image_goes_from_blank_to_full,
                         weights_have_a_sign, evidence_is_weight_times_pixel, a_reduced_picture_shows_means,
                         a_picture_of_zeros_is_blank, weights_are_as_wide_as_the_terminal,
                         a_picture_may_have_256_colours, the_columns_are_those_of_the_environment,
                         a_prediction_fits_80_columns);
}
