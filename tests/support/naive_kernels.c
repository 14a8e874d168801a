/* The kernels exactly as their contract says, value by value. */
#include "support/naive_kernels.h"

#include <math.h>

#include "kernels/elementary.h"
#include "kernels/half.h"

static float value_of(const sm_row *row, size_t i)
{
    if (row->bytes)
        return (float)row->bytes[i];
    return row->floats ? row->floats[i] : sm_float_from_half(row->halves[i]);
}

static bool has_chunk(const sm_row *row, size_t chunk)
{
    return row->chunks[chunk / SM_WORD_CHUNKS] >> chunk % SM_WORD_CHUNKS & 1;
}

/* The contribution of one word of chunks to the score of one class. */
static float score_of_word(const sm_shape *shape, const sm_row *row, size_t word, const float *class_weights)
{
    float partial[SM_LANES] = {0};
    for (size_t c = word * SM_WORD_CHUNKS; c < (word + 1) * SM_WORD_CHUNKS && c < shape->n_chunks; c++)
        for (size_t j = 0; has_chunk(row, c) && j < SM_LANES; j++)
            partial[j] = fmaf(value_of(row, c * SM_LANES + j), class_weights[c * shape->n_classes * SM_LANES + j],
                              partial[j]);
    return sm_sum_lanes(partial);
}

static void scores(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *weights,
                   const float *bias, float *scores_out)
{
    for (size_t n = 0; n < n_rows; n++) {
        float *score = scores_out + n * shape->n_lanes;
        for (size_t k = 0; k < shape->n_lanes; k++)
            score[k] = bias[k] + 0.0f; /* avoids -0 */
        for (size_t word = 0; word < shape->n_words; word++)
            for (size_t k = 0; k < shape->n_classes; k++)
                score[k] += score_of_word(shape, &rows[n], word, weights + k * SM_LANES);
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

static void gradient(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *residuals,
                     float *gradient_sum)
{
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t c = 0; c < shape->n_chunks; c++) {
            for (size_t i = 0; has_chunk(&rows[n], c) && i < shape->n_classes * SM_LANES; i++) {
                const float residual = residuals[n * shape->n_lanes + i / SM_LANES];
                float *sum = gradient_sum + c * shape->n_classes * SM_LANES + i;
                *sum = fmaf(value_of(&rows[n], c * SM_LANES + i % SM_LANES), residual, *sum);
            }
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

static void outer(size_t n_rows, const float *const *rows, float sign, size_t column, size_t begin, size_t end,
                  size_t stride, float *matrix)
{
    for (size_t n = 0; n < n_rows; n++)
        for (size_t i = column; i < column + SM_OUTER_ROWS; i++)
            for (size_t j = begin; j < end; j++)
                matrix[i * stride + j] = fmaf(sign * rows[n][i], rows[n][j], matrix[i * stride + j]);
}

static void double_scores(const sm_double_shape *shape, size_t n_rows, const double *rows, const double *weights,
                          double *scores_out)
{
    for (size_t i = 0; i < n_rows * shape->n_classes; i++) {
        const size_t n = i / shape->n_classes, k = i % shape->n_classes;
        double partial[SM_DOUBLE_LANES] = {0};
        for (size_t j = 0; j < shape->stride; j++)
            partial[j % SM_DOUBLE_LANES] += rows[n * shape->stride + j] * weights[k * shape->stride + j];
        for (size_t distance = SM_DOUBLE_LANES / 2; distance > 0; distance /= 2)
            for (size_t j = 0; j < distance; j++)
                partial[j] += partial[j + distance];
        scores_out[i] = partial[0];
    }
}

static void double_gradient(const sm_double_shape *shape, size_t n_rows, const double *rows,
                            const double *residuals, double *gradient_sum)
{
    for (size_t i = 0; i < shape->n_classes * shape->stride; i++) {
        const size_t k = i / shape->stride, j = i % shape->stride;
        double sum = 0;
        for (size_t n = 0; n < n_rows; n++)
            sum += rows[n * shape->stride + j] * residuals[n * shape->n_classes + k];
        gradient_sum[i] += sum;
    }
}

static void double_outer(size_t n_rows, const double *rows, const double *factors, size_t column, size_t stride,
                         double *matrix)
{
    for (size_t i = column; i < column + SM_OUTER_ROWS; i++)
        for (size_t j = column / SM_DOUBLE_LANES * SM_DOUBLE_LANES; j < stride; j++)
            for (size_t n = 0; n < n_rows; n++)
                matrix[i * stride + j] += (factors[n] * rows[n * stride + i]) * rows[n * stride + j];
}

const sm_kernels naive_kernels = {
    .name = "naive",
    .scores = scores,
    .softmax = softmax,
    .gradient = gradient,
    .flush = flush,
    .add_scaled = add_scaled,
    .dot = dot,
    .outer = outer,
    .double_scores = double_scores,
    .double_gradient = double_gradient,
    .double_outer = double_outer,
};
