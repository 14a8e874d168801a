/* The model file: safetensors from an untrusted source. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_file.h"
#include "support_app/scratch.h"

static const char NAME[] = "some/model";

enum { MAX_CONTENT = 8192 };

/* The bytes of a model file under construction. */
typedef struct content {
    uint8_t bytes[MAX_CONTENT];
    size_t size;
} content;

static void add_little_endian(content *c, uint64_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        c->bytes[c->size++] = (uint8_t)(value >> (8 * i));
}

/* A file with this header and 4 * n_values bytes after it; every value is 1. */
static content make_content(const char *header, size_t n_values)
{
    content c = {{0}, 0};
    add_little_endian(&c, strlen(header), 8);
    memcpy(c.bytes + c.size, header, strlen(header));
    c.size += strlen(header);
    for (size_t i = 0; i < n_values; i++)
        add_little_endian(&c, 0x3f800000, 4);
    return c;
}

/* Two classes of images of 1 x 3: 6 weights and 2 biases. Tests exchange parts of this header. */
#define METADATA "\"__metadata__\":{\"features\":\"pixels\",\"image_rows\":\"1\",\"image_columns\":\"3\"}"
#define WEIGHT "\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}"
#define BIAS "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}"
#define HEADER "{" METADATA "," WEIGHT "," BIAS "}"
enum { N_VALUES = 8 };

/* The bytes in memory of exactly their size, so that a sanitizer detects a read beyond them. */
static status parse(const content *c, size_t size, model *m, failure *f)
{
    uint8_t *raw = malloc(size + !size);
    ck_assert_ptr_nonnull(raw);
    memcpy(raw, c->bytes, size);
    const status result = model_parse(NAME, raw, size, m, f);
    free(raw);
    return result;
}

/* The header must be refused with a line that contains the text, and the model must be unchanged. */
static void check_refused_bytes(const content *c, size_t size, const char *text)
{
    model m, before;
    memset(&m, 0x5a, sizeof m);
    memcpy(&before, &m, sizeof m);
    failure f = {""};
    check_failed(parse(c, size, &m, &f), &f, NAME, text, NULL);
    ck_assert_ptr_eq(m.weight, before.weight);
    ck_assert_uint_eq(m.n_notes, before.n_notes);
}

static void check_refused(const char *header, size_t n_values, const char *text)
{
    const content c = make_content(header, n_values);
    check_refused_bytes(&c, c.size, text);
}

static void check_accepted(const char *header, size_t n_values)
{
    const content c = make_content(header, n_values);
    model m;
    failure f = {""};
    CHECK_OK(parse(&c, c.size, &m, &f), &f);
    ck_assert_uint_eq(m.n_classes, 2);
    ck_assert_uint_eq(m.n_features, 3);
    model_destroy(&m);
}

/* A model whose values are all different. */
static void make_model(size_t n_classes, size_t n_rows, size_t n_columns, model *m)
{
    failure f = {""};
    CHECK_OK(model_create(n_classes, n_rows, n_columns, &(feature_choice){0}, m, &f), &f);
    for (size_t i = 0; i < n_classes * m->n_features; i++)
        m->weight[i] = (float)i * 0.37f - 5;
    for (size_t k = 0; k < n_classes; k++)
        m->bias[k] = (float)k / -7;
}

START_TEST(a_new_model_is_zero)
{
    model m;
    failure f = {""};
    CHECK_OK(model_create(3, 4, 5, &(feature_choice){0}, &m, &f), &f);
    ck_assert_uint_eq(m.n_classes, 3);
    ck_assert_uint_eq(m.n_rows, 4);
    ck_assert_uint_eq(m.n_columns, 5);
    ck_assert_uint_eq(m.n_features, 20);
    ck_assert_uint_eq(m.n_notes, 0);
    for (size_t i = 0; i < 60; i++)
        ck_assert(m.weight[i] == 0);
    const sm_model view = model_view(&m);
    ck_assert_uint_eq(view.n_classes, 3);
    ck_assert_uint_eq(view.n_features, 20);
    ck_assert_ptr_eq(view.weight, m.weight);
    ck_assert_ptr_eq(view.bias, m.bias);
    model_destroy(&m);
    model_destroy(&m);
}
END_TEST

