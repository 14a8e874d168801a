/*
 * The inner loops over a block of samples, one table of functions for each instruction set. Private to the
 * library. Every table gives the same bits: the order of each sum is part of the contract below, every
 * multiply-add is fused, and exp and log are those of elementary.h.
 *
 * Features lie in lanes: SM_LANES of them side by side make a chunk, which is what one vector holds, or two
 * or four where vectors are shorter. Pictures are mostly background, so each row comes with a bit for each
 * chunk that holds anything, and the others are left out.
 */
#ifndef SM_KERNELS_H
#define SM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SM_LANES = 16 };

/* Chunks whose bits make up one word. */
enum { SM_WORD_CHUNKS = 64 };

/* What the arrays below are sized by. */
typedef struct sm_shape {
    size_t n_chunks;  /* D over SM_LANES, rounded up */
    size_t n_words;   /* n_chunks over SM_WORD_CHUNKS, rounded up */
    size_t n_classes; /* K */
    size_t n_lanes;   /* from one row of scores to the next: K rounded up to a multiple of SM_LANES */
    size_t n_weights; /* n_chunks * K * SM_LANES */
} sm_shape;

/* Where the weight, or its gradient, of feature d and class k stands among n_weights. */
static inline size_t sm_weight_index(const sm_shape *shape, size_t d, size_t k)
{
    return (d / SM_LANES * shape->n_classes + k) * SM_LANES + d % SM_LANES;
}

/* The features of one sample, [n_chunks * SM_LANES] in one of three forms, the same for all rows of a block; the
 * other two are NULL. */
typedef struct sm_row {
    const float *floats;
    const uint16_t *halves; /* of sm_to_halves */
    const uint8_t *bytes;
    const uint64_t
        *chunks; /* [n_words], bit c % 64 of word c / 64 is 1 unless chunk c is all 0; 0 from n_chunks on */
} sm_row;

typedef struct sm_kernels {
    const char *name;

    /* scores [n_rows, n_lanes] = bias [n_lanes] + rows * weights, where weights is [n_chunks, K, SM_LANES], so
     * that feature 16 c + j of class k is at (c K + k) 16 + j. The sum of a word of chunks: feature j of each
     * chunk goes to partial sum j, chunk after chunk, by fma; partial sums a distance of 8, then 4, 2 and 1
     * apart are added. The sums of the words are added to the bias in order. Weights must be finite; scores
     * must have room for SM_LANES more floats, which may be written. */
    void (*scores)(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *weights,
                   const float *bias, float *scores);

    /* Makes probabilities of scores [n_rows, n_lanes] in place, row by row: exp(a - max a) over the sum of
     * these from class 0 up, by the reciprocal of that sum; lanes beyond n_classes become 0. Says for each
     * row the class of the highest score (the lowest of equal ones) and, unless labels is NULL, the loss
     * log(sum) + (max a - a_label). The arrays must have room for n_rows rounded up to SM_LANES rows. */
    void (*softmax)(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores,
                    uint8_t *predictions, float *losses);

    /* gradient [n_chunks, K, SM_LANES] += rows' * residuals [n_rows, n_lanes], row by row, by fma. */
    void (*gradient)(const sm_shape *shape, size_t n_rows, const sm_row *rows, const float *residuals,
                     float *gradient);

    /* sums [n] += values [n], taking the sums for 0 if these are the first; and values = 0. */
    void (*flush)(size_t n, bool is_first, float *values, double *sums);

    /* Dense vectors, for the factors of the Hessian's blocks. n and stride are multiples of SM_LANES. */

    /* y [n] += factor * x [n], by fma. */
    void (*add_scaled)(size_t n, float factor, const float *x, float *y);

    /* The sum of x_i y_i, where product i goes to partial sum i % 16, in order, by fma; sums a distance of
     * 8, then 4, 2 and 1 apart are added. */
    float (*dot)(size_t n, const float *x, const float *y);

    /* SM_OUTER_ROWS rows of a Gram matrix: for i below SM_OUTER_ROWS and all j from begin to end - 1
     *   matrix[column + i, j] += sum_n (sign rows[n][column + i]) rows[n][j], in the order of n, by fma.
     * matrix is [.., stride]; column is a multiple of SM_OUTER_ROWS, begin and end of SM_LANES, sign is 1 or -1. */
    void (*outer)(size_t n_rows, const float *const *rows, float sign, size_t column, size_t begin, size_t end,
                  size_t stride, float *matrix);
} sm_kernels;

enum { SM_OUTER_ROWS = 4 };

/* Plain C, the reference for all the others. */
extern const sm_kernels sm_kernels_scalar;

/* Present where the build defines SM_HAVE_X86 or SM_HAVE_NEON. */
extern const sm_kernels sm_kernels_avx512, sm_kernels_avx2, sm_kernels_neon;

/* The kernels of this name, or the fastest where it is NULL; NULL if this machine or this build has none of
 * that name. */
const sm_kernels *sm_kernels_find(const char *name);

#endif
