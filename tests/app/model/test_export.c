/* Models exported as a C header or as ONNX. */
#include <stdlib.h>
#include <string.h>

#include "model/c_header.h"
#include "model/onnx.h"
#include "support_app/scratch.h"

/* Two classes of images of 1 x 4. */
static model make_model(const float *weights, double temperature)
{
    model m;
    failure f;
    CHECK_OK(model_create(2, 1, 4, &(feature_choice){0}, &m, &f), &f);
    memcpy(m.weight, weights, 8 * sizeof *weights);
    m.bias[0] = 3;
    m.bias[1] = -0.1F;
    m.temperature = temperature;
    return m;
}

/* The header must contain each of the texts, which end with NULL. */
static void check_header(const float *weights, double temperature, bool quantized, const char *const *texts)
{
    model m = make_model(weights, temperature);
    buffer b = {0};
    failure f = {""};
    CHECK_OK(c_header_print(&m, quantized, &b, &f), &f);
    buffer_add(&b, "", 1);
    ck_assert(!b.failed);
    for (size_t i = 0; texts[i]; i++)
        ck_assert_msg(strstr(b.data, texts[i]), "no '%s' in\n%s", texts[i], b.data);
    free(b.data);
    model_destroy(&m);
}

/* 0f and 1f are not valid C; nine digits are enough for any float. */
START_TEST(a_literal_gives_exactly_the_float)
{
    const float weights[] = {0, 1, -7, 0.1F, 1e10F, 1e-40F, 16777217.F, -3.40282347e38F};
    check_header(weights, 1, false,
                 (const char *const[]){" 0.0f, 1.0f, -7.0f, 0.100000001f,\n",
                                       " 1e+10f, 9.9999461e-41f, 16777216.0f, -3.40282347e+38f,\n",
                                       " 3.0f, -0.100000001f,\n", " 0.00392156886f, 0.00392156886f,\n", NULL});
}
END_TEST

START_TEST(steps_are_the_nearest_and_the_largest_weight_is_127_of_them)
{
    const float weights[] = {-127, 126.4F, 126.6F, 0.4F, 0, 0, 0, 0};
    check_header(
        weights, 1, true,
        (const char *const[]){" -127, 126, 127, 0,\n", " 0, 0, 0, 0,\n", " 0.00392156886f, 0.0f,\n", NULL});
}
END_TEST

START_TEST(scores_are_divided_by_the_temperature)
{
    const float weights[] = {127, 0, 0, 0, -127, 0, 0, 0};
    check_header(weights, 2, true,
                 (const char *const[]){" 0.00196078443f, 0.00196078443f,\n", " 1.5f, -0.0500000007f,\n", NULL});
    check_header(weights, 2, false,
                 (const char *const[]){" 0.00196078443f, 0.00196078443f,\n", " 1.5f, -0.0500000007f,\n", NULL});
}
END_TEST

static model make_blank(const char *features, size_t n_rows, size_t n_columns)
{
    model m;
    feature_choice choice;
    failure f = {""};
    CHECK_OK(features_parse(features, &choice, &f), &f);
    CHECK_OK(model_create(2, n_rows, n_columns, &choice, &m, &f), &f);
    return m;
}

START_TEST(no_number_is_missing_in_a_header_of_patches)
{
    static const char *const gaps[] = {"= ,", "{\n\n}", " * ;", "+ ;", "(;", "+ )", "= *", "/ )", "the  points"};
    model m = make_blank("patches:filters=600", 9, 14);
    buffer b = {0};
    failure f = {""};
    CHECK_OK(c_header_print(&m, true, &b, &f), &f);
    buffer_add(&b, "", 1);
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++)
        ck_assert_msg(!strstr(b.data, gaps[i]), "'%s'", gaps[i]);
    ck_assert(strstr(b.data, "DIGIT_FILTERS = 600,"));
    free(b.data);
    model_destroy(&m);
}
END_TEST

START_TEST(images_too_large_for_sums_of_64_bits_are_refused)
{
    model large = make_blank("deskew", 257, 257), small = make_blank("deskew", 256, 256);
    buffer b = {0};
    failure f = {""};
    ck_assert_int_eq(c_header_print(&large, true, &b, &f), STATUS_FAILED);
    ck_assert_str_eq(f.text, "images of 257 x 257 pixels are too large to be deskewed in C");
    ck_assert_uint_eq(b.size, 0);
    CHECK_OK(c_header_print(&small, true, &b, &f), &f);
    free(b.data);
    model_destroy(&small);
    model_destroy(&large);
}
END_TEST

START_TEST(the_same_model_gives_the_same_bytes)
{
    const float weights[] = {1, 2, 3, 4, 5, 6, 7, 8};
    model m = make_model(weights, 1.25);
    model_add_note(&m, "seed", "1");
    buffer first = {0}, second = {0};
    failure f = {""};
    CHECK_OK(onnx_print(&m, &first, &f), &f);
    CHECK_OK(onnx_print(&m, &second, &f), &f);
    ck_assert(!first.failed && !second.failed);
    ck_assert_uint_eq(second.size, first.size);
    ck_assert_mem_eq(second.data, first.data, first.size);
    free(second.data);
    free(first.data);
    model_destroy(&m);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("export", a_literal_gives_exactly_the_float,
                         steps_are_the_nearest_and_the_largest_weight_is_127_of_them,
                         scores_are_divided_by_the_temperature, no_number_is_missing_in_a_header_of_patches,
                         images_too_large_for_sums_of_64_bits_are_refused, the_same_model_gives_the_same_bytes);
}