START_TEST(written_values_are_read_back)
{
    const size_t shapes[][3] = {{1, 1, 1}, {3, 3, 5}, {10, 28, 28}, {256, 2, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const char *path = scratch_path("round-trip");
        model m, back;
        failure f = {""};
        make_model(shapes[i][0], shapes[i][1], shapes[i][2], &m);
        m.weight[0] = -0.0f;
        m.bias[0] = 1e-42f;
        model_add_note(&m, "optimizer", "%s", "lbfgs");
        model_add_note(&m, "l2", "%g", 1e-4);
        CHECK_OK(model_write(path, &m, &f), &f);
        CHECK_OK(model_read(path, &back, NULL, &f), &f);
        ck_assert_uint_eq(back.n_classes, m.n_classes);
        ck_assert_uint_eq(back.n_rows, m.n_rows);
        ck_assert_uint_eq(back.n_columns, m.n_columns);
        ck_assert_uint_eq(back.n_features, m.n_features);
        ck_assert_mem_eq(back.weight, m.weight, m.n_classes * m.n_features * sizeof *m.weight);
        ck_assert_mem_eq(back.bias, m.bias, m.n_classes * sizeof *m.bias);
        ck_assert_uint_eq(back.n_notes, 2);
        ck_assert_str_eq(back.notes[0].key, "optimizer");
        ck_assert_str_eq(back.notes[0].value, "lbfgs");
        ck_assert_str_eq(back.notes[1].key, "l2");
        ck_assert_str_eq(back.notes[1].value, "0.0001");
        model_destroy(&back);
        model_destroy(&m);
    }
}
END_TEST

START_TEST(the_same_model_gives_the_same_bytes)
{
    const char *first = scratch_path("first"), *second = scratch_path("second");
    model m;
    failure f = {""};
    make_model(4, 3, 5, &m);
    model_add_note(&m, "seed", "%d", 1);
    CHECK_OK(model_write(first, &m, &f), &f);
    CHECK_OK(model_write(second, &m, &f), &f);
    model_destroy(&m);
    size_t size, other_size;
    uint8_t *raw = file_get(first, &size), *other = file_get(second, &other_size);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(raw, other, size);
    free(other);
    free(raw);
    /* And so does the model that was read. */
    CHECK_OK(model_read(first, &m, NULL, &f), &f);
    CHECK_OK(model_write(second, &m, &f), &f);
    model_destroy(&m);
    raw = file_get(first, &size), other = file_get(second, &other_size);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(raw, other, size);
    free(other);
    free(raw);
}
END_TEST

/* The lowest byte comes first on any machine: 1 is 00 00 80 3f. */
START_TEST(the_bytes_follow_the_safetensors_format)
{
    const uint8_t expected[16] = {0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0xdb, 0x0f, 0x49, 0x40, 1, 0, 0, 0x80};
    const char *path = scratch_path("known");
    model m;
    failure f = {""};
    CHECK_OK(model_create(1, 1, 3, &(feature_choice){0}, &m, &f), &f);
    m.weight[0] = 1;
    m.weight[1] = -2.5f;
    m.weight[2] = 3.14159274f;
    m.bias[0] = -0x1p-149f;
    CHECK_OK(model_write(path, &m, &f), &f);
    model_destroy(&m);

    size_t size;
    uint8_t *raw = file_get(path, &size);
    size_t header_size = 0;
    for (size_t i = 0; i < 8; i++)
        header_size |= (size_t)raw[i] << (8 * i);
    ck_assert_uint_eq(size, 8 + header_size + sizeof expected);
    ck_assert_uint_eq(header_size % 8, 0);
    ck_assert_mem_eq(raw + 8 + header_size, expected, sizeof expected);
    ck_assert_int_eq(raw[8], '{');
    free(raw);
}
END_TEST

static void check_tensor(const json_t *header, const char *name, const char *expected)
{
    const json_t *tensor = json_object_get(header, name);
    char *text = json_dumps(tensor, JSON_COMPACT | JSON_SORT_KEYS);
    ck_assert_str_eq(text, expected);
    free(text);
}

/* The header is as long as its length says, except for spaces at its end. */
START_TEST(the_header_is_json_with_the_right_offsets)
{
    const char *path = scratch_path("header");
    for (size_t n_notes = 0; n_notes < 9; n_notes++) { /* headers of all lengths modulo 8 */
        model m;
        failure f = {""};
        make_model(3, 2, 5, &m);
        for (size_t i = 0; i < n_notes; i++)
            model_add_note(&m, (const char[]){(char)('a' + i), 0}, "%s", "\"\\\n");
        CHECK_OK(model_write(path, &m, &f), &f);
        model_destroy(&m);
        size_t size;
        uint8_t *raw = file_get(path, &size);
        const size_t header_size = (size_t)raw[0] | (size_t)raw[1] << 8;
        ck_assert_uint_eq(header_size % 8, 0);
        ck_assert_uint_eq(size, 8 + header_size + (size_t)4 * 3 * 11);
        json_t *header = json_loadb((const char *)raw + 8, header_size, JSON_REJECT_DUPLICATES, NULL);
        ck_assert_ptr_nonnull(header);
        ck_assert_uint_eq(json_object_size(header), 3);
        check_tensor(header, "weight", "{\"data_offsets\":[0,120],\"dtype\":\"F32\",\"shape\":[3,10]}");
        check_tensor(header, "bias", "{\"data_offsets\":[120,132],\"dtype\":\"F32\",\"shape\":[3]}");
        const json_t *metadata = json_object_get(header, "__metadata__");
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)(uintptr_t)metadata, key, value)
            ck_assert_msg(json_is_string(value), "%s is not a string", key);
        ck_assert_str_eq(json_string_value(json_object_get(metadata, "image_rows")), "2");
        ck_assert_str_eq(json_string_value(json_object_get(metadata, "image_columns")), "5");
        ck_assert_str_eq(json_string_value(json_object_get(metadata, "classes")), "3");
        ck_assert_str_eq(json_string_value(json_object_get(metadata, "features")), "pixels");
        ck_assert(n_notes == 0 || strcmp(json_string_value(json_object_get(metadata, "a")), "\"\\\n") == 0);
        json_decref(header);
        free(raw);
    }
}
END_TEST

