/* The IDX format: 0, 0, 0x08, the number of dimensions, the dimensions in big-endian order, the values. */
#include <stdio.h>
#include <string.h>

#include "data/idx.h"
#include "support_app/scratch.h"

static const char NAME[] = "some/labels";

START_TEST(labels_have_one_dimension)
{
    uint8_t content[] = {0, 0, 8, 1, 0, 0, 0, 5, 10, 11, 12, 13, 255};
    idx array;
    failure f = {""};
    CHECK_OK(idx_parse(NAME, content, sizeof content, 1, &array, &f), &f);
    ck_assert_uint_eq(array.n_dimensions, 1);
    ck_assert_uint_eq(array.dimensions[0], 5);
    ck_assert_uint_eq(array.n_values, 5);
    ck_assert_ptr_eq(array.values, content + 8);
    ck_assert_str_eq(f.text, "");
}
END_TEST

START_TEST(images_have_three_dimensions)
{
    uint8_t content[16 + 2 * 3 * 4] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
    content[39] = 99;
    idx array;
    failure f = {""};
    CHECK_OK(idx_parse(NAME, content, sizeof content, 3, &array, &f), &f);
    ck_assert_uint_eq(array.n_dimensions, 3);
    ck_assert_uint_eq(array.dimensions[0], 2);
    ck_assert_uint_eq(array.dimensions[1], 3);
    ck_assert_uint_eq(array.dimensions[2], 4);
    ck_assert_uint_eq(array.n_values, 24);
    ck_assert_ptr_eq(array.values, content + 16);
    ck_assert_uint_eq(array.values[23], 99);
}
END_TEST

/* All four bytes of a dimension count. */
START_TEST(dimensions_are_big_endian)
{
    static uint8_t content[8 + 0x010203] = {0, 0, 8, 1, 0, 1, 2, 3};
    idx array;
    failure f = {""};
    CHECK_OK(idx_parse(NAME, content, sizeof content, 1, &array, &f), &f);
    ck_assert_uint_eq(array.dimensions[0], 0x010203);
    content[4] = 1;
    check_failed(idx_parse(NAME, content, sizeof content, 1, &array, &f), &f, NAME, "16843267", "66051", NULL);
}
END_TEST

/* Parses content that must be refused: the line must contain both texts, and nothing else may change. */
static void check_refused(uint8_t *content, size_t size, size_t n_dimensions, const char *found,
                          const char *expected)
{
    idx array, before;
    memset(&array, 0x5a, sizeof array);
    memcpy(&before, &array, sizeof array);
    failure f = {""};
    const status result = idx_parse(NAME, content, size, n_dimensions, &array, &f);
    check_failed(result, &f, NAME, found, expected, NULL);
    ck_assert_mem_eq(&array, &before, sizeof array);
}

START_TEST(a_wrong_magic_is_refused)
{
    uint8_t content[] = {0x50, 0x4b, 3, 4, 0, 0, 0, 1, 7};
    check_refused(content, sizeof content, 1, "0x504b0304", "0x00000801");
    uint8_t second_byte[] = {0, 1, 8, 1, 0, 0, 0, 1, 7};
    check_refused(second_byte, sizeof second_byte, 1, "0x00010801", "0x00000801");
}
END_TEST

START_TEST(values_of_another_type_are_refused)
{
    const uint8_t types[] = {0x00, 0x09, 0x0b, 0x0c, 0x0d, 0x0e, 0xff};
    for (size_t i = 0; i < sizeof types; i++) {
        uint8_t content[] = {0, 0, types[i], 1, 0, 0, 0, 1, 7};
        char found[8];
        (void)snprintf(found, sizeof found, "0x%02x", (unsigned)types[i]);
        check_refused(content, sizeof content, 1, found, "0x08");
    }
}
END_TEST

START_TEST(another_number_of_dimensions_is_refused)
{
    uint8_t labels[32] = {0, 0, 8, 1, 0, 0, 0, 24};
    check_refused(labels, sizeof labels, 3, "1 dim", "expected 3");
    uint8_t images[17] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    check_refused(images, sizeof images, 1, "3 dim", "expected 1");
    labels[3] = 255;
    check_refused(labels, sizeof labels, 1, "255 dim", "expected 1");
}
END_TEST

/* No byte beyond the size is read: the arrays end exactly there, so that a sanitizer would detect it. */
START_TEST(a_short_header_is_refused)
{
    for (size_t size = 0; size < 16; size++) {
        uint8_t whole[16] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
        char found[24];
        (void)snprintf(found, sizeof found, "%zu bytes", size);
        check_refused(whole + 16 - size, size, 3, found, "16");
        if (size < 8)
            check_refused(whole + 16 - size, size, 1, found, "8");
    }
}
END_TEST

