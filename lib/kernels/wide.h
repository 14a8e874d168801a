/*
 * The kernels over vectors of 16 floats. Private to the library. An instruction set's file defines the type
 * `lanes` and its operations (splat, load, load_bytes, store, add, subtract, multiply, divide, multiply_add,
 * greater, choose, power_of_two, transpose), OUTER_VECTORS and GRADIENT_GROUP, includes this, and names the
 * functions in its table.
 */
#include <stdbool.h>

#include "elementary.h"
#include "kernels.h"

/* Bytes of a row that are made floats ahead of their use; a multiple of SM_LANES and of SM_PARTIAL_SUMS. */
enum { CHUNK = 256 };

/* Makes floats of up to CHUNK bytes, in whole vectors. */
static inline void unpack(size_t n, const uint8_t *bytes, float *values)
{
    for (size_t i = 0; i < n; i += SM_LANES)
        store(values + i, load_bytes(bytes + i));
}

static inline lanes sum_partials(const lanes *partial)
{
    return add(add(partial[0], partial[1]), add(partial[2], partial[3]));
}

/* Adds values [n] times their rows of weights to the partial sums; n is below CHUNK only at a row's end. */
static inline void add_to_score(size_t n, const float *values, const uint16_t *columns, size_t n_lanes,
                                const float *weights, lanes *partial)
{
    size_t i = 0;
    for (; i + SM_PARTIAL_SUMS <= n; i += SM_PARTIAL_SUMS)
        for (size_t j = 0; j < SM_PARTIAL_SUMS; j++)
            partial[j] = multiply_add(splat(values[i + j]), load(weights + columns[i + j] * n_lanes), partial[j]);
    /* With constant indices the sums can stay in registers. */
    for (size_t j = 0; j < SM_PARTIAL_SUMS - 1; j++)
        if (i + j < n)
            partial[j] = multiply_add(splat(values[i + j]), load(weights + columns[i + j] * n_lanes), partial[j]);
}

/* The scores of one row for the 16 classes whose weights start at `weights`. */
static inline lanes score_bytes(const sm_row *row, size_t n_lanes, const float *weights, lanes bias)
{
    lanes partial[SM_PARTIAL_SUMS] = {bias, splat(0), splat(0), splat(0)};
    for (size_t i = 0; i < row->n; i += CHUNK) {
        const size_t left = row->n - i, n = left < CHUNK ? left : CHUNK;
        float values[CHUNK];
        unpack(n, row->bytes + i, values);
        add_to_score(n, values, row->columns + i, n_lanes, weights, partial);
    }
    return sum_partials(partial);
}

static inline lanes score_floats(const sm_row *row, size_t n_lanes, const float *weights, lanes bias)
{
    lanes partial[SM_PARTIAL_SUMS] = {bias, splat(0), splat(0), splat(0)};
    size_t i = 0;
    for (; i + SM_PARTIAL_SUMS <= row->n; i += SM_PARTIAL_SUMS)
        for (size_t j = 0; j < SM_PARTIAL_SUMS; j++)
            partial[j] = multiply_add(splat(row->floats[i + j]), load(weights + (i + j) * n_lanes), partial[j]);
    for (size_t j = 0; i < row->n; i++, j++)
        partial[j] = multiply_add(splat(row->floats[i]), load(weights + i * n_lanes), partial[j]);
    return sum_partials(partial);
}

static inline void scores_of(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *weights,
                             const float *bias, float *scores_out)
{
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t k = 0; k < n_lanes; k += SM_LANES) {
            const lanes score = rows[n].floats ? score_floats(&rows[n], n_lanes, weights + k, load(bias + k))
                                               : score_bytes(&rows[n], n_lanes, weights + k, load(bias + k));
            store(scores_out + n * n_lanes + k, score);
        }
    }
}

static void scores(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *weights, const float *bias,
                   float *scores_out)
{
    /* The same twice: with 16 lanes known, addresses are a shift. */
    if (n_lanes == SM_LANES)
        scores_of(n_rows, rows, SM_LANES, weights, bias, scores_out);
    else
        scores_of(n_rows, rows, n_lanes, weights, bias, scores_out);
}

/* Adds values [n] times a residual to their rows of the gradient. The columns of a row all differ, so a
 * group of them may be loaded before the first is stored. */