START_TEST(notes_are_truncated_or_dropped_without_room)
{
    char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    model m;
    failure f = {""};
    CHECK_OK(model_create(1, 1, 1, &(feature_choice){0}, &m, &f), &f);
    for (size_t i = 0; i < MODEL_MAX_NOTES + 5; i++)
        model_add_note(&m, i % 2 ? "key" : longest, "%s", longest);
    ck_assert_uint_eq(m.n_notes, MODEL_MAX_NOTES);
    ck_assert_uint_eq(strlen(m.notes[0].key), sizeof m.notes[0].key - 1);
    ck_assert_uint_eq(strlen(m.notes[0].value), sizeof m.notes[0].value - 1);
    model_destroy(&m);
}
END_TEST

START_TEST(other_writers_of_the_format_are_read)
{
    check_accepted(HEADER, N_VALUES);
    check_accepted(HEADER "       ", N_VALUES);
    check_accepted("{" BIAS "," METADATA "," WEIGHT "}", N_VALUES);
    check_accepted("{ \"bias\" : {\"data_offsets\":[24,32],\"shape\":[2],\"dtype\":\"F32\"} ,\n" WEIGHT "," METADATA
                   "}",
                   N_VALUES);
}
END_TEST

/* Biases may come before the weights. */
START_TEST(tensors_may_be_swapped)
{
    content c = make_content("{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[8,32]},"
                             "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                             0);
    add_little_endian(&c, 0x40000000, 4); /* 2 */
    add_little_endian(&c, 0x40400000, 4); /* 3 */
    for (size_t i = 0; i < 6; i++)
        add_little_endian(&c, 0x3f800000 + i, 4);
    model m;
    failure f = {""};
    CHECK_OK(parse(&c, c.size, &m, &f), &f);
    ck_assert(m.bias[0] == 2 && m.bias[1] == 3);
    ck_assert(m.weight[0] == 1 && m.weight[1] == 0x1.000002p0f && m.weight[5] == 0x1.00000ap0f);
    model_destroy(&m);
}
END_TEST

START_TEST(a_file_cut_at_any_byte_is_refused)
{
    const content c = make_content(HEADER, N_VALUES);
    for (size_t size = 0; size < c.size; size++)
        check_refused_bytes(&c, size, "");
}
END_TEST

START_TEST(values_that_are_not_finite_are_refused)
{
    const uint32_t values[] = {0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (size_t at = 0; at < N_VALUES; at++) {
            content c = make_content(HEADER, N_VALUES);
            const size_t size = c.size;
            c.size -= 4 * (N_VALUES - at);
            add_little_endian(&c, values[i], 4);
            check_refused_bytes(&c, size, at < 6 ? "'weight' is not a finite" : "'bias' is not a finite");
        }
    }
}
END_TEST

START_TEST(wrong_shapes_are_refused)
{
    check_refused("{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[3,3],\"data_offsets\":[0,36]},"
                  "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[36,44]}}",
                  11, "weights of 3 classes, but biases of 2");
    check_refused("{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[2,4],\"data_offsets\":[0,32]},"
                  "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}}",
                  10, "4 weights a class, but images of 3 features");
    check_refused("{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]}," BIAS "}",
                  N_VALUES, "1 dimensions, expected 2");
    check_refused("{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3,1],\"data_offsets\":[0,24]}," BIAS
                  "}",
                  N_VALUES, "3 dimensions, expected 2");
    check_refused("{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[0,0]},"
                  "\"bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                  0, "out of range");
    const char *const dimensions[] = {"-2,3", "2.0,3", "\"2\",3", "null,3", "[2],3", "true,3"};
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        char header[512];
        (void)snprintf(header, sizeof header,
                       "{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[0,24]}," BIAS
                       "}",
                       dimensions[i]);
        check_refused(header, N_VALUES, "'weight' is out of range");
    }
}
END_TEST

/* A shape that the file cannot hold must not determine how much memory is requested. */
START_TEST(enormous_shapes_are_refused)
{
    const char *const dimensions[] = {
        "1000000000,3",          "3,1000000000",          "4294967296,4294967296",  "9223372036854775807,2",
        "2,9223372036854775807", "4611686018427387905,3", "18446744073709551618,3", "65536,65536"};
    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        char header[512];
        (void)snprintf(header, sizeof header,
                       "{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[0,24]}," BIAS
                       "}",
                       dimensions[i]);
        check_refused(header, N_VALUES, "");
    }
    check_refused("{\"__metadata__\":{\"features\":\"pixels\",\"image_rows\":\"4294967296\",\"image_columns\":"
                  "\"4294967296\"}," WEIGHT "," BIAS "}",
                  N_VALUES, "image_rows");
}
END_TEST

