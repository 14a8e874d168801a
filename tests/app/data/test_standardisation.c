/* Tables as data sets: columns on a common scale, and rows held out. */
#include <stdlib.h>
#include <string.h>

#include "data/standardisation.h"
#include "data/table.h"
#include "support_app/scratch.h"

static const table_format last_column = {.label = NULL};

static dataset loaded(const char *text)
{
    const char *path = scratch_path("%s", "table.csv");
    dataset data = {0};
    failure f = {""};
    file_put(path, text, strlen(text));
    CHECK_OK(table_load(path, &last_column, &data, &f), &f);
    return data;
}

START_TEST(columns_are_brought_to_mean_0_and_deviation_1)
{
    dataset data = loaded("1,0.1,5,a\n3,0.1,5,b\n5,0.1,7,a\n");
    ck_assert(data.n_samples == 3 && data.n_rows == 1 && data.n_columns == 3 && data.n_classes == 2);
    column_scale *scales = NULL;
    failure f = {""};
    CHECK_OK(dataset_standardise(&data, 2, &scales, &f), &f); /* the third row is held out */
    ck_assert(scales[0].mean == 2 && scales[0].unit == 1);
    ck_assert(scales[1].mean == 0.1 && scales[1].unit == 1 && scales[2].mean == 5 && scales[2].unit == 1);
    static const double expected[] = {-1, 0, 0, 1, 0, 0, 3, 0, 2};
    ck_assert_mem_eq(data.values, expected, sizeof expected);
    free(scales);
    dataset_destroy(&data);
}
END_TEST

START_TEST(a_row_too_far_from_the_others_is_refused)
{
    dataset data = loaded("1,a\n3,b\n1e30,a\n");
    column_scale *scales = NULL;
    failure f = {""};
    check_failed(dataset_standardise(&data, 2, &scales, &f), &f, data.images_path, "is too far from the others",
                 NULL);
    ck_assert_ptr_null(scales);
    dataset_destroy(&data);
}
END_TEST

START_TEST(held_out_rows_are_moved_with_their_labels)
{
    dataset data = loaded("0,10,a\n1,11,b\n2,12,a\n3,13,b\n4,14,a\n5,15,b\n");
    failure f = {""};
    const uint64_t before = dataset_digest(&data);
    CHECK_OK(dataset_hold_out(&data, 2, 1, &f), &f);
    bool seen[6] = {false};
    for (size_t i = 0; i < 6; i++) {
        const size_t row = (size_t)data.values[2 * i];
        ck_assert(row < 6 && !seen[row] && data.values[2 * i + 1] == (double)(row + 10) &&
                  data.labels[i] == row % 2);
        seen[row] = true;
    }
    ck_assert(data.labels[4] != data.labels[5]);
    ck_assert(dataset_digest(&data) != before);
    dataset_destroy(&data);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("standardisation", columns_are_brought_to_mean_0_and_deviation_1,
                         a_row_too_far_from_the_others_is_refused, held_out_rows_are_moved_with_their_labels);
}
