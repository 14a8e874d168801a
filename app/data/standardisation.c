#include "data/standardisation.h"

#include <math.h>
#include <stdlib.h>

/* A value may be this many deviations from the mean. Those that were averaged are at most the square root of their
 * number away. */
static const double MAX_DEVIATIONS = 1e9;

/* The means and deviations of the columns over the first n samples. Differences from the first sample are summed,
 * so that the deviation of equal values is 0. */
static void measure_columns(const dataset *data, size_t n, column_scale *scales)
{
    const size_t n_columns = data->n_columns;
    const double *first = data->values;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < n_columns; d++)
            scales[d].mean += (data->values[i * n_columns + d] - first[d]) / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < n_columns; d++) {
            const double difference = data->values[i * n_columns + d] - first[d] - scales[d].mean;
            scales[d].unit += difference * difference / (double)n;
        }
    for (size_t d = 0; d < n_columns; d++) {
        const double deviation = sqrt(scales[d].unit);
        const bool is_constant = !(deviation > MIN_DEVIATION);
        scales[d] = (column_scale){first[d] + scales[d].mean, is_constant ? 1 : deviation, is_constant};
    }
}

static status standardise_row(const dataset *data, const column_scale *scales, double *row, failure *f)
{
    for (size_t d = 0; d < data->n_columns; d++) {
        const double value = (row[d] - scales[d].mean) / scales[d].unit;
        if (!(fabs(value) <= MAX_DEVIATIONS))
            return fail(f,
                        "%s: column %zu of the features: %g, which is held out, is too far from the others: mean "
                        "%g, deviation %g",
                        data->images_path, d + 1, row[d], scales[d].mean, scales[d].unit);
        row[d] = value;
    }
    return STATUS_OK;
}

status dataset_standardise(dataset *data, size_t n, column_scale **scales, failure *f)
{
    column_scale *made = calloc(data->n_columns, sizeof *made);
    if (!made)
        return fail_memory(f);
    status result = STATUS_OK;
    measure_columns(data, n, made);
    for (size_t i = 0; result == STATUS_OK && i < data->n_samples; i++)
        result = standardise_row(data, made, data->values + i * data->n_columns, f);
    if (result == STATUS_OK)
        *scales = made;
    else
        free(made);
    return result;
}