START_TEST(more_than_256_classes_are_refused)
{
    for (size_t n_classes = 256; n_classes <= 257; n_classes++) {
        char header[512];
        (void)snprintf(header, sizeof header,
                       "{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[%zu,3],\"data_offsets\":[0,%zu]},"
                       "\"bias\":{\"dtype\":\"F32\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]}}",
                       n_classes, 12 * n_classes, n_classes, 12 * n_classes, 16 * n_classes);
        const content c = make_content(header, 4 * n_classes);
        model m;
        failure f = {""};
        if (n_classes == 256) {
            CHECK_OK(parse(&c, c.size, &m, &f), &f);
            model_destroy(&m);
        } else {
            check_failed(parse(&c, c.size, &m, &f), &f, NAME, "257 classes", "256", NULL);
        }
    }
}
END_TEST

START_TEST(offsets_that_do_not_tile_the_data_are_refused)
{
    static const struct {
        const char *weight, *bias;
        size_t n_values;
    } cases[] = {
        {"0,24", "0,8", 8},      /* complete overlap */
        {"0,24", "20,28", 8},    /* partial overlap */
        {"0,24", "16,24", 8},    /* one inside the other */
        {"0,24", "28,36", 9},    /* a gap between them */
        {"4,28", "28,36", 9},    /* a gap before them */
        {"0,24", "24,32", 9},    /* unused bytes at the end */
        {"0,24", "24,32", 7},    /* beyond the end */
        {"0,24", "0,8", 6},      /* as long as the data, but overlapping */
        {"8,32", "0,8", 9},      /* swapped, with unused bytes at the end */
        {"24,0", "24,32", 8},    /* reversed offsets */
        {"-24,0", "0,8", 2},     /* negative offsets */
        {"0,20", "20,28", 7},    /* too few bytes for the shape */
        {"0,28", "28,36", 9},    /* too many bytes for the shape */
        {"0,24.0", "24,32", 8},  /* not an integer */
        {"0", "24,32", 8},       /* a single offset */
        {"0,24,32", "24,32", 8}, /* three offsets */
        {"0,24", "9223372036854775800,9223372036854775807", 8},
        {"9223372036854775783,9223372036854775807", "0,8", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[512];
        (void)snprintf(header, sizeof header,
                       "{" METADATA ",\"weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[%s]},"
                       "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%s]}}",
                       cases[i].weight, cases[i].bias);
        check_refused(header, cases[i].n_values, "");
    }
}
END_TEST

START_TEST(tensors_that_do_not_belong_are_refused)
{
    check_refused("{" METADATA "," WEIGHT "," BIAS
                  ",\"more\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[32,32]}}",
                  N_VALUES, "besides");
    check_refused("{" METADATA "," WEIGHT "}", 6, "no tensor 'bias'");
    check_refused("{" METADATA "," BIAS "}", 8, "no tensor 'weight'");
    check_refused("{" METADATA "," WEIGHT "," WEIGHT "," BIAS "}", N_VALUES, "duplicate");
    check_refused("{" METADATA "," METADATA "," WEIGHT "," BIAS "}", N_VALUES, "duplicate");
    const char *const types[] = {"\"F64\"", "\"F16\"", "\"f32\"", "32", "null"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char header[512];
        (void)snprintf(header, sizeof header,
                       "{" METADATA ",\"weight\":{\"dtype\":%s,\"shape\":[2,3],\"data_offsets\":[0,24]}," BIAS "}",
                       types[i]);
        check_refused(header, N_VALUES, "expected F32");
    }
}
END_TEST

START_TEST(metadata_is_needed)
{
    const char *const all[] = {"\"features\":\"pixels\"", "\"image_rows\":\"1\"", "\"image_columns\":\"3\""};
    const char *const names[] = {"features", "image_rows", "image_columns"};
    char header[512];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(header, sizeof header, "{\"__metadata__\":{%s,%s}," WEIGHT "," BIAS "}", all[(i + 1) % 3],
                       all[(i + 2) % 3]);
        check_refused(header, N_VALUES, names[i]);
    }
    check_refused("{" WEIGHT "," BIAS "}", N_VALUES, "features");
    check_refused("{\"__metadata__\":[]," WEIGHT "," BIAS "}", N_VALUES, "features");
    check_refused("{\"__metadata__\":\"features\"," WEIGHT "," BIAS "}", N_VALUES, "features");
    const char *const counts[] = {"\"0\"", "\"-1\"", "\"1x\"", "\"\"", "1", "\"99999999999999999999\"",
                                  "\"2\"", "null"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        (void)snprintf(header, sizeof header, "{\"__metadata__\":{%s,%s,\"image_rows\":%s}," WEIGHT "," BIAS "}",
                       all[0], all[2], counts[i]);
        check_refused(header, N_VALUES, "");
    }
}
END_TEST