START_TEST(missing_values_are_refused)
{
    uint8_t content[] = {0, 0, 8, 1, 0, 0, 0, 100, 1, 2, 3};
    check_refused(content, sizeof content, 1, "100", " 3");
    check_refused(content, 8, 1, "100", " 0");
    content[7] = 4; /* by one */
    check_refused(content, sizeof content, 1, "4 values", "holds 3");
}
END_TEST

START_TEST(bytes_after_the_values_are_refused)
{
    uint8_t content[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3};
    check_refused(content, sizeof content, 1, "2 values", "holds 3");
}
END_TEST

START_TEST(a_dimension_of_zero_is_refused)
{
    for (size_t i = 0; i < 3; i++) {
        uint8_t content[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1};
        content[7 + 4 * i] = 0;
        char which[16];
        (void)snprintf(which, sizeof which, "dimension %zu", i + 1);
        check_refused(content, sizeof content, 3, which, "1 or more");
    }
}
END_TEST

/* 2^22 * 2^21 * 2^21 is 2^64, which is 0 in a size_t of 64 bits: exactly the number of values in the file. */
START_TEST(a_product_beyond_any_size_is_refused)
{
    uint8_t wraps[] = {0, 0, 8, 3, 0, 0x40, 0, 0, 0, 0x20, 0, 0, 0, 0x20, 0, 0};
    check_refused(wraps, sizeof wraps, 3, "18446744073709551615", "holds 0");
    /* (2^32 - 1) * 641 * 6700417 is 2^64 - 1, the largest size_t: no file can hold as many. */
    uint8_t fits[] = {0, 0, 8, 3, 255, 255, 255, 255, 0, 0, 2, 0x81, 0, 0x66, 0x3d, 0x81};
    check_refused(fits, sizeof fits, 3, "more than 18446744073709551615", "holds 0");
    uint8_t largest[20] = {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    check_refused(largest, sizeof largest, 3, "18446744073709551615", "holds 4");
}
END_TEST

/* In a file of this size. */
static void check_header_refused(const uint8_t head[16], size_t file_size, bool is_exact, const char *problem,
                                 const char *held)
{
    idx header;
    failure f = {""};
    check_failed(idx_parse_header(NAME, head, 16, 3, file_size, is_exact, &header, &f), &f, NAME, problem, held,
                 NULL);
}

/* The header alone announces the size. */
START_TEST(a_header_announces_the_size)
{
    const uint8_t head[16] = {0, 0, 8, 3, 0, 0, 1, 0, 0, 0, 0, 28, 0, 0, 0, 28};
    idx header;
    failure f = {""};
    const size_t size = 16 + 256 * 28 * 28;
    CHECK_OK(idx_parse_header(NAME, head, sizeof head, 3, size, true, &header, &f), &f);
    ck_assert_uint_eq(idx_file_bytes(&header), size);
    ck_assert_ptr_null(header.values);
    CHECK_OK(idx_parse_header(NAME, head, sizeof head, 3, size, false, &header, &f), &f);
    CHECK_OK(idx_parse_header(NAME, head, sizeof head, 3, SIZE_MAX, false, &header, &f), &f);
    check_header_refused(head, size + 1, true, "after its end", "holds 200705");
    check_header_refused(head, size - 1, true, "cut short", "holds 200703");
    check_header_refused(head, size - 1, false, "cut short", "at most 200703");
}
END_TEST

/* Nearly 2^65 values: more than any file holds, even if its size is not known. */
START_TEST(a_size_that_wraps_is_refused)
{
    const uint8_t head[16] = {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 2};
    check_header_refused(head, SIZE_MAX, false, "multiply to more", "at most");
    check_header_refused(head, 16, true, "multiply to more", "holds 0");
}
END_TEST

int main(void)
{
    return SUITE_RUN("idx", labels_have_one_dimension, images_have_three_dimensions, dimensions_are_big_endian,
                     a_wrong_magic_is_refused, values_of_another_type_are_refused,
                     another_number_of_dimensions_is_refused, a_short_header_is_refused, missing_values_are_refused,
                     bytes_after_the_values_are_refused, a_dimension_of_zero_is_refused,
                     a_product_beyond_any_size_is_refused, a_header_announces_the_size,
                     a_size_that_wraps_is_refused);
}
