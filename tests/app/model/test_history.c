/* history.csv, written and read. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/history.h"
#include "support_app/scratch.h"

#define COLUMNS ",objective,gradient_norm,gap,training_accuracy,validation_accuracy,validation_loss,seconds"

static status parse(const char *text, history *h, failure *f)
{
    const size_t size = strlen(text);
    uint8_t *content = malloc(size + 1); /* of exactly its size, so that a sanitizer detects reads beyond the end */
    ck_assert_ptr_nonnull(content);
    memcpy(content, text, size);
    const status result = history_parse("file", content, size, h, f);
    free(content);
    return result;
}

static history parsed(const char *text)
{
    history h = {0};
    failure f = {""};
    CHECK_OK(parse(text, &h, &f), &f);
    return h;
}

static void check_refused(const char *text, const char *complaint)
{
    history h = {.n_rows = 7};
    failure f = {""};
    check_failed(parse(text, &h, &f), &f, "file", complaint, NULL);
    ck_assert(h.n_rows == 7 && !h.rows);
}

START_TEST(rows_are_read)
{
    history h = parsed("iteration" COLUMNS "\n0,0.5,1e-2,3,0.9,0.8,0.6,0.1\n1,0.25,,,0.95,,,\n");
    ck_assert(!h.by_epoch);
    ck_assert_uint_eq(h.n_rows, 2);
    const history_row first = h.rows[0], second = h.rows[1];
    ck_assert(first.number == 0 && first.objective == 0.5 && first.training_accuracy == 0.9);
    ck_assert(first.validation_accuracy == 0.8 && first.validation_loss == 0.6);
    ck_assert(second.number == 1 && second.objective == 0.25 && second.training_accuracy == 0.95);
    ck_assert(isnan(second.validation_accuracy) && isnan(second.validation_loss));
    free(h.rows);
}
END_TEST

/* One row as text, without the header. */
static const char *text_of(const history_row *row)
{
    static char text[300];
    buffer b = {0};
    history_add(&b, true, row);
    ck_assert(!b.failed && b.size < sizeof text);
    const char *header_end = memchr(b.data, '\n', b.size);
    (void)snprintf(text, sizeof text, "%.*s", (int)(b.data + b.size - header_end - 1), header_end + 1);
    free(b.data);
    return text;
}

START_TEST(rows_are_written)
{
    history_row row = {0, 0.5, 1e-2, 3, 0.9, 0.8, 0.6, 0.125};
    ck_assert_str_eq(text_of(&row), "0,0.5,0.01,3,0.9,0.8,0.6,0.125\n");
    row = (history_row){1e15, 1.0 / 3, (double)NAN, HUGE_VAL, 0.95, (double)NAN, (double)NAN, 1e6};
    ck_assert_str_eq(text_of(&row), "1000000000000000,0.333333333,,,0.95,,,1000000\n");
}
END_TEST

START_TEST(written_rows_are_read)
{
    const history_row rows[] = {{0, 0.5, 1e-2, HUGE_VAL, 0.9, 0.8, 0.6, 0.125}, {7, 0.25, 3, 4, 5, 6, 7, 8}};
    for (int by_epoch = 0; by_epoch < 2; by_epoch++) {
        buffer b = {0};
        history h = {0};
        failure f = {""};
        history_add(&b, by_epoch, &rows[0]);
        history_add(&b, by_epoch, &rows[1]);
        CHECK_OK(history_parse("file", (const uint8_t *)b.data, b.size, &h, &f), &f);
        ck_assert(h.by_epoch == (bool)by_epoch && h.n_rows == 2 && isnan(h.rows[0].gap));
        h.rows[0].gap = HUGE_VAL;
        ck_assert_mem_eq(h.rows, rows, sizeof rows);
        free(h.rows);
        free(b.data);
    }
}
END_TEST

START_TEST(a_header_alone_and_a_last_line_without_its_end)
{
    history h = parsed("epoch" COLUMNS);
    ck_assert(h.by_epoch && h.n_rows == 0);
    free(h.rows);
    h = parsed("epoch" COLUMNS "\n3,,,,,,,");
    ck_assert(h.n_rows == 1 && h.rows[0].number == 3 && isnan(h.rows[0].objective));
    free(h.rows);
}
END_TEST

START_TEST(other_tables_are_refused)
{
    check_refused("", "is not the history of a training");
    check_refused("\n", "is not the history of a training");
    check_refused("step" COLUMNS "\n", "is not the history of a training");
    check_refused("iteration" COLUMNS ",more\n", "is not the history of a training");
    check_refused("iteration" COLUMNS "\r\n", "is not the history of a training");
    check_refused("\x89PNG\r\n\x1a\n", "is not the history of a training");
}
END_TEST

START_TEST(bad_rows_are_refused_with_their_line)
{
    static const char *const rows[] = {"",
                                       "1",
                                       "1,2,3,4,5,6,7",
                                       "1,2,3,4,5,6,7,8,9",
                                       ",1,,,,,,",
                                       "1,x,,,,,,",
                                       "1, 2,,,,,,",
                                       "1,nan,,,,,,",
                                       "1,inf,,,,,,",
                                       "1,1e999,,,,,,",
                                       "1,2 ,,,,,,",
                                       "1,2,,,,,,\r",
                                       "1,\"2\",,,,,,,,",
                                       "1;2;3;4;5;6;7;8",
                                       "1,00000000000000000000000000000000000000000000002,,,,,,"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[300];
        (void)snprintf(text, sizeof text, "epoch" COLUMNS "\n0,,,,,,,\n%s\n2,,,,,,,\n", rows[i]);
        check_refused(text, "line 3 is not 8 cells");
    }
}
END_TEST

START_TEST(a_zero_byte_is_not_a_number)
{
    static const char text[] = "epoch" COLUMNS "\n1,2\0,,,,,,\n";
    history h = {0};
    failure f = {""};
    check_failed(history_parse("file", (const uint8_t *)text, sizeof text - 1, &h, &f), &f, "file", "line 2", NULL);
}
END_TEST

START_TEST(a_file_is_read)
{
    const char *path = scratch_path("history.csv");
    static const char text[] = "epoch" COLUMNS "\n1,2,,,,,,\n";
    history h = {0};
    failure f = {""};
    file_put(path, text, strlen(text));
    CHECK_OK(history_read(path, &h, &f), &f);
    ck_assert_uint_eq(h.n_rows, 1);
    free(h.rows);
    check_failed(history_read(scratch_path("none"), &h, &f), &f, scratch_path("none"), NULL);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("history", rows_are_read, rows_are_written, written_rows_are_read,
                         a_header_alone_and_a_last_line_without_its_end, other_tables_are_refused,
                         bad_rows_are_refused_with_their_line, a_zero_byte_is_not_a_number, a_file_is_read);
}
