/*
 * The inner loops over a block of samples, one table of functions for each instruction set. Private to the
 * library. Every table gives the same bits: the order of each sum is part of the contract below, every
 * multiply-add is fused, and exp and log are those of elementary.h.
 *
 * Classes lie in lanes: n_lanes is K rounded up to a multiple of SM_LANES, and the lanes beyond K hold
 * zeros in weights and bias, so that a row of scores is a whole number of vectors.
 */
#ifndef SM_KERNELS_H
#define SM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SM_LANES = 16 };

/* How many partial sums a score is added up in, see scores below. */
enum { SM_PARTIAL_SUMS = 4 };

/* The features of one sample: either floats, all n of them, or the n bytes that are not 0 and where they
 * stand. */
typedef struct sm_row {
    const float *floats;     /* [n], NULL for bytes */
    const uint8_t *bytes;    /* [n], none of them 0; SM_LANES more may be read, of any value */
    const uint16_t *columns; /* [n], the feature that each byte is, increasing */
    size_t n;
} sm_row;

typedef struct sm_kernels {
    const char *name;

    /* scores [n_rows, n_lanes] = bias [n_lanes] + rows * weights [D, n_lanes].
     * The i-th value of a row goes to partial sum i % 4, in order, by fma; partial sum 0 starts from the
     * bias and the others from 0; the score is (p0 + p1) + (p2 + p3). */
    void (*scores)(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *weights, const float *bias,
                   float *scores);

    /* Makes probabilities of scores [n_rows, n_lanes] in place, row by row: exp(a - max a) over the sum of
     * these from class 0 up, by the reciprocal of that sum; lanes beyond n_classes become 0. Says for each
     * row the class of the highest score (the lowest of equal ones) and, unless labels is NULL, the loss
     * log(sum) + (max a - a_label). The arrays must have room for n_rows rounded up to SM_LANES rows. */
    void (*softmax)(size_t n_rows, size_t n_classes, size_t n_lanes, const uint8_t *labels, float *scores,
                    uint8_t *predictions, float *losses);

    /* gradient [D, n_lanes] += rows' * residuals [n_rows, n_lanes], row by row, by fma. */
    void (*gradient)(size_t n_rows, const sm_row *rows, size_t n_lanes, const float *residuals, float *gradient);

    /* sums [n] += values [n], taking the sums for 0 if these are the first; and values = 0. */
    void (*flush)(size_t n, bool is_first, float *values, double *sums);

    /* Dense vectors, for the factors of the Hessian's blocks. n and stride are multiples of SM_LANES. */

    /* y [n] += factor * x [n], by fma. */
    void (*add_scaled)(size_t n, float factor, const float *x, float *y);

    /* The sum of x_i y_i, where product i goes to partial sum i % 16, in order, by fma; sums a distance of
     * 8, then 4, 2 and 1 apart are added. */
    float (*dot)(size_t n, const float *x, const float *y);

    /* SM_OUTER_ROWS rows of a Gram matrix: for i below SM_OUTER_ROWS and all j from `column`, rounded down
     * to a multiple of SM_LANES, to stride - 1:
     *   matrix[column + i, j] += sum_n (sign rows[n][column + i]) rows[n][j], in the order of n, by fma.
     * matrix is [.., stride]; column is a multiple of SM_OUTER_ROWS, sign is 1 or -1. */
    void (*outer)(size_t n_rows, const float *const *rows, float sign, size_t column, size_t stride, float *matrix);
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
