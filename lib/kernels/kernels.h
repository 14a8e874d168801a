/*
 * The inner loops over a tile of samples: a table of functions for each instruction set. Private to the library. All
 * tables give the same bits: the contract below fixes the order of each sum, every multiply-add is fused, and exp and
 * log are those of elementary.h.
 *
 * SM_LANES features side by side make a chunk, which is one vector, or two or four where vectors are shorter. Pictures
 * are mostly background, so each row comes with a bit for each chunk that is not all 0, and the others are skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SM_LANES = 16 };

/* Chunks whose bits make up one word. */
enum { SM_WORD_CHUNKS = 64 };

/* The sizes of the arrays below. */
typedef struct sm_shape {
    size_t n_chunks;  /* D over SM_LANES, rounded up */
    size_t n_words;   /* n_chunks over SM_WORD_CHUNKS, rounded up */
    size_t n_classes; /* K */
    size_t n_lanes;   /* from one row of scores to the next: K rounded up to a multiple of SM_LANES */
    size_t n_weights; /* n_chunks * K * SM_LANES */
} sm_shape;

/* The index of the weight of feature d and class k, or of its gradient, among n_weights. */
static inline size_t sm_weight_index(const sm_shape *shape, size_t d, size_t k)
{
    return (d / SM_LANES * shape->n_classes + k) * SM_LANES + d % SM_LANES;
}

/* The features of one sample, [n_chunks * SM_LANES] in one of three forms, the same for all rows of a tile; the
 * other two are NULL. */
typedef struct sm_row {
    const float *floats;
    const uint16_t *halves; /* of sm_to_halves */
    const uint8_t *bytes;
    const uint64_t *chunks; /* [n_words], a bit a chunk: 0 for bytes that are all 0, and from n_chunks on */
} sm_row;

/* Features side by side in double precision, each with a partial sum of its own. */
enum { SM_DOUBLE_LANES = 8 };

/* The sizes of the arrays in double precision. */
typedef struct sm_double_shape {
    size_t n_classes; /* K */
    size_t stride;    /* from one row of features or weights to the next, a multiple of SM_DOUBLE_LANES */
} sm_double_shape;

typedef struct sm_kernels {
    const char *name;

    /* scores [n_rows, n_lanes] = bias [n_lanes] + rows * weights [n_chunks, K, SM_LANES]. Within a word, feature j of
     * each chunk is added to partial sum j, chunk after chunk, by fma; then partial sums 8 apart are added, then those
     * 4, 2 and 1 apart. The sums of the words are added to the bias in order. Weights must be finite; SM_LANES more
     * floats after the scores may be written. */
    void (*scores)(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *weights,
                   const float *bias, float *scores);

    /* Replaces scores [n_rows, n_lanes] by probabilities: exp(a - max a), times the reciprocal of the sum of these
     * from class 0 up; lanes beyond n_classes become 0. predictions [n_rows] are the classes of the highest scores
     * (the lowest of equal ones), and losses [n_rows], unless labels is NULL, log(sum) + (max a - a_label). The
     * arrays must have room for n_rows rounded up to SM_LANES rows. */
    void (*softmax)(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores,
                    uint8_t *predictions, float *losses);

    /* gradient [n_chunks, K, SM_LANES] += rows' * residuals [n_rows, n_lanes], row by row, by fma. */
    void (*gradient)(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *residuals,
                     float *gradient);

    /* sums [n] += values [n], or sums = values if these are the first; then values = 0. */
    void (*flush)(size_t n, bool is_first, float *values, double *sums);

    /* Dense vectors, for the factors of the Hessian's blocks. n and stride are multiples of SM_LANES. */

    /* y [n] += factor * x [n], by fma. */
    void (*add_scaled)(size_t n, float factor, const float *x, float *y);

    /* The sum of x_i y_i: product i is added to partial sum i % 16, in order, by fma; then partial sums 8 apart are
     * added, then those 4, 2 and 1 apart. */
    float (*dot)(size_t n, const float *x, const float *y);

    /* SM_OUTER_ROWS rows of a Gram matrix: for i below SM_OUTER_ROWS and all j from begin to end - 1
     *   matrix[column + i, j] += sum_n (sign rows[n][column + i]) rows[n][j], in the order of n, by fma.
     * matrix is [.., stride]; column is a multiple of SM_OUTER_ROWS, begin and end of SM_LANES, sign is 1 or -1. */
    void (*outer)(size_t n_rows, const float *const *rows, float sign, size_t column, size_t begin, size_t end,
                  size_t stride, float *matrix);

    /* In double precision, each product and sum rounded separately. */

    /* scores [n_rows, K] = rows [n_rows, stride] * weights [K, stride]'. Product j is added to partial sum
     * j % SM_DOUBLE_LANES, in order; then partial sums 4 apart are added, then those 2 and 1 apart. */
    void (*double_scores)(const sm_double_shape *shape, size_t n_rows, const double *rows, const double *weights,
                          double *scores);

    /* gradient [K, stride] += residuals [n_rows, K]' * rows [n_rows, stride], which is summed row by row first. */
    void (*double_gradient)(const sm_double_shape *shape, size_t n_rows, const double *rows,
                            const double *residuals, double *gradient);

    /* SM_OUTER_ROWS rows of a weighted Gram matrix, from the diagonal on: for i below SM_OUTER_ROWS and j from `column`,
     * rounded down to a multiple of SM_DOUBLE_LANES, to stride - 1
     *   matrix[column + i, j] += sum_n (factors[n] rows[n, column + i]) rows[n, j], in the order of n.
     * rows is [n_rows, stride], matrix [.., stride]; column is a multiple of SM_OUTER_ROWS. */
    void (*double_outer)(size_t n_rows, const double *rows, const double *factors, size_t column, size_t stride,
                         double *matrix);
} sm_kernels;

enum { SM_OUTER_ROWS = 4 };

/* For any processor. */
extern const sm_kernels sm_kernels_scalar;

/* Where the build defines SM_HAS_AVX512, SM_HAS_AVX2 or SM_HAS_NEON. */
extern const sm_kernels sm_kernels_avx512, sm_kernels_avx2, sm_kernels_neon;

/* The kernels of this name, or the fastest if it is NULL; NULL if this build or this machine has none of that name. */
const sm_kernels *sm_kernels_find(const char *name);
