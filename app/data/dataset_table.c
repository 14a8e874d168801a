/* A table as a data set: its rows are samples, with values in the place of pixels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"

status dataset_load_table(const char *path, const table_format *format, dataset *data, failure *f)
{
    table t;
    const status result = table_read(path, format, &t, f);
    if (result != STATUS_OK)
        return result;
    dataset loaded = {
        .n_samples = t.n_rows,
        .n_rows = 1,
        .n_columns = t.n_columns,
        .n_classes = t.names ? t.names->n : 0,
        .values = t.values,
        .labels = t.labels,
        .names = t.names,
        .classes = {t.labels, t.n_rows},
        .images_path = strdup(path),
        .labels_path = strdup(path),
    };
    if (!loaded.images_path || !loaded.labels_path) {
        dataset_destroy(&loaded);
        return fail_memory(f);
    }
    *data = loaded;
    return STATUS_OK;
}

/* A model's weight for a column as it stands is that for the standardized one, divided by the deviation: no less
 * than this keeps it from growing beyond what a float can be. */
static const double LEAST_DEVIATION = 1e-30;

/* How many deviations a value may be from the mean; among those that they were measured of, none is further than
 * the root of their number. */
static const double FURTHEST = 1e9;

/* The means and deviations of the columns over the first n samples. Sums are those of distances to the first
 * sample, so that a column of equal values deviates by 0. */
static void measure_columns(const dataset *data, size_t n, column_scale *scales)
{
    const size_t n_columns = data->n_columns;
    const float *first = data->values;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < n_columns; d++)
            scales[d].mean += ((double)data->values[i * n_columns + d] - (double)first[d]) / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < n_columns; d++) {
            const double difference = (double)data->values[i * n_columns + d] - (double)first[d] - scales[d].mean;
            scales[d].unit += difference * difference / (double)n;
        }
    for (size_t d = 0; d < n_columns; d++) {
        const double deviation = sqrt(scales[d].unit);
        const bool is_constant = !(deviation > LEAST_DEVIATION);
        scales[d] = (column_scale){(double)first[d] + scales[d].mean, is_constant ? 1 : deviation, is_constant};
    }
}

static status standardize_row(const dataset *data, const column_scale *scales, float *row, failure *f)
{
    for (size_t d = 0; d < data->n_columns; d++) {
        const double value = ((double)row[d] - scales[d].mean) / scales[d].unit;
        if (!(fabs(value) <= FURTHEST))
            return fail(f,
                        "%s: column %zu of the features: %g, which is held out, is too far from the others: mean "
                        "%g, deviation %g",
                        data->images_path, d + 1, (double)row[d], scales[d].mean, scales[d].unit);
        row[d] = (float)value;
    }
    return STATUS_OK;
}

status dataset_standardize(dataset *data, size_t n, column_scale **scales, failure *f)
{
    column_scale *made = calloc(data->n_columns, sizeof *made);
    if (!made)
        return fail_memory(f);
    status result = STATUS_OK;
    measure_columns(data, n, made);
    for (size_t i = 0; result == STATUS_OK && i < data->n_samples; i++)
        result = standardize_row(data, made, data->values + i * data->n_columns, f);
    if (result == STATUS_OK)
        *scales = made;
    else
        free(made);
    return result;
}
