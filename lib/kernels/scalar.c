/* The kernels in plain C: what the others must agree with, bit for bit. */
#include "kernels.h"

#include <math.h>

#include "elementary.h"

static float value_of(const sm_row *row, size_t i)
{
    return row->floats ? row->floats[i] : (float)row->bytes[i];
}

static size_t column_of(const sm_row *row, size_t i)
{
    return row->floats ? i : row->columns[i];
}

static void scores(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *weights, const float *bias,
                   float *scores_out)
{
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t k = 0; k < n_lanes; k++) {
            float partial[SM_PARTIAL_SUMS] = {bias[k]};
            for (size_t i = 0; i < rows[n].n; i++) {
                float *sum = &partial[i % SM_PARTIAL_SUMS];
                *sum = fmaf(value_of(&rows[n], i), weights[column_of(&rows[n], i) * n_lanes + k], *sum);
            }
            scores_out[n * n_lanes + k] = (partial[0] + partial[1]) + (partial[2] + partial[3]);
        }
    }
}

static void softmax(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores_inout,
                    uint8_t *predictions, float *losses)
{
    for (size_t n = 0; n < n_rows; n++) {
        float *row = scores_inout + n * n_lanes;
        size_t best = 0;
        for (size_t k = 1; k < n_classes; k++)
            if (row[k] > row[best])
                best = k;
        const float max = row[best];
        const float label_score = labels ? row[labels[n]] : 0;
        float sum = 0;
        for (size_t k = 0; k < n_classes; k++) {
            row[k] = sm_exp(row[k] - max);
            sum += row[k];
        }
        const float reciprocal = 1.0f / sum;
        for (size_t k = 0; k < n_classes; k++)
            row[k] *= reciprocal;
        for (size_t k = n_classes; k < n_lanes; k++)
            row[k] = 0;
        predictions[n] = (uint8_t)best;
        if (labels)
            losses[n] = sm_log(sum) + (max - label_score);
    }
}

static void gradient(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *residuals, float *gradient_sum)
{
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t i = 0; i < rows[n].n; i++) {
            const float value = value_of(&rows[n], i);
            float *sum = gradient_sum + column_of(&rows[n], i) * n_lanes;
            for (size_t k = 0; k < n_lanes; k++)
                sum[k] = fmaf(value, residuals[n * n_lanes + k], sum[k]);
        }
    }
}

static void flush(size_t n, bool is_first, float *values, double *sums)
{
    for (size_t i = 0; i < n; i++) {
        sums[i] = (is_first ? 0 : sums[i]) + (double)values[i];
        values[i] = 0;
    }
}

static void add_scaled(size_t n, float factor, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = fmaf(factor, x[i], y[i]);
}

static float dot(size_t n, const float *x, const float *y)
{
    float partial[SM_LANES] = {0};
    for (size_t i = 0; i < n; i++)
        partial[i % SM_LANES] = fmaf(x[i], y[i], partial[i % SM_LANES]);
    return sm_sum_lanes(partial);
}

static void outer(size_t n_rows, const float *const *rows, float sign, size_t column, size_t stride, float *matrix)
{
    for (size_t n = 0; n < n_rows; n++)
        for (size_t i = column; i < column + SM_OUTER_ROWS; i++)
            for (size_t j = column / SM_LANES * SM_LANES; j < stride; j++)
                matrix[i * stride + j] = fmaf(sign * rows[n][i], rows[n][j], matrix[i * stride + j]);
}

const sm_kernels sm_kernels_scalar = {
    .name = "scalar",
    .scores = scores,
    .softmax = softmax,
    .gradient = gradient,
    .flush = flush,
    .add_scaled = add_scaled,
    .dot = dot,
    .outer = outer,
};