static inline void add_bytes(size_t n, const float *values, const uint16_t *columns, size_t n_lanes, lanes residual,
                             float *gradient_sum)
{
    size_t i = 0;
    for (; i + GRADIENT_GROUP <= n; i += GRADIENT_GROUP) {
        lanes sums[GRADIENT_GROUP];
        for (size_t j = 0; j < GRADIENT_GROUP; j++)
            sums[j] = multiply_add(splat(values[i + j]), residual, load(gradient_sum + columns[i + j] * n_lanes));
        for (size_t j = 0; j < GRADIENT_GROUP; j++)
            store(gradient_sum + columns[i + j] * n_lanes, sums[j]);
    }
    for (; i < n; i++) {
        float *sum = gradient_sum + columns[i] * n_lanes;
        store(sum, multiply_add(splat(values[i]), residual, load(sum)));
    }
}

static inline void add_row(const sm_row *row, size_t n_lanes, lanes residual, float *gradient_sum)
{
    for (size_t i = 0; row->bytes && i < row->n; i += CHUNK) {
        const size_t left = row->n - i, n = left < CHUNK ? left : CHUNK;
        float values[CHUNK];
        unpack(n, row->bytes + i, values);
        add_bytes(n, values, row->columns + i, n_lanes, residual, gradient_sum);
    }
    for (size_t i = 0; row->floats && i < row->n; i++) {
        float *sum = gradient_sum + i * n_lanes;
        store(sum, multiply_add(splat(row->floats[i]), residual, load(sum)));
    }
}

static inline void gradient_of(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *residuals,
                               float *gradient_sum)
{
    for (size_t n = 0; n < n_rows; n++)
        for (size_t k = 0; k < n_lanes; k += SM_LANES)
            add_row(&rows[n], n_lanes, load(residuals + n * n_lanes + k), gradient_sum + k);
}

static void gradient(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *residuals, float *gradient_sum)
{
    if (n_lanes == SM_LANES)
        gradient_of(n_rows, rows, SM_LANES, residuals, gradient_sum);
    else
        gradient_of(n_rows, rows, n_lanes, residuals, gradient_sum);
}

/* sm_exp in every lane */
static inline lanes exp_lanes(lanes x)
{
    const lanes shifted = multiply_add(x, splat(SM_LOG2_E), splat(SM_ROUND_MAGIC));
    const lanes n = subtract(shifted, splat(SM_ROUND_MAGIC));
    lanes r = multiply_add(n, splat(-SM_LN2_HIGH), x);
    r = multiply_add(n, splat(-SM_LN2_LOW), r);
    lanes q = multiply_add(r, splat(SM_E4), splat(SM_E3));
    q = multiply_add(r, q, splat(SM_E2));
    q = multiply_add(r, q, splat(SM_E1));
    q = multiply_add(r, q, splat(SM_E0));
    q = multiply_add(multiply(r, r), q, r);
    const lanes power = power_of_two(shifted);
    return choose(greater(splat(SM_EXP_LOWEST), x), splat(0), multiply_add(q, power, power));
}

/* Moves 16 rows of up to 16 classes between the rows' form, a row a sample, and the columns', a vector a
 * class with a sample a lane. */
static inline void load_columns(const float *rows, size_t n_lanes, lanes *columns)
{
    for (size_t i = 0; i < SM_LANES; i++)
        columns[i] = load(rows + i * n_lanes);
    transpose(columns);
}

static inline void store_columns(lanes *columns, size_t n_lanes, float *rows)
{
    transpose(columns);
    for (size_t i = 0; i < SM_LANES; i++)
        store(rows + i * n_lanes, columns[i]);
}