START_TEST(other_features_are_refused)
{
    check_refused(
        "{\"__metadata__\":{\"features\":\"wavelets\",\"image_rows\":\"1\",\"image_columns\":\"3\"}," WEIGHT
        "," BIAS "}",
        N_VALUES, "wavelets");
    check_refused("{\"__metadata__\":{\"features\":\"\\u001b[31m\\n\",\"image_rows\":\"1\",\"image_columns\":"
                  "\"3\"}," WEIGHT "," BIAS "}",
                  N_VALUES, "'?[31m?', expected pixels");
}
END_TEST

START_TEST(the_temperature_is_kept_and_checked)
{
    const char *const wrong[] = {"0", "-1", "nan", "inf", "1e9", "", "2x"};
    char header[512];
    const char *form = "{\"__metadata__\":{\"features\":\"pixels\",\"image_rows\":\"1\",\"image_columns\":\"3\","
                       "\"temperature\":\"%s\"}," WEIGHT "," BIAS "}";
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(header, sizeof header, form, wrong[i]);
        check_refused(header, N_VALUES, "temperature");
    }
    (void)snprintf(header, sizeof header, form, "1.25");
    const content c = make_content(header, N_VALUES);
    model m;
    failure f = {""};
    CHECK_OK(parse(&c, c.size, &m, &f), &f);
    ck_assert_double_eq(m.temperature, 1.25);
    ck_assert_double_eq(model_view(&m).temperature, 1.25);
    model_destroy(&m);
}
END_TEST

