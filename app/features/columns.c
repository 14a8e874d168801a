/* The columns of a table, which are features as they stand. */
#include "features/features.h"

static const feature_parameter no_parameters[] = {{0}};

static status count(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f)
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
    .parameters = no_parameters,
    .type = SM_F32,
    .count = count,
};
