/* The maps that take their input as it is: the pixels of images, and the columns of tables. */
#include "features/features.h"

const feature_map feature_map_pixels = {
    .name = "pixels",
    .summary = "the pixels as they are",
    .input = "pixels divided by 255",
    .type = SM_U8,
    .unit = 1.0 / 255,
};

static status count_columns(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
{
    (void)values;
    if (n_rows != 1)
        return fail(f, "images of %zu x %zu pixels, expected one row for columns", n_columns, n_rows);
    *n_features = n_columns;
    return STATUS_OK;
}

const feature_map feature_map_columns = {
    .name = "columns",
    .summary = "the columns of a table, which takes no other map",
    .input = "the columns of a table",
    .type = SM_F64,
    .count = count_columns,
};