START_TEST(a_header_that_is_not_a_json_object_is_refused)
{
    const char *const headers[] = {
        "",     "{",           "[]",       "null",     "\"weight\"",      "{\"weight\":}", "{} x",
        "{}{}", "{\"a\":NaN}", HEADER "x", "\xff\xfe", "{\"\\u0000\":1}", "[[[[[[",        "{\"weight\":[]}"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        check_refused(headers[i], N_VALUES, "");
    /* Deeper nesting than any stack could hold */
    char deep[6000];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    check_refused(deep, N_VALUES, "");
}
END_TEST

START_TEST(header_lengths_are_not_trusted)
{
    const uint64_t lengths[] = {strlen(HEADER) + 1,
                                strlen(HEADER) + 8 + 4 * N_VALUES + 1,
                                1000,
                                100000000,
                                UINT64_C(1) << 32,
                                UINT64_C(1) << 63,
                                UINT64_MAX,
                                UINT64_MAX - 7,
                                UINT64_MAX - 8,
                                0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        content c = make_content(HEADER, N_VALUES);
        const size_t size = c.size;
        c.size = 0;
        add_little_endian(&c, lengths[i], 8);
        char text[64] = "not JSON";
        if (lengths[i] > size)
            (void)snprintf(text, sizeof text, "a header of %ju bytes", (uintmax_t)lengths[i]);
        check_refused_bytes(&c, size, text);
    }
}
END_TEST

START_TEST(files_that_are_not_models_are_refused)
{
    const char *path = scratch_path("not-a-model");
    model m;
    failure f = {""};
    file_put(path, "", 0);
    check_failed(model_read(path, &m, NULL, &f), &f, path, "0 bytes", NULL);
    file_put(path, "just some text that someone took for a model", 44);
    check_failed(model_read(path, &m, NULL, &f), &f, path, "safetensors", NULL);
    check_failed(model_read(scratch_path("no-model"), &m, NULL, &f), &f, scratch_path("no-model"), "No such file",
                 NULL);
    check_failed(model_read("/", &m, NULL, &f), &f, "/", "folder", NULL);
}
END_TEST

START_TEST(a_model_that_cannot_be_written_is_a_failure)
{
    model m;
    failure f = {""};
    make_model(2, 2, 2, &m);
    const char *folder = scratch_folder();
    check_failed(model_write(folder, &m, &f), &f, folder, "cannot be written", NULL);
    model_destroy(&m);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("model", a_new_model_is_zero, written_values_are_read_back,
                         the_same_model_gives_the_same_bytes, the_bytes_follow_the_safetensors_format,
                         the_header_is_json_with_the_right_offsets, notes_are_truncated_or_dropped_without_room,
                         other_writers_of_the_format_are_read, tensors_may_be_swapped,
                         a_file_cut_at_any_byte_is_refused, values_that_are_not_finite_are_refused,
                         wrong_shapes_are_refused, enormous_shapes_are_refused, more_than_256_classes_are_refused,
                         offsets_that_do_not_tile_the_data_are_refused, tensors_that_do_not_belong_are_refused,
                         metadata_is_needed, other_features_are_refused, the_temperature_is_kept_and_checked,
                         a_header_that_is_not_a_json_object_is_refused, header_lengths_are_not_trusted,
                         files_that_are_not_models_are_refused, a_model_that_cannot_be_written_is_a_failure);
}
