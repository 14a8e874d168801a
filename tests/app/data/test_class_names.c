/* Names of classes: which texts are names, their order, and their form as one text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/class_names.h"
#include "support_app/scratch.h"

static class_names names_of(size_t n, const char *const *texts)
{
    class_names names = {0};
    for (size_t k = 0; k < n; k++)
        class_names_add(&names, texts[k]);
    return names;
}

START_TEST(a_name_is_short_text)
{
    static const char *const names[] = {"7", "setosa", "two words", "\xc3\xa9t\xc3\xa9",
                                        "1234567890123456789012345678901"};
    static const char *const others[] = {"",         "a\nb", "a\tb", "\x7f",
                                         "\xc2\x80", "\xff", "\xc3", "12345678901234567890123456789012"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(class_name_is_valid(names[i]), "'%s'", names[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_msg(!class_name_is_valid(others[i]), "other %zu", i);
}
END_TEST

START_TEST(names_are_found_by_their_index)
{
    const class_names names = names_of(3, (const char *const[]){"b", "a", "ab"});
    ck_assert_uint_eq(class_names_find(&names, "b"), 0);
    ck_assert_uint_eq(class_names_find(&names, "ab"), 2);
    ck_assert_uint_eq(class_names_find(&names, "abc"), 3);
    class_names *copy = class_names_copy(&names);
    ck_assert_mem_eq(copy, &names, sizeof names);
    free(copy);
}
END_TEST

/* The names in order; and each old index leads to the same name. */
static void check_sorted(size_t n, const char *const *texts, const char *const *expected)
{
    const class_names before = names_of(n, texts);
    class_names names = before;
    uint8_t new_indices[SM_MAX_CLASSES];
    class_names_sort(&names, new_indices);
    ck_assert_uint_eq(names.n, n);
    for (size_t k = 0; k < n; k++) {
        ck_assert_str_eq(names.names[k], expected[k]);
        ck_assert_str_eq(names.names[new_indices[k]], before.names[k]);
    }
}

START_TEST(whole_numbers_are_sorted_by_value_and_other_names_by_bytes)
{
    check_sorted(5, (const char *const[]){"10", "9", "-1", "123456789012345678", "0"},
                 (const char *const[]){"-1", "0", "9", "10", "123456789012345678"});
    check_sorted(4, (const char *const[]){"10", "9", "b", "B"}, (const char *const[]){"10", "9", "B", "b"});
    check_sorted(2, (const char *const[]){"9.5", "10"}, (const char *const[]){"10", "9.5"});
    check_sorted(2, (const char *const[]){"7", "007"}, (const char *const[]){"007", "7"});
}
END_TEST

/* The largest text: as many names as there can be, each as long as it can be. */
START_TEST(printed_names_are_parsed)
{
    class_names names = {0}, parsed;
    char text[CLASS_NAMES_TEXT_SIZE];
    for (int k = 0; k < SM_MAX_CLASSES; k++) {
        char name[CLASS_NAME_SIZE];
        (void)snprintf(name, sizeof name, "%031d", k);
        class_names_add(&names, name);
    }
    class_names_print(&names, text);
    ck_assert(class_names_parse(text, &parsed));
    ck_assert_mem_eq(&parsed, &names, sizeof names);
}
END_TEST

START_TEST(other_texts_are_refused)
{
    static const char *const texts[] = {"",       "\n",      "a\n",     "\na",
                                        "a\n\nb", "a\nb\na", "a\n\x01", "12345678901234567890123456789012"};
    class_names names;
    char many[4 * (SM_MAX_CLASSES + 1) + 1] = "";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_msg(!class_names_parse(texts[i], &names), "text %zu", i);
    for (int k = 0; k <= SM_MAX_CLASSES; k++)
        (void)snprintf(many + strlen(many), 5, "%s%d", k > 0 ? "\n" : "", k);
    ck_assert(!class_names_parse(many, &names));
}
END_TEST

START_TEST(classes_without_names_are_numbers)
{
    const class_names names = names_of(2, (const char *const[]){"x", "y"});
    char number[CLASS_NAME_SIZE];
    ck_assert_str_eq(class_label(&names, 1, number), "y");
    ck_assert_str_eq(class_label(NULL, 255, number), "255");
}
END_TEST

int main(void)
{
    return SUITE_RUN("class_names", a_name_is_short_text, names_are_found_by_their_index,
                     whole_numbers_are_sorted_by_value_and_other_names_by_bytes, printed_names_are_parsed,
                     other_texts_are_refused, classes_without_names_are_numbers);
}
