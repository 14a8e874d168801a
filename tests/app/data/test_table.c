/* Tables in CSV and in NumPy's format, and the names of their classes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/table.h"
#include "base/buffer.h"
#include "formats/npy.h"
#include "support_app/scratch.h"

static const table_format last_column = {.label = NULL};

static status parse_bytes(const void *from, size_t size, const table_format *format, dataset *t, failure *f)
{
    uint8_t *content =
        malloc(size > 0 ? size : 1); /* of exactly this size, so that a sanitizer detects a read beyond its end */
    ck_assert_ptr_nonnull(content);
    memcpy(content, from, size);
    const status result = table_parse("file", content, size, format, t, f);
    free(content);
    return result;
}

static dataset parsed(const char *text, const table_format *format)
{
    dataset t = {0};
    failure f = {""};
    CHECK_OK(parse_bytes(text, strlen(text), format, &t, &f), &f);
    return t;
}

static void check_refused(const char *text, const table_format *format, const char *complaint)
{
    dataset t = {.n_samples = 7};
    failure f = {""};
    check_failed(parse_bytes(text, strlen(text), format, &t, &f), &f, "file", complaint, NULL);
    ck_assert(t.n_samples == 7 && !t.values);
}

static void check_table(const dataset *t, size_t n_rows, size_t n_columns, const double *values,
                        const uint8_t *labels)
{
    ck_assert_uint_eq(t->n_samples, n_rows);
    ck_assert_uint_eq(t->n_columns, n_columns);
    for (size_t i = 0; i < n_rows * n_columns; i++)
        ck_assert_msg(t->values[i] == values[i], "value %zu is %g", i, t->values[i]);
    ck_assert_mem_eq(t->labels, labels, n_rows);
}

/* ---------------------------------------------------------------------------------------------- */

START_TEST(a_csv_file_is_the_same_table_however_it_is_written)
{
    static const char *const texts[] = {
        "x,y,kind\n1,-2.5,b\n3e2,.5,a\n4,5,b\n",
        "1,-2.5,b\n3e2,.5,a\n4,5,b\n",
        "x,y,kind\r\n1,-2.5,b\r\n3e2,.5,a\r\n4,5,b\r\n",
        "\xef\xbb\xbfx,y,kind\n1,-2.5,b\n3e2,.5,a\n4,5,b",
        "\"x\",\"a \"\"y\"\", of z\",kind\n 1 ,\t-2.5, \"b\" \n3e2,.5,a\n4,5,b\n\n \n",
    };
    static const double values[] = {1, -2.5, 300, 0.5, 4, 5};
    static const uint8_t labels[] = {1, 0, 1};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        dataset t = parsed(texts[i], &last_column);
        check_table(&t, 3, 2, values, labels);
        ck_assert_uint_eq(t.names->n, 2);
        ck_assert_str_eq(t.names->names[0], "a");
        ck_assert_str_eq(t.names->names[1], "b");
        dataset_destroy(&t);
    }
}
END_TEST

START_TEST(the_labels_may_be_any_column)
{
    static const double values[] = {1, 2, 3, 4};
    static const uint8_t labels[] = {1, 0};
    dataset t = parsed("x,kind,y\n1,b,2\n3,a,4\n", &(table_format){.label = "kind"});
    check_table(&t, 2, 2, values, labels);
    dataset_destroy(&t);
    t = parsed("8,1,2\n7,3,4\n", &(table_format){.label = "1"}); /* a number, although a cell has that text */
    check_table(&t, 2, 2, values, labels);
    dataset_destroy(&t);
    t = parsed("1,b,2\n3,a,4\n", &(table_format){.label = "2"});
    check_table(&t, 2, 2, values, labels);
    dataset_destroy(&t);
    t = parsed("x,y\n1,2\n3,4\n", &(table_format){.has_no_labels = true});
    ck_assert(t.n_samples == 2 && t.n_columns == 2 && !t.labels && !t.names);
    ck_assert_mem_eq(t.values, values, sizeof values);
    dataset_destroy(&t);
}
END_TEST

START_TEST(values_are_doubles)
{
    dataset t = parsed("0.1,a\n1000000.000001,b\n", &last_column);
    check_table(&t, 2, 1, (const double[]){0.1, 1000000.000001}, (const uint8_t[]){0, 1});
    dataset_destroy(&t);
}
END_TEST

