/*
 * The sums over samples and features in double precision, and those of the dense matrices of Newton's method. Included
 * only by the files of instruction sets.
 *
 * Products and sums are rounded separately here: a fused multiply-add of doubles takes a hundred times as long on a
 * processor that lacks it. SM_DOUBLE_LANES features side by side are one vector, or two or four.
 */
#include "lanes.h"

typedef double double_vector __attribute__((vector_size(VECTOR_LANES * sizeof(float))));

enum {
    DOUBLES = VECTOR_LANES / 2,                   /* in a vector */
    N_DOUBLE_VECTORS = SM_DOUBLE_LANES / DOUBLES, /* that make up SM_DOUBLE_LANES */
    DOUBLE_CLASSES = 4                            /* classes whose sums the registers hold */
};

SM_INLINE double_vector load_doubles(const double *p)
{
    double_vector x;
    memcpy(&x, p, sizeof x);
    return x;
}

SM_INLINE void store_doubles(double *p, double_vector x)
{
    memcpy(p, &x, sizeof x);
}

/* Lanes 4 apart are added, then those 2 and 1 apart. */
SM_INLINE double sum_double_lanes(const double_vector sums[N_DOUBLE_VECTORS])
{
    double lanes[SM_DOUBLE_LANES];
    for (size_t v = 0; v < N_DOUBLE_VECTORS; v++)
        store_doubles(lanes + v * DOUBLES, sums[v]);
    for (size_t distance = SM_DOUBLE_LANES / 2; distance > 0; distance /= 2)
        for (size_t j = 0; j < distance; j++)
            lanes[j] += lanes[j + distance];
    return lanes[0];
}

/* sums[k] = the sum of row * matrix[k], for n_sums rows of the matrix [.., stride]. */
SM_INLINE void dot_doubles(size_t n_sums, size_t stride, const double *row, const double *matrix, double *sums)
{
    double_vector lanes[DOUBLE_CLASSES][N_DOUBLE_VECTORS];
    for (size_t k = 0; k < n_sums; k++)
        for (size_t v = 0; v < N_DOUBLE_VECTORS; v++)
            lanes[k][v] = (double_vector){0};
    for (size_t d = 0; d < stride; d += SM_DOUBLE_LANES) {
        for (size_t v = 0; v < N_DOUBLE_VECTORS; v++) {
            const double_vector x = load_doubles(row + d + v * DOUBLES);
            for (size_t k = 0; k < n_sums; k++)
                lanes[k][v] += x * load_doubles(matrix + k * stride + d + v * DOUBLES);
        }
    }
    for (size_t k = 0; k < n_sums; k++)
        sums[k] = sum_double_lanes(lanes[k]);
}

static void double_scores(const sm_double_shape *shape, size_t n_rows, const double *rows, const double *weights,
                          double *scores_out)
{
    const size_t n_classes = shape->n_classes, stride = shape->stride;
    for (size_t n = 0; n < n_rows; n++) {
        const double *row = rows + n * stride;
        double *row_scores = scores_out + n * n_classes;
        size_t k = 0;
        for (; k + DOUBLE_CLASSES <= n_classes; k += DOUBLE_CLASSES)
            dot_doubles(DOUBLE_CLASSES, stride, row, weights + k * stride, row_scores + k);
        for (; k + 2 <= n_classes; k += 2)
            dot_doubles(2, stride, row, weights + k * stride, row_scores + k);
        if (k < n_classes)
            dot_doubles(1, stride, row, weights + k * stride, row_scores + k);
    }
}

/* Adds the rows, each times its residual of the class, to the gradient of n_sums classes, SM_DOUBLE_LANES features. */
SM_INLINE void add_residuals(const sm_double_shape *shape, size_t n_sums, size_t n_rows, const double *rows,
                             const double *residuals, double *gradient_sum)
{
    double_vector sums[DOUBLE_CLASSES][N_DOUBLE_VECTORS];
    for (size_t k = 0; k < n_sums; k++)
        for (size_t v = 0; v < N_DOUBLE_VECTORS; v++)
            sums[k][v] = (double_vector){0};
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t v = 0; v < N_DOUBLE_VECTORS; v++) {
            const double_vector x = load_doubles(rows + n * shape->stride + v * DOUBLES);
            for (size_t k = 0; k < n_sums; k++)
                sums[k][v] += x * residuals[n * shape->n_classes + k];
        }
    }
    for (size_t k = 0; k < n_sums; k++) {
        for (size_t v = 0; v < N_DOUBLE_VECTORS; v++) {
            double *at = gradient_sum + k * shape->stride + v * DOUBLES;
            store_doubles(at, load_doubles(at) + sums[k][v]);
        }
    }
}

static void double_gradient(const sm_double_shape *shape, size_t n_rows, const double *rows,
                            const double *residuals, double *gradient_sum)
{
    for (size_t d = 0; d < shape->stride; d += SM_DOUBLE_LANES) {
        size_t k = 0;
        for (; k + DOUBLE_CLASSES <= shape->n_classes; k += DOUBLE_CLASSES)
            add_residuals(shape, DOUBLE_CLASSES, n_rows, rows + d, residuals + k,
                          gradient_sum + k * shape->stride + d);
        for (; k < shape->n_classes; k++)
            add_residuals(shape, 1, n_rows, rows + d, residuals + k, gradient_sum + k * shape->stride + d);
    }
}

/* n_vectors vectors of SM_OUTER_ROWS rows of the matrix, from column j. */
SM_INLINE void double_outer_vectors(size_t n_vectors, size_t n_rows, const double *rows, const double *factors,
                                    size_t column, size_t j, size_t stride, double *matrix)
{
    double_vector sums[SM_OUTER_ROWS][N_DOUBLE_VECTORS];
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            sums[i][v] = load_doubles(matrix + (column + i) * stride + j + v * DOUBLES);
    for (size_t n = 0; n < n_rows; n++) {
        const double *row = rows + n * stride;
        for (size_t i = 0; i < SM_OUTER_ROWS; i++) {
            const double factor = factors[n] * row[column + i];
            for (size_t v = 0; v < n_vectors; v++)
                sums[i][v] += factor * load_doubles(row + j + v * DOUBLES);
        }
    }
    for (size_t i = 0; i < SM_OUTER_ROWS; i++)
        for (size_t v = 0; v < n_vectors; v++)
            store_doubles(matrix + (column + i) * stride + j + v * DOUBLES, sums[i][v]);
}

static void double_outer(size_t n_rows, const double *rows, const double *factors, size_t column, size_t stride,
                         double *matrix)
{
    for (size_t j = column / SM_DOUBLE_LANES * SM_DOUBLE_LANES; j < stride; j += SM_DOUBLE_LANES)
        double_outer_vectors(N_DOUBLE_VECTORS, n_rows, rows, factors, column, j, stride, matrix);
}
