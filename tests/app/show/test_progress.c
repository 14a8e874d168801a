/* The line that shows the progress of training. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "show/progress.h"
#include "support/suite.h"

/* The text that progress_print prints; text [size]. */
static void progress_to(bool by_epoch, const history_row *row, double seconds_left, bool is_terminal, char *text,
                        size_t size)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    progress_print(file, is_terminal, by_epoch, row, seconds_left);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(progress_tells_what_is_known)
{
    char text[4096] = "";
    const history_row row = {.number = 3,
                             .objective = 0.5,
                             .gradient_norm = (double)NAN,
                             .training_accuracy = 0.25,
                             .validation_accuracy = 0.125};
    progress_to(true, &row, 2, false, text, sizeof text);
    ck_assert_str_eq(text, "epoch 3  loss 0.50000  training 25.00 %  validation 12.50 %\n");
    progress_to(true, &row, 2, true, text, sizeof text);
    ck_assert_str_eq(text, "\repoch 3  loss 0.50000  training 25.00 %  validation 12.50 %  2.0 s left\033[K");
}
END_TEST

START_TEST(progress_has_room_for_any_number)
{
    char text[4096] = "";
    const double most = -1.7e308;
    const history_row row = {1e18, most, most, 0, 1e306, 1e306, 0, 0};
    progress_to(false, &row, -most, false, text, sizeof text);
    ck_assert_uint_gt(strlen(text), 600);
    ck_assert_ptr_nonnull(strstr(text, "validation"));
    ck_assert_ptr_nonnull(strstr(text, "  loss -1.7e+308  ")); /* nobody reads 300 digits */
}
END_TEST

START_TEST(progress_on_a_terminal_never_wraps)
{
    char text[4096] = "";
    history_row row = {1000, 0.25, 1e-4, 1e-3, 0.925, 0.91, 0.3, 60};
    progress_to(false, &row, 3600, true, text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "3600 s left"));
    ck_assert_uint_lt(strlen(text), 80 + strlen("\r\033[K"));
    row.training_accuracy = 1e306;
    progress_to(false, &row, 3600, true, text, sizeof text);
    ck_assert_uint_eq(strlen(text), 79 + strlen("\r\033[K"));
}
END_TEST

int main(void)
{
    return SUITE_RUN("progress", progress_tells_what_is_known, progress_has_room_for_any_number,
                     progress_on_a_terminal_never_wraps);
}
