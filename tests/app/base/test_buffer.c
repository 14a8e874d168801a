/* Growing buffers, and base64 against RFC 4648. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "support/suite.h"

START_TEST(a_buffer_grows)
{
    buffer b = {0};
    for (int i = 0; i < 1000; i++)
        buffer_print(&b, "%d,", i);
    buffer_add(&b, "\0end", 4);
    buffer_add(&b, "", 0);
    buffer_print(&b, "%s", "");
    ck_assert(!b.failed);
    ck_assert_uint_eq(b.size, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    ck_assert_mem_eq(b.data, "0,1,2,3,4,5,6,7,8,9,10,11,", 26);
    ck_assert_mem_eq(b.data + b.size - 8, "999,\0end", 8);
    ck_assert_uint_ge(b.capacity, b.size);
    free(b.data);
}
END_TEST

static void check_text(const void *data, size_t size, const char *expected)
{
    buffer b = {0};
    buffer_print(&b, "<");
    buffer_add_base64(&b, data, size);
    buffer_print(&b, ">");
    ck_assert(!b.failed);
    ck_assert_uint_eq(b.size, strlen(expected) + 2);
    ck_assert_mem_eq(b.data + 1, expected, strlen(expected));
    ck_assert_uint_eq(base64_size(size), strlen(expected));
    free(b.data);
}

START_TEST(examples_of_the_rfc)
{
    static const char *const expected[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t size = 0; size < sizeof expected / sizeof *expected; size++)
        check_text("foobar", size, expected[size]);
}
END_TEST

START_TEST(every_character)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char data[48];
    for (size_t i = 0; i < 16; i++) { /* the numbers 4 i to 4 i + 3, of 6 bits each */
        const unsigned long bits = (4 * i) << 18 | (4 * i + 1) << 12 | (4 * i + 2) << 6 | (4 * i + 3);
        data[3 * i] = (unsigned char)(bits >> 16);
        data[3 * i + 1] = (unsigned char)(bits >> 8);
        data[3 * i + 2] = (unsigned char)bits;
    }
    check_text(data, sizeof data, alphabet);
}
END_TEST

int main(void)
{
    return SUITE_RUN("buffer", a_buffer_grows, examples_of_the_rfc, every_character);
}
