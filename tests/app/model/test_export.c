/* The export formats: bytes against the descriptions of the formats, and literals of floats. */
#include <stdlib.h>
#include <string.h>

#include "model/c_header.h"
#include "formats/npy.h"
#include "model/onnx.h"
#include "formats/protobuf.h"
#include "support_app/scratch.h"

static void check_bytes(buffer *b, const char *expected, size_t size)
{
    ck_assert(!b->failed);
    ck_assert_uint_eq(b->size, size);
    ck_assert_mem_eq(b->data, expected, size);
    free(b->data);
    *b = (buffer){0};
}

/* The examples in the format's description. */
START_TEST(protobuf_fields_match_its_description)
{
    buffer b = {0};
    protobuf_number(&b, 1, 150);
    check_bytes(&b, "\x08\x96\x01", 3);
    protobuf_text(&b, 2, "testing");
    check_bytes(&b, "\x12\x07testing", 9);
    protobuf_float(&b, 2, 1);
    check_bytes(&b, "\x15\0\0\x80\x3f", 5);
    buffer inner = {0};
    protobuf_number(&inner, 1, 150);
    protobuf_message(&b, 3, &inner);
    check_bytes(&b, "\x1a\x03\x08\x96\x01", 5);
    ck_assert_ptr_null(inner.data);
}
END_TEST

START_TEST(protobuf_numbers_of_every_length)
{
    buffer b = {0};
    protobuf_number(&b, 16, 0);
    check_bytes(&b, "\x80\x01\0", 3);
    protobuf_number(&b, 1, 127);
    check_bytes(&b, "\x08\x7f", 2);
    protobuf_number(&b, 1, 128);
    check_bytes(&b, "\x08\x80\x01", 3);
    protobuf_number(&b, 1, UINT64_MAX);
    check_bytes(&b, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
}
END_TEST

START_TEST(a_failed_message_makes_its_parent_fail)
{
    buffer b = {0}, inner = {.failed = true};
    protobuf_message(&b, 1, &inner);
    ck_assert(b.failed);
    free(b.data);
}
END_TEST

START_TEST(npy_matches_its_description)
{
    const float values[] = {1, -2, 0.5F, 0};
    buffer b = {0};
    npy_print(2, 2, values, &b);
    ck_assert_uint_eq(b.size, 128 + 16);
    ck_assert_mem_eq(b.data, "\x93NUMPY\x01\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), } ",
                     69);
    ck_assert_int_eq(b.data[127], '\n');
    ck_assert_mem_eq(b.data + 128, "\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f\0\0\0\0", 16);
    free(b.data);
    b = (buffer){0};
    npy_print(4, 0, values, &b);
    ck_assert_uint_eq(b.size, 128 + 16);
    ck_assert_mem_eq(b.data + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", 57);
    free(b.data);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

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
    c_header_print(&m, quantized, &b);
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
                                       " 3.0f, -0.100000001f,\n", "sum * 0.00392156886f;", NULL});
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
                 (const char *const[]){"sum * 0.00196078443f;", " 1.5f, -0.0500000007f,\n", NULL});
}
END_TEST

START_TEST(the_same_model_gives_the_same_bytes)
{
    const float weights[] = {1, 2, 3, 4, 5, 6, 7, 8};
    model m = make_model(weights, 1.25);
    model_add_note(&m, "seed", "1");
    buffer first = {0}, second = {0};
    onnx_print(&m, &first);
    onnx_print(&m, &second);
    check_bytes(&second, first.data, first.size);
    free(first.data);
    model_destroy(&m);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("export", protobuf_fields_match_its_description, protobuf_numbers_of_every_length,
                         a_failed_message_makes_its_parent_fail, npy_matches_its_description,
                         a_literal_gives_exactly_the_float,
                         steps_are_the_nearest_and_the_largest_weight_is_127_of_them,
                         scores_are_divided_by_the_temperature, the_same_model_gives_the_same_bytes);
}
