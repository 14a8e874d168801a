/* Named arrays in a file. test_model.c tests the additional checks for models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/safetensors.h"
#include "support_app/scratch.h"

static const char NAME[] = "some/file";

enum { MAX_HEADER = 1000 };

/* A file with this header and n_bytes bytes 0, 1, 2 and so on, in memory of exactly its size. */
static uint8_t *make_content(const char *header, size_t n_bytes, size_t *size)
{
    const size_t length = strlen(header);
    *size = 8 + length + n_bytes;
    uint8_t *content = calloc(*size, 1);
    ck_assert_ptr_nonnull(content);
    content[0] = (uint8_t)(length & 0xff);
    content[1] = (uint8_t)(length >> 8);
    memcpy(content + 8, header, length);
    for (size_t i = 0; i < n_bytes; i++)
        content[8 + length + i] = (uint8_t)i;
    return content;
}

/* Values of every kind: signed zeros, the smallest and the largest, infinities, and NaN with all bits set. A model
 * refuses some of these, but the format does not. */
static void make_values(float *floats, double *doubles)
{
    const uint32_t bits_32[] = {0, 0x80000000, 1, 0x7f7fffff, 0xff800000, 0x7fc01234};
    const uint64_t bits_64[] = {0x8000000000000000, 1, 0x7fefffffffffffff, 0x7ff0000000000000, 0xfff8000000001234,
                                0x400921fb54442d18};
    memcpy(floats, bits_32, sizeof bits_32);
    memcpy(doubles, bits_64, sizeof bits_64);
}

static void check_place(const safetensors *file, const tensor *t, size_t rows, size_t columns, size_t begin)
{
    ck_assert_uint_eq(t->shape[0], rows);
    if (columns)
        ck_assert_uint_eq(t->shape[1], columns);
    ck_assert_ptr_eq(t->values, file->data + begin);
}

START_TEST(written_values_are_read_back)
{
    float floats[6], floats_back[6];
    double doubles[6], doubles_back[6];
    make_values(floats, doubles);
    const tensor tensors[] = {{"doubles", TENSOR_F64, 2, {3, 2}, doubles},
                              {"floats", TENSOR_F32, 2, {2, 3}, floats},
                              {"one", TENSOR_F64, 1, {1}, doubles + 5}};
    const char *path = scratch_path("round-trip");
    failure f = {""};
    CHECK_OK(safetensors_write(path, json_pack("{s:s, s:s}", "a", "\"x\"\n", "b", ""), 3, tensors, &f), &f);

    size_t size;
    uint8_t *content = file_get(path, &size);
    safetensors file;
    tensor found[] = {{"doubles", TENSOR_F64, 2, {0}, NULL},
                      {"floats", TENSOR_F32, 2, {0}, NULL},
                      {"one", TENSOR_F64, 1, {0}, NULL}};
    CHECK_OK(safetensors_open(path, content, size, MAX_HEADER, &file, &f), &f);
    ck_assert_uint_eq(file.data_size, 6 * 8 + 6 * 4 + 8);
    ck_assert_uint_eq((size_t)(file.data - content) % 8, 0);
    CHECK_OK(safetensors_find(&file, 3, found, &f), &f);
    check_place(&file, &found[0], 3, 2, 0);
    check_place(&file, &found[1], 2, 3, 48);
    check_place(&file, &found[2], 1, 0, 72);
    safetensors_values(&found[0], doubles_back);
    safetensors_values(&found[1], floats_back);
    ck_assert_mem_eq(doubles_back, doubles, sizeof doubles);
    ck_assert_mem_eq(floats_back, floats, sizeof floats);
    safetensors_values(&found[2], doubles_back);
    ck_assert_mem_eq(doubles_back, doubles + 5, sizeof *doubles);
    ck_assert_str_eq(safetensors_note(&file, "a"), "\"x\"\n");
    ck_assert_str_eq(safetensors_note(&file, "b"), "");
    ck_assert_ptr_null(safetensors_note(&file, "c"));
    safetensors_close(&file);
    ck_assert_ptr_null(file.header);
    free(content);
}
END_TEST

/* The lowest byte of a number comes first on any machine. */
START_TEST(doubles_are_little_endian)
{
    const double pi = 3.14159265358979312;
    const uint8_t expected[] = {0x18, 0x2d, 0x44, 0x54, 0xfb, 0x21, 0x09, 0x40};
    const char *path = scratch_path("pi");
    failure f = {""};
    CHECK_OK(safetensors_write(path, json_object(), 1, &(tensor){"pi", TENSOR_F64, 1, {1}, &pi}, &f), &f);
    size_t size;
    uint8_t *content = file_get(path, &size);
    ck_assert_uint_ge(size, 8 + sizeof expected);
    ck_assert_mem_eq(content + size - sizeof expected, expected, sizeof expected);
    free(content);
}
END_TEST

START_TEST(a_header_is_not_written_if_memory_ran_out)
{
    const double value = 1;
    const char *path = scratch_path("no-metadata");
    failure f = {""};
    check_failed(safetensors_write(path, NULL, 1, &(tensor){"a", TENSOR_F64, 1, {1}, &value}, &f), &f, NULL,
                 "memory", NULL);
    ck_assert(!file_exists(path));
}
END_TEST

