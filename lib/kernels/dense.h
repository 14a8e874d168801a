/* Dense vectors and matrices. Private to the files of instruction sets. */
#include "elementary.h"
#include "lanes.h"

static void flush(size_t n, bool is_first, float *values, double *sums)
{
    for (size_t i = 0; i < n; i++) {
        sums[i] = (is_first ? 0 : sums[i]) + (double)values[i];
        values[i] = 0;
    }
}

static void add_scaled(size_t n, float factor, const float *x, float *y)
{
    for (size_t i = 0; i < n; i += VECTOR_LANES)
        store(y + i, multiply_add(splat(factor), load(x + i), load(y + i)));
}

static float dot(size_t n, const float *x, const float *y)
{
    vector sums[N_VECTORS] = {{0}};
    for (size_t i = 0; i < n; i += SM_LANES)
        for (size_t v = 0; v < N_VECTORS; v++)
            sums[v] = multiply_add(load(x + i + v * VECTOR_LANES), load(y + i + v * VECTOR_LANES), sums[v]);
    float partial[SM_LANES];
    memcpy(partial, sums, sizeof partial);
    return sm_sum_lanes(partial);
}

/* outer for n_vectors vectors of columns from j on, whose sums stay in registers over all rows. */
SM_INLINE void outer_vectors(size_t n_rows, const float *const *rows, float sign, size_t column, size_t j,
                             size_t n_vectors, size_t stride, float *matrix)
{
    vector sums[SM_OUTER_ROWS][OUTER_VECTORS], columns[OUTER_VECTORS];
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            sums[i][v] = load(matrix + (column + i) * stride + j + v * VECTOR_LANES);
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t v = 0; v < n_vectors; v++)
            columns[v] = sign * load(rows[n] + j + v * VECTOR_LANES);
        for (size_t i = 0; i < SM_OUTER_ROWS; i++) {
            const vector factor = splat(rows[n][column + i]);
            for (size_t v = 0; v < n_vectors; v++)
                sums[i][v] = multiply_add(factor, columns[v], sums[i][v]);
        }
    }
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            store(matrix + (column + i) * stride + j + v * VECTOR_LANES, sums[i][v]);
}

/* outer for a sign that the compiler knows. */
SM_INLINE void outer_columns(size_t n_rows, const float *const *rows, float sign, size_t column, size_t begin,
                             size_t end, size_t stride, float *matrix)
{
    size_t j = begin;
    for (; j + OUTER_VECTORS * VECTOR_LANES <= end; j += OUTER_VECTORS * VECTOR_LANES)
        outer_vectors(n_rows, rows, sign, column, j, OUTER_VECTORS, stride, matrix);
    for (; j < end; j += VECTOR_LANES)
        outer_vectors(n_rows, rows, sign, column, j, 1, stride, matrix);
}

/* A multiplication by the sign in the inner loop would take a fifth longer, so each call has a constant one. */
static void outer(size_t n_rows, const float *const *rows, float sign, size_t column, size_t begin, size_t end,
                  size_t stride, float *matrix)
{
    if (sign > 0)
        outer_columns(n_rows, rows, 1, column, begin, end, stride, matrix);
    else
        outer_columns(n_rows, rows, -1, column, begin, end, stride, matrix);
}