START_TEST(an_error_in_a_table_is_located)
{
    static const char *const cases[][2] = {
        {"", "has no rows"},
        {" \r\n\n", "has no rows"},
        {"x,y,kind\n", "has no rows"},
        {"a\nb\n", "line 1: has one column, expected features and a label between commas"},
        {"1,2,a\n1,a\n", "line 2: has fewer than 3 columns"},
        {"1,2,a\n1,2,3,a\n", "line 2: has more than 3 columns"},
        {"1,2,a\n1,2,a,\n", "line 2: has more than 3 columns"},
        {"1,2,a\n\n1,2,a\n", "line 2: has fewer than 3 columns"},
        {"1,2,a\n1,,a\n", "line 2, column 2: '' is not a number"},
        {"1,2,a\n1,0x2,a\n", "line 2, column 2: '0x2' is not a number"},
        {"1,2,a\nnan,2,a\n", "line 2, column 1: 'nan' is not a number"},
        {"1,2,a\n1e39,2,a\n", "line 2, column 1: '1e39' is not a finite number that a float can hold"},
        {"1,2,a\n1e999,2,a\n", "line 2, column 1: '1e999' is not a finite number that a float can hold"},
        {"?,2,a\n1,2,a\n", "line 1, column 1: '?' is not a number"},
        {"1,2,\n", "line 1, column 3: '' is not a label, expected text of 1 to 31 bytes"},
        {"1,2,a name of thirty-two characters..\n", "is not a label, expected text of 1 to 31 bytes"},
        {"1,2,\xff\n", "is not a label, expected text of 1 to 31 bytes"},
        {"1,\"2,a\n", "line 1, column 2: '2,a' has a quote that is not closed in the same line"},
        {"1,\"2\"3,a\n", "line 1, column 2: '2' has text after its closing quote"},
        {"1,2\x01,a\n", "line 1, column 2: '2' is followed by a control character"},
        {"1,2,a\r1,2,b\n", "line 1, column 3: 'a' is followed by a control character"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refused(cases[i][0], &last_column, cases[i][1]);
    check_refused("x,y\n1,2\n", &(table_format){.label = "z"},
                  "line 1: has no column 'z' for the labels among its 2");
    check_refused("1,2\n", &(table_format){.label = "3"}, "line 1: has no column '3' for the labels among its 2");
    check_refused("1,c\n", &(table_format){.label = "b"},
                  "line 1: has numbers, expected the names of columns with 'b'");
    check_refused("1,2\n", &(table_format){.label = "0"}, "line 1: has numbers, expected the names of columns");
    char text[600] = "1,";
    memset(text + 2, '7', 300);
    check_refused(text, &last_column, "is too long, expected at most 255 characters");
}
END_TEST

START_TEST(a_line_with_the_name_of_the_labels_is_a_header)
{
    dataset t = parsed("0,1,label\n1,2,a\n3,4,b\n", &(table_format){.label = "label"});
    check_table(&t, 2, 2, (const double[]){1, 2, 3, 4}, (const uint8_t[]){0, 1});
    dataset_destroy(&t);
}
END_TEST

START_TEST(a_number_is_the_same_class_however_it_is_written)
{
    dataset t = parsed("5,1\n6,1.0\n7,01\n8,1.000000000000000000e+00\n9,-0\n", &last_column);
    check_table(&t, 5, 1, (const double[]){5, 6, 7, 8, 9}, (const uint8_t[]){1, 1, 1, 1, 0});
    ck_assert_uint_eq(t.names->n, 2);
    ck_assert_str_eq(t.names->names[0], "0");
    ck_assert_str_eq(t.names->names[1], "1");
    dataset_destroy(&t);
    t = parsed("5,1.5\n6,1\n", &last_column);
    ck_assert_str_eq(t.names->names[1], "1.5");
    dataset_destroy(&t);
}
END_TEST

START_TEST(classes_come_from_the_model_if_there_is_one)
{
    const class_names known = {3, {"a", "b", "c"}};
    const table_format format = {.known = &known};
    dataset t = parsed("1,c\n2,a\n", &format);
    check_table(&t, 2, 1, (const double[]){1, 2}, (const uint8_t[]){2, 0});
    ck_assert_uint_eq(t.names->n, 3);
    dataset_destroy(&t);
    check_refused("1,c\n2,d\n", &format, "line 2, column 2: 'd' is not one of the model's classes");
}
END_TEST

/* Labels n - 1 down to 0. */
static buffer many_classes(size_t n)
{
    buffer b = {0};
    for (size_t i = n; i > 0; i--)
        buffer_print(&b, "0,%zu\n", i - 1);
    buffer_print(&b, "%c", '\0');
    return b;
}

START_TEST(whole_numbers_are_sorted_by_value_and_there_are_at_most_256)
{
    buffer b = many_classes(256);
    dataset t = parsed(b.data, &last_column);
    for (size_t i = 0; i < 256; i++)
        ck_assert_uint_eq(t.labels[i], 255 - i);
    ck_assert_str_eq(t.names->names[10], "10");
    dataset_destroy(&t);
    free(b.data);
    b = many_classes(257);
    check_refused(b.data, &last_column,
                  "line 257, column 2: '0' is the label of a 257th class, expected at most 256");
    free(b.data);
    t = parsed("0,10\n0,-3\n0,9\n", &last_column);
    ck_assert_mem_eq(t.labels, ((const uint8_t[]){2, 0, 1}), 3);
    dataset_destroy(&t);
    t = parsed("0,10\n0,9\n0,x\n", &last_column); /* as text, since one is not a number */
    ck_assert_mem_eq(t.labels, ((const uint8_t[]){0, 1, 2}), 3);
    dataset_destroy(&t);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The bytes of an array with this header. */
static buffer array_file(int version, const char *header, const void *values, size_t size)
{
    buffer b = {0};
    buffer_add(&b, "\x93NUMPY", 6);
    buffer_add_number(&b, (uint64_t)version, 2);
    buffer_add_number(&b, strlen(header), version == 1 ? 2 : 4);
    buffer_print(&b, "%s", header);
    buffer_add(&b, values, size);
    return b;
}

static void check_array(int version, const char *header, const void *values, size_t size,
                        const table_format *format)
{
    buffer b = array_file(version, header, values, size);
    dataset t = {0};
    failure f = {""};
    CHECK_OK(parse_bytes(b.data, b.size, format, &t, &f), &f);
    check_table(&t, 2, 2, (const double[]){1, -2, 3, 4}, (const uint8_t[]){1, 0});
    ck_assert_str_eq(t.names->names[0], "7");
    ck_assert_str_eq(t.names->names[1], "9");
    dataset_destroy(&t);
    free(b.data);
}

static void check_array_refused(const char *header, const void *values, size_t size, const table_format *format,
                                const char *complaint)
{
    buffer b = array_file(1, header, values, size);
    dataset t = {.n_samples = 7};
    failure f = {""};
    check_failed(parse_bytes(b.data, b.size, format, &t, &f), &f, "file", complaint, NULL);
    ck_assert(t.n_samples == 7 && !t.values);
    free(b.data);
}

#define SHAPE "'fortran_order': False, 'shape': (2, 3), }"

START_TEST(arrays_of_every_type)
{
    static const float floats[] = {1, -2, 9, 3, 4, 7};
    static const double doubles[] = {1, -2, 9, 3, 4, 7};
    static const int8_t octets[] = {1, -2, 9, 3, 4, 7};
    static const uint8_t highest_first[] = {0, 1, 0xff, 0xfe, 0, 9, 0, 3, 0, 4, 0, 7};
    static const int32_t words[] = {1, -2, 9, 3, 4, 7};
    static const int64_t longs[] = {1, -2, 9, 3, 4, 7};
    check_array(1, "{'descr': '<f4', " SHAPE "     \n", floats, sizeof floats, &last_column);
    check_array(2, "{'descr': '<f8', " SHAPE "\n", doubles, sizeof doubles, &last_column);
    check_array(1, "{'shape': (2,3), 'fortran_order': False, 'descr': '|i1'}", octets, sizeof octets, &last_column);
    check_array(1, "{'descr': '>i2', " SHAPE, highest_first, sizeof highest_first, &last_column);
    check_array(1, "{'descr': '<i4', " SHAPE, words, sizeof words, &last_column);
    check_array(1, "{'descr': '<i8', " SHAPE, longs, sizeof longs, &(table_format){.label = "3"});
    static const float by_columns[] = {1, 3, -2, 4, 9, 7};
    check_array(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", by_columns, sizeof by_columns,
                &last_column);
    static const float first[] = {9, 1, -2, 7, 3, 4};
    check_array(1, "{'descr': '<f4', " SHAPE, first, sizeof first, &(table_format){.label = "1"});
}
END_TEST

START_TEST(output_of_npy_print_is_read)
{
    buffer b = {0};
    dataset t = {0};
    failure f = {""};
    npy_print(2, 3, (const float[]){1, -2, 9, 3, 4, 7}, &b);
    CHECK_OK(parse_bytes(b.data, b.size, &last_column, &t, &f), &f);
    check_table(&t, 2, 2, (const double[]){1, -2, 3, 4}, (const uint8_t[]){1, 0});
    dataset_destroy(&t);
    for (size_t size = 6; size < b.size; size++) { /* truncated at any point */
        ck_assert_int_eq(parse_bytes(b.data, size, &last_column, &t, &f), STATUS_FAILED);
        ck_assert_ptr_null(t.values);
    }
    free(b.data);
}
END_TEST

START_TEST(other_arrays_are_refused)
{
    static const float values[] = {1, 2, 9, 3, 4, 7};
    static const struct {
        const char *header, *complaint;
    } cases[] = {
        {"", "its header is not a dictionary"},
        {"{'descr': '<f2', " SHAPE, "neither floats of 32 or 64 bits nor whole numbers"},
        {"{'descr': '<c8', " SHAPE, "neither floats of 32 or 64 bits nor whole numbers"},
        {"{'descr': '|f4', " SHAPE, "neither floats of 32 or 64 bits nor whole numbers"},
        {"{'descr': [('a', '<f4')], " SHAPE, "neither floats of 32 or 64 bits nor whole numbers"},
        {"{'descr': '<f4', 'fortran_order': 1, 'shape': (2, 3), }", "its fortran_order is neither True nor False"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }",
         "its shape does not have one or two dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
         "its shape does not have one or two dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
         "has one dimension, expected rows and columns"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6, 1), }",
         "has one column, expected features and a label"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", "its dimension 1 is 0, expected 1 or more"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", "has 24 bytes after its header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "has 24 bytes after its header"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", "is cut short"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3), }", "not have one or two"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "or one of them twice"},
        {"{'descr': '<f4', 'fortran_order': False, }", "does not end after"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } x", "does not end after"},
        {"{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3), }", "are not separated by commas"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_array_refused(cases[i].header, values, sizeof values, &last_column, cases[i].complaint);
    static const char header[] = "{'descr': '<f4', " SHAPE;
    check_array_refused(header, values, sizeof values, &(table_format){.label = "4"}, "has no column '4'");
    check_array_refused(header, values, sizeof values, &(table_format){.label = "kind"}, "has no column 'kind'");
    check_array_refused(header, (const float[]){1, 2, 3, 4, 5, 0.5F}, sizeof values, &last_column,
                        "row 2, column 3: '0.5' is not a label, expected a whole number");
    check_array_refused(header, (const float[]){1, 2, 3, 4, (float)NAN, 1}, sizeof values, &last_column,
                        "row 2, column 2: 'nan' is not a finite number that a float can hold");
    buffer b = array_file(3, header, values, sizeof values);
    dataset t = {0};
    failure f = {""};
    check_failed(parse_bytes(b.data, b.size, &last_column, &t, &f), &f, "file", "version 1 or 2", NULL);
    free(b.data);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

START_TEST(names_as_text_and_back)
{
    const class_names names = {3, {"b", "a, \"q\"", "\xc3\xa4"}};
    char text[CLASS_NAMES_TEXT_SIZE], number[CLASS_NAME_SIZE];
    class_names again;
    class_names_print(&names, text);
    ck_assert_str_eq(text, "b\na, \"q\"\n\xc3\xa4");
    ck_assert(class_names_parse(text, &again) && again.n == 3);
    ck_assert_mem_eq(again.names, names.names, sizeof names.names);
    ck_assert_str_eq(class_label(&names, 1, number), "a, \"q\"");
    ck_assert_str_eq(class_label(NULL, 12, number), "12");
    static const char *const bad[] = {"",       "a\n",  "\na",  "a\nb\na",
                                      "a\n\nb", "a\tb", "\xff", "a name of thirty-two characters.."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!class_names_parse(bad[i], &again), "'%s'", bad[i]);
}
END_TEST

START_TEST(the_most_and_the_longest_names_are_accepted)
{
    class_names names = {0}, again;
    char text[CLASS_NAMES_TEXT_SIZE], name[CLASS_NAME_SIZE];
    for (int k = 0; k < SM_MAX_CLASSES; k++) {
        (void)snprintf(name, sizeof name, "%031d", k);
        class_names_add(&names, name);
    }
    class_names_print(&names, text);
    ck_assert(class_names_parse(text, &again) && again.n == SM_MAX_CLASSES);
    ck_assert_mem_eq(again.names, names.names, sizeof names.names);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN(
        "table", a_csv_file_is_the_same_table_however_it_is_written, the_labels_may_be_any_column,
        values_are_doubles, an_error_in_a_table_is_located, a_line_with_the_name_of_the_labels_is_a_header,
        a_number_is_the_same_class_however_it_is_written, classes_come_from_the_model_if_there_is_one,
        whole_numbers_are_sorted_by_value_and_there_are_at_most_256, arrays_of_every_type,
        output_of_npy_print_is_read, other_arrays_are_refused, names_as_text_and_back,
        the_most_and_the_longest_names_are_accepted);
}
