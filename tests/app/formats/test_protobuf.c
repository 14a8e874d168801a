/* Messages of Protocol Buffers against the description of their format. */
#include <stdlib.h>

#include "formats/protobuf.h"
#include "support/suite.h"

static void check_bytes(buffer *b, const char *expected, size_t size)
{
    ck_assert(!b->failed);
    ck_assert_uint_eq(b->size, size);
    ck_assert_mem_eq(b->data, expected, size);
    free(b->data);
    *b = (buffer){0};
}

/* The examples in the format's description. */
START_TEST(fields_match_the_description)
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

START_TEST(numbers_of_every_length)
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

int main(void)
{
    return SUITE_RUN("protobuf", fields_match_the_description, numbers_of_every_length,
                     a_failed_message_makes_its_parent_fail);
}