/* Opens a file that must be valid. */
static uint8_t *open_content(const char *header, size_t n_bytes, safetensors *file)
{
    size_t size;
    failure f = {""};
    uint8_t *content = make_content(header, n_bytes, &size);
    CHECK_OK(safetensors_open(NAME, content, size, MAX_HEADER, file, &f), &f);
    return content;
}

/* In a file with a single tensor `a` of this description, finding 2 x 3 doubles must fail. */
static void check_not_found(const char *description, size_t n_bytes, const char *text)
{
    char header[MAX_HEADER];
    (void)snprintf(header, sizeof header, "{\"a\":%s}", description);
    safetensors file;
    tensor a = {"a", TENSOR_F64, 2, {0}, NULL};
    failure f = {""};
    uint8_t *content = open_content(header, n_bytes, &file);
    check_failed(safetensors_find(&file, 1, &a, &f), &f, NAME, "'a'", text, NULL);
    safetensors_close(&file);
    free(content);
}

/* 2 x 3 doubles take 48 bytes; as floats, half. */
START_TEST(doubles_must_have_the_expected_shape)
{
    check_not_found("{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}", 24, "expected F64");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[6],\"data_offsets\":[0,48]}", 48, "1 dimensions, expected 2");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[0,24]}", 48, "its shape needs 48");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[0,49]}", 49, "its shape needs 48");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[0,48]}", 47, "within the 47 bytes");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[2,3],\"data_offsets\":[48,96]}", 48, "within the 48 bytes");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[0,3],\"data_offsets\":[0,0]}", 48, "out of range");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[2305843009213693953,8],\"data_offsets\":[0,64]}", 64,
                    "out of range");
    check_not_found("{\"dtype\":\"F64\",\"shape\":[1048576,1048576],\"data_offsets\":[0,48]}", 48, "out of range");
    check_not_found("{}", 48, "missing");
    check_not_found("[]", 48, "missing");
    check_not_found("\"F64\"", 48, "missing");
}
END_TEST

START_TEST(tensors_must_fill_the_data_and_not_overlap)
{
    static const struct {
        size_t offsets[4], n_bytes;
        bool is_good;
    } cases[] = {
        {{0, 16, 16, 24}, 24, true},  {{8, 24, 0, 8}, 24, true},    {{0, 16, 16, 24}, 25, false},
        {{0, 16, 17, 25}, 25, false}, {{1, 17, 17, 25}, 25, false}, {{0, 16, 8, 16}, 24, false},
        {{0, 16, 15, 23}, 24, false}, {{8, 24, 8, 16}, 24, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t *o = cases[i].offsets;
        char header[MAX_HEADER];
        (void)snprintf(header, sizeof header,
                       "{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[%zu,%zu]},"
                       "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%zu,%zu]}}",
                       o[0], o[1], o[2], o[3]);
        safetensors file;
        tensor tensors[] = {{"a", TENSOR_F64, 1, {0}, NULL}, {"b", TENSOR_F32, 1, {0}, NULL}};
        failure f = {""};
        uint8_t *content = open_content(header, cases[i].n_bytes, &file);
        if (cases[i].is_good)
            CHECK_OK(safetensors_find(&file, 2, tensors, &f), &f);
        else
            check_failed(safetensors_find(&file, 2, tensors, &f), &f, NAME, "overlap", NULL);
        check_failed(safetensors_find(&file, 1, tensors, &f), &f, NAME, "besides", NULL);
        safetensors_close(&file);
        free(content);
    }
}
END_TEST

/* Even if the file is long enough. */
START_TEST(a_header_longer_than_allowed_is_refused)
{
    size_t size;
    failure f = {""};
    safetensors file = {.data_size = 42};
    uint8_t *content = make_content("{ }", 100, &size);
    check_failed(safetensors_open(NAME, content, size, 2, &file, &f), &f, NAME, "header of 3 bytes", "at most 2",
                 NULL);
    ck_assert_uint_eq(file.data_size, 42);
    CHECK_OK(safetensors_open(NAME, content, size, 3, &file, &f), &f);
    ck_assert_uint_eq(file.data_size, 100);
    ck_assert_ptr_eq(file.data, content + 8 + 3);
    ck_assert_ptr_null(file.metadata);
    ck_assert_ptr_null(safetensors_note(&file, "any"));
    safetensors_close(&file);
    free(content);
}
END_TEST

/* Readers differ in which of two equal keys they take. */
START_TEST(duplicate_keys_are_refused_wherever_they_are)
{
    const char *const headers[] = {
        "{\"a\":{},\"a\":{}}",
        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8],\"\\u0073hape\":[1]}}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        size_t size;
        failure f = {""};
        safetensors file;
        uint8_t *content = make_content(headers[i], 8, &size);
        check_failed(safetensors_open(NAME, content, size, MAX_HEADER, &file, &f), &f, NAME, "duplicate", NULL);
        free(content);
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("safetensors", written_values_are_read_back, doubles_are_little_endian,
                         a_header_is_not_written_if_memory_ran_out, doubles_must_have_the_expected_shape,
                         tensors_must_fill_the_data_and_not_overlap, a_header_longer_than_allowed_is_refused,
                         duplicate_keys_are_refused_wherever_they_are);
}
