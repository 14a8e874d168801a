/* Nodes from their text: against the bytes of onnx.proto, and against longer texts of the same meaning. */
#include <stdlib.h>

#include "formats/onnx.h"
#include "formats/onnx_text.h"
#include "support/suite.h"

static void check_same(buffer *found, buffer *expected)
{
    ck_assert(!found->failed && !expected->failed);
    ck_assert_uint_eq(found->size, expected->size);
    ck_assert_mem_eq(found->data, expected->data, expected->size);
    free(found->data);
    free(expected->data);
}

static void check_bytes(const char *text, const void *message, size_t size)
{
    buffer found = {0}, expected = {0};
    onnx_add_text(&found, text);
    buffer_add(&expected, message, size);
    check_same(&found, &expected);
}

/* Whether two texts give the same graph. */
static void check_texts(const char *text, const char *longer)
{
    buffer found = {0}, expected = {0};
    onnx_add_text(&found, text);
    onnx_add_text(&expected, longer);
    check_same(&found, &expected);
}

/* Field 1 of the graph, with the fields input, output, name, op_type and attribute (name, value, type). */
START_TEST(nodes_have_the_fields_of_the_format)
{
    static const char plain[] = "\x0a\x11\x0a\x01x\x0a\x01z\x12\x01y\x1a\x01y\x22\x03"
                                "Add";
    static const char whole[] = "\x0a\x1a\x0a\x01x\x12\x01y\x1a\x01y\x22\x04"
                                "Cast\x2a\x09\x0a\x02to\x18\x07\xa0\x01\x02";
    static const char real[] = "\x0a\x1c\x0a\x01x\x12\x01y\x1a\x01y\x22\x04"
                               "Gemm\x2a\x0b\x0a\x01"
                               "a\x15\0\0\xc0\x3f\xa0\x01\x01";
    static const char list[] = "\x0a\x1b\x0a\x01x\x12\x01y\x1a\x01y\x22\x04"
                               "Conv\x2a\x0a\x0a\x01p\x40\x03\x40\x04\xa0\x01\x07";
    check_bytes("y = Add(x, z)", plain, sizeof plain - 1);
    check_bytes("y = Cast<to=7>(x)", whole, sizeof whole - 1);
    check_bytes("y = Gemm<a=1.5>(x)", real, sizeof real - 1);
    check_bytes("y = Conv<p=[3, 4]>(x)", list, sizeof list - 1);
}
END_TEST

START_TEST(constants_are_tensors)
{
    buffer found = {0}, expected = {0};
    onnx_add_text(&found, "y = Add(-2.5e-1f, [7, -1])");
    onnx_add_tensor(&expected, "_1", ONNX_FLOAT, 0, NULL, &(float){-0.25F});
    onnx_add_tensor(&expected, "_2", ONNX_INT64, 1, (const size_t[]){2}, (const int64_t[]){7, -1});
    onnx_add_text(&expected, "y = Add(_1, _2)");
    check_same(&found, &expected);
}
END_TEST

START_TEST(inner_results_come_before_they_are_taken)
{
    check_texts("y = Relu(Add(x, Neg(z)))", "_2 = Neg(z)\n_1 = Add(x, _2)\ny = Relu(_1)");
    check_texts("a = Abs(Neg(x))\nb = Abs(Neg(a))", "_1 = Neg(x)\na = Abs(_1)\n_2 = Neg(a)\nb = Abs(_2)");
}
END_TEST

START_TEST(blanks_and_comments_mean_nothing)
{
    check_texts("# of x\n\n  y=Add < a=1 , b=[ 2,3 ] > ( x ,z )  \n#end", "y = Add<a=1, b=[2, 3]>(x, z)");
    check_texts("", "\n# nothing\n");
}
END_TEST

int main(void)
{
    return SUITE_RUN("onnx_text", nodes_have_the_fields_of_the_format, constants_are_tensors,
                     inner_results_come_before_they_are_taken, blanks_and_comments_mean_nothing);
}