/* Softmax of 16 samples, a lane each; see sm_kernels. */
static inline void softmax_16(size_t n_classes, size_t n_lanes, float *rows, float *best_out, float *max_out,
                              float *sum_out)
{
    lanes columns[SM_LANES];
    lanes max = splat(0), best = splat(0), sum = splat(0);
    for (size_t k = 0; k < n_classes; k++) {
        if (k % SM_LANES == 0)
            load_columns(rows + k, n_lanes, columns);
        const lanes score = columns[k % SM_LANES];
        max = k == 0 ? score : max;
        best = choose(greater(score, max), splat((float)k), best);
        max = choose(greater(score, max), score, max);
    }
    for (size_t first = 0; first < n_classes; first += SM_LANES) {
        const size_t left = n_classes - first, n = left < SM_LANES ? left : SM_LANES;
        if (n_classes > SM_LANES) /* else they are still there */
            load_columns(rows + first, n_lanes, columns);
        for (size_t k = 0; k < SM_LANES; k++) {
            columns[k] = k < n ? exp_lanes(subtract(columns[k], max)) : splat(0);
            sum = k < n ? add(sum, columns[k]) : sum;
        }
        if (n_classes > SM_LANES)
            store_columns(columns, n_lanes, rows + first);
    }
    const lanes reciprocal = divide(splat(1), sum);
    for (size_t first = 0; first < n_classes; first += SM_LANES) {
        if (n_classes > SM_LANES)
            load_columns(rows + first, n_lanes, columns);
        for (size_t k = 0; k < SM_LANES; k++)
            columns[k] = multiply(columns[k], reciprocal);
        store_columns(columns, n_lanes, rows + first);
    }
    store(best_out, best);
    store(max_out, max);
    store(sum_out, sum);
}

static void softmax(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores_inout,
                    uint8_t *predictions, float *losses)
{
    for (size_t first = 0; first < n_rows; first += SM_LANES) {
        const size_t left = n_rows - first, n = left < SM_LANES ? left : SM_LANES;
        float *rows = scores_inout + first * n_lanes;
        float label_scores[SM_LANES], best[SM_LANES], max[SM_LANES], sum[SM_LANES];
        for (size_t i = 0; labels && i < n; i++)
            label_scores[i] = rows[i * n_lanes + labels[first + i]];
        softmax_16(n_classes, n_lanes, rows, best, max, sum);
        for (size_t i = 0; i < n; i++) {
            predictions[first + i] = (uint8_t)best[i];
            if (labels)
                losses[first + i] = sm_log(sum[i]) + (max[i] - label_scores[i]);
        }
    }
}

static void flush(size_t n, bool is_first, float *values, double *sums)
{
    if (is_first) {
        for (size_t i = 0; i < n; i++) {
            sums[i] = 0 + (double)values[i]; /* no -0 */
            values[i] = 0;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sums[i] += (double)values[i];
        values[i] = 0;
    }
}

static void add_scaled(size_t n, float factor, const float *x, float *y)
{
    const lanes f = splat(factor);
    for (size_t i = 0; i < n; i += SM_LANES)
        store(y + i, multiply_add(f, load(x + i), load(y + i)));
}

static float dot(size_t n, const float *x, const float *y)
{
    lanes sum = splat(0);
    for (size_t i = 0; i < n; i += SM_LANES)
        sum = multiply_add(load(x + i), load(y + i), sum);
    float partial[SM_LANES];
    store(partial, sum);
    return sm_sum_lanes(partial);
}

/* A tile of SM_OUTER_ROWS rows and n_vectors (constant, at most OUTER_VECTORS) vectors of columns, kept in
 * registers over all rows. */
static inline void outer_tile(size_t n_rows, const float *const *rows, float sign, size_t column, size_t stride,
                              size_t j, size_t n_vectors, float *matrix)
{
    lanes sums[SM_OUTER_ROWS][OUTER_VECTORS];
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            sums[i][v] = load(matrix + (column + i) * stride + j + v * SM_LANES);
    for (size_t n = 0; n < n_rows; n++) {
        const float *row = rows[n];
        lanes columns[OUTER_VECTORS];
        for (size_t v = 0; v < n_vectors; v++)
            columns[v] = load(row + j + v * SM_LANES);
        for (size_t i = 0; i < SM_OUTER_ROWS; i++) {
            const lanes factor = splat(sign * row[column + i]);
            for (size_t v = 0; v < n_vectors; v++)
                sums[i][v] = multiply_add(factor, columns[v], sums[i][v]);
        }
    }
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            store(matrix + (column + i) * stride + j + v * SM_LANES, sums[i][v]);
}

static void outer(size_t n_rows, const float *const *rows, float sign, size_t column, size_t stride, float *matrix)
{
    size_t j = column / SM_LANES * SM_LANES;
    for (; j + OUTER_VECTORS * SM_LANES <= stride; j += OUTER_VECTORS * SM_LANES)
        outer_tile(n_rows, rows, sign, column, stride, j, OUTER_VECTORS, matrix);
    for (; j < stride; j += SM_LANES)
        outer_tile(n_rows, rows, sign, column, stride, j, 1, matrix);
}
