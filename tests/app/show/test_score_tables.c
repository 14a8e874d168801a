/* The tables that eval prints. */
#include <stdio.h>
#include <string.h>

#include "show/score_output.h"
#include "support/suite.h"

typedef void (*printer)(FILE *out, const scores *s);

/* The text that a function prints; text [size]. */
static void print_to(printer print, const scores *s, char *text, size_t size)
{
    FILE *out = fmemopen(text, size, "w");
    ck_assert_ptr_nonnull(out);
    print(out, s);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_uint_lt(strlen(text), size - 1);
}

/* Scores of a confusion matrix; both arrays are the caller's. */
static scores make_scores(size_t n_classes, size_t *confusion, sm_class_metrics *classes)
{
    scores s = {.n_classes = n_classes, .confusion = confusion, .classes = classes};
    sm_metrics(n_classes, confusion, classes);
    s.counts = sm_confusion_counts(n_classes, confusion);
    s.interval = sm_wilson_interval(s.counts.n_correct, s.counts.n_samples);
    s.accuracy = (double)s.counts.n_correct / (double)s.counts.n_samples;
    s.n_confused = sm_most_confused(n_classes, confusion, 5, s.confused);
    return s;
}

/* Checks that all lines after the first n_before have the same width; returns their number. */
static size_t check_aligned(const char *text, size_t n_before)
{
    size_t n = 0, width = 0;
    for (const char *line = text; *line; n++) {
        const size_t length = strcspn(line, "\n");
        if (n == n_before)
            width = length;
        if (n >= n_before)
            ck_assert_msg(length == width, "a line of %zu among lines of %zu:\n%s", length, width, text);
        ck_assert_int_eq(line[length], '\n');
        line += length + 1;
    }
    return n - n_before;
}

START_TEST(the_matrix_is_aligned)
{
    static size_t confusion[256 * 256];
    static sm_class_metrics classes[256];
    static char text[1 << 20];
    const size_t sizes[] = {1, 2, 10, 11, 100, 101, 256}, counts[] = {0, 7, 12345, 1234567890123};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            memset(confusion, 0, sizeof confusion);
            confusion[sizes[i] * sizes[i] - 1] = counts[j];
            confusion[0] = 1;
            const scores s = make_scores(sizes[i], confusion, classes);
            print_to(print_confusion, &s, text, sizeof text);
            ck_assert_uint_eq(check_aligned(text, 1), sizes[i] + 1);
        }
    }
}
END_TEST

START_TEST(the_matrix_has_true_classes_in_rows)
{
    size_t confusion[4] = {5, 31, 0, 12};
    sm_class_metrics classes[2];
    char text[1024];
    const scores s = make_scores(2, confusion, classes);
    print_to(print_confusion, &s, text, sizeof text);
    ck_assert_str_eq(text, "true \\ predicted\n"
                           "        0   1\n"
                           "    0   5  31\n"
                           "    1   .  12\n");
}
END_TEST

/* Classes with 0 to 100 % precision and recall. */
START_TEST(the_class_table_is_aligned)
{
    size_t confusion[16] = {100, 0, 0, 0, 0, 90, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    sm_class_metrics classes[4];
    char text[1024];
    const scores s = make_scores(4, confusion, classes);
    print_to(print_class_table, &s, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "100.00 %"));
    ck_assert_ptr_nonnull(strstr(text, "90.00 %"));
    ck_assert_ptr_nonnull(strstr(text, " 0.00 %"));
    ck_assert_uint_eq(check_aligned(text, 0), 5);
}
END_TEST

START_TEST(the_summary_tells_accuracy_with_its_interval)
{
    size_t confusion[4] = {40, 10, 5, 45};
    sm_class_metrics classes[2];
    char text[1024];
    scores s = make_scores(2, confusion, classes);
    s.mean_loss = 0.12345;
    print_to(print_summary, &s, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "85.00 %"));
    ck_assert_ptr_nonnull(strstr(text, "76.72 to 90.69, 85 of 100 images"));
    ck_assert_ptr_nonnull(strstr(text, "0.1235"));
}
END_TEST

START_TEST(confused_pairs_are_named)
{
    size_t confusion[9] = {9, 4, 0, 1, 9, 0, 7, 0, 9}, perfect[4] = {3, 0, 0, 3};
    sm_class_metrics classes[3];
    char text[1024];
    scores s = make_scores(3, confusion, classes);
    print_to(print_confused_pairs, &s, text, sizeof text);
    ck_assert_str_eq(text, "most confused: 2 read as 0 (7 times), 0 read as 1 (4 times), 1 read as 0 (1 times)\n");
    s = make_scores(2, perfect, classes);
    print_to(print_confused_pairs, &s, text, sizeof text);
    ck_assert_str_eq(text, "no image was misread\n");
}
END_TEST

int main(void)
{
    return SUITE_RUN("score_tables", the_matrix_is_aligned, the_matrix_has_true_classes_in_rows,
                     the_class_table_is_aligned, the_summary_tells_accuracy_with_its_interval,
                     confused_pairs_are_named);
}
