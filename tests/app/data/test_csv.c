/* Cells of CSV: what is written as a table is read as the same table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "data/csv.h"
#include "support/data.h"
#include "support_app/scratch.h"

static const char NAME[] = "some/table.csv";

static csv_reader start(const char *text)
{
    return csv_start(NAME, (const uint8_t *)text, strlen(text));
}

static void check_next(csv_reader *r, size_t row, size_t column, const char *text, bool ends_row)
{
    failure f = {""};
    ck_assert(!(r->cell.ends_row && csv_is_at_end(r)));
    CHECK_OK(csv_next(r, &f), &f);
    ck_assert_uint_eq(r->cell.row, row);
    ck_assert_uint_eq(r->cell.column, column);
    ck_assert_str_eq(r->cell.text, text);
    ck_assert_uint_eq(r->cell.length, strlen(text));
    ck_assert(r->cell.ends_row == ends_row);
}

/* A byte order mark, any end of a line, empty lines at the end, and blanks around cells do not matter. */
START_TEST(the_same_cells_in_several_spellings)
{
    static const char *const texts[] = {
        "a,b c\n1,\n",     "a,b c\n1,",          "\xef\xbb\xbf\x61,b c\r\n1,\r\n",
        "a,b c\r\n1,\r\n", "a , b c\t\n 1 , \n", "\"a\",\"b c\"\n1,\"\"\n\n \t\r\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        csv_reader r = start(texts[i]);
        check_next(&r, 1, 1, "a", false);
        check_next(&r, 1, 2, "b c", true);
        check_next(&r, 2, 1, "1", false);
        check_next(&r, 2, 2, "", true);
        ck_assert(csv_is_at_end(&r));
    }
}
END_TEST

/* Random cells of characters that have a meaning in CSV, and of others. */
START_TEST(written_cells_are_read)
{
    enum { N_ROWS = 50, N_COLUMNS = 7, MAX_LENGTH = 9 };
    static const char characters[] = ",\" \tx0.\xc3";
    sm_random random = {3};
    char cells[N_ROWS][N_COLUMNS][MAX_LENGTH + 1] = {{""}};
    buffer b = {0};
    for (size_t i = 0; i < N_ROWS * N_COLUMNS; i++) {
        char *cell = cells[i / N_COLUMNS][i % N_COLUMNS];
        const size_t length = sm_random_below(&random, MAX_LENGTH + 1);
        for (size_t j = 0; j < length; j++)
            cell[j] = characters[sm_random_below(&random, sizeof characters - 1)];
        if (cell[0] == '\t' || (length > 0 && cell[length - 1] == '\t'))
            cell[0] = cell[length - 1] = 'y'; /* only spaces are written with quotes */
        buffer_add_cell(&b, cell);
        buffer_print(&b, "%s", i % N_COLUMNS + 1 < N_COLUMNS ? "," : "\n");
    }
    csv_reader r = csv_start(NAME, (const uint8_t *)b.data, b.size);
    for (size_t i = 0; i < N_ROWS * N_COLUMNS; i++)
        check_next(&r, i / N_COLUMNS + 1, i % N_COLUMNS + 1, cells[i / N_COLUMNS][i % N_COLUMNS],
                   i % N_COLUMNS + 1 == N_COLUMNS);
    ck_assert(csv_is_at_end(&r));
    free(b.data);
}
END_TEST

START_TEST(numbers_are_decimal)
{
    static const struct {
        const char *text;
        double value;
    } numbers[] = {{"0", 0},  {"-1.5", -1.5}, {"+2", 2},      {"1e3", 1000},      {".25", 0.25},
                   {"5.", 5}, {"\"7\"", 7},   {"1E-2", 0.01}, {"1e999", HUGE_VAL}};
    static const char *const others[] = {"", "nan", "inf", "0x10", "1 2", "1e", "--1", "1.2.3", "e", "-", "1f"};
    failure f = {""};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        csv_reader r = start(numbers[i].text);
        CHECK_OK(csv_next(&r, &f), &f);
        ck_assert(r.cell.is_number && r.cell.value == numbers[i].value);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        csv_reader r = start(others[i]);
        CHECK_OK(csv_next(&r, &f), &f);
        ck_assert_msg(!r.cell.is_number, "'%s' is a number", others[i]);
    }
}
END_TEST

START_TEST(bad_cells_are_refused_with_their_place)
{
    static const struct {
        const char *cell, *complaint;
    } bad[] = {{"\"x", "not closed"},
               {"\"x\ny\"", "not closed"},
               {"\"x\" y", "after its closing quote"},
               {"x\x01", "control character"},
               {"\"x\x1b\"", "control character"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64];
        failure f = {""};
        (void)snprintf(text, sizeof text, "1,2,3\n4,%s", bad[i].cell);
        csv_reader r = start(text);
        for (size_t j = 0; j < 4; j++)
            CHECK_OK(csv_next(&r, &f), &f);
        check_failed(csv_next(&r, &f), &f, NAME, "line 2, column 2", bad[i].complaint, NULL);
    }
}
END_TEST

START_TEST(a_cell_holds_255_characters)
{
    char text[CSV_CELL_SIZE + 1];
    failure f = {""};
    memset(text, 'x', sizeof text);
    csv_reader r = csv_start(NAME, (const uint8_t *)text, CSV_CELL_SIZE - 1);
    CHECK_OK(csv_next(&r, &f), &f);
    ck_assert_uint_eq(r.cell.length, 255);
    r = csv_start(NAME, (const uint8_t *)text, CSV_CELL_SIZE);
    check_failed(csv_next(&r, &f), &f, NAME, "too long", NULL);
}
END_TEST

/* Never fewer rows than there are, and never more than the bytes have room for. */
START_TEST(the_number_of_rows_is_bounded)
{
    for (size_t n_rows = 1; n_rows < 40; n_rows++) {
        for (size_t n_cells = 1; n_cells < 5; n_cells++) {
            char text[400] = "";
            for (size_t i = 0; i < n_rows * n_cells; i++)
                (void)strcat(text, (i + 1) % n_cells ? "1," : i + 1 < n_rows * n_cells ? "1\n" : "1");
            const csv_reader r = start(text);
            ck_assert_uint_ge(csv_max_rows(&r, n_cells), n_rows);
            ck_assert_uint_le(csv_max_rows(&r, n_cells), strlen(text) / (2 * n_cells) + 1);
        }
    }
    const csv_reader lines = start("\n\n\n\n\n\n\n\n");
    ck_assert_uint_le(csv_max_rows(&lines, 4), 2);
}
END_TEST

int main(void)
{
    return SUITE_RUN("csv", the_same_cells_in_several_spellings, written_cells_are_read, numbers_are_decimal,
                     bad_cells_are_refused_with_their_place, a_cell_holds_255_characters,
                     the_number_of_rows_is_bounded);
}
