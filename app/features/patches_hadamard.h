/*
 * The responses of the filters to patches by fast Walsh-Hadamard transforms of 16-bit integers, and their pooling down, for
 * the inner loops of the map of patches.
 *
 * A lane is a patch, two patches even: the low half of its integer is for a row of patches, the high half for the row below
 * (lane_shorts.h). So the same point of these patches is a piece of a row of the points, wherever the transform takes it. Sums
 * and differences of 512 vectors are made in three passes of four, three and two steps, which keep 16, 8 and 4 vectors in
 * registers; the last pass also squares and pools. The 9 bits of a place belong to these passes, highest first:
 *
 *   points --normalise, transform 16--> blocks [16][pairs of rows][32] --transform 8, in place; transform 4--> responses
 *
 * The last two passes take a block at a time, which stays in the first-level cache.
 *
 * No sum exceeds 16 bits: all sums of the passes are sums of numbers sign_i y_i, each at most once. As scales are rounded
 * down, |y_i| <= 1600 Y_i / (|Y| + 3276.8) + 1/2. The sum of these over the 325 points is at most
 * 1600 sqrt(325) + 325/2 = 29007 by Cauchy-Schwarz, which is below 2^15. The sum of two squares is below 2^31.
 */
#pragma once

#include "features/lane_shorts.h"
#include "features/patches.h"

enum { QUAD = 4, BLOCK = PATCHES_SIGNS, N_BLOCKS = PATCHES_ORDER / BLOCK };

static inline void butterfly(lane_shorts *a, lane_shorts *b)
{
    const lane_shorts sum = *a + *b;
    *b = *a - *b;
    *a = sum;
}

static inline void transform_4(lane_shorts x[4])
{
    butterfly(&x[0], &x[2]);
    butterfly(&x[1], &x[3]);
    butterfly(&x[0], &x[1]);
    butterfly(&x[2], &x[3]);
}

static inline void transform_8(lane_shorts x[8])
{
    for (size_t i = 0; i < 4; i++)
        butterfly(&x[i], &x[i + 4]);
    transform_4(x);
    transform_4(x + 4);
}

/* From a block of 32 places, of all pairs of rows, to the next. The odd vector keeps blocks in different sets of a cache. */
static size_t block_size(const patches *p)
{
    return p->n_pairs * BLOCK + 1;
}

/* The first pass, for the patches that start at the first of these points: a vector of each of the first n_blocks blocks, and
 * of those up to the next multiple of 4, for each 16 places. */
static void spread_points(const patches *p, const patches_filters *filters, const int32_t *points,
                          lane_shorts scale, size_t n_blocks, lane_shorts *blocks)
{
    const size_t step = block_size(p);
    for (size_t i = 0; i < BLOCK; i++) {
        const uint32_t *at = filters->points + i;
        const lane_shorts signed_scale = filters->signs[i] > 0 ? scale : -scale;
        lane_shorts x[N_BLOCKS];
        for (size_t k = 0; k < N_BLOCKS; k++)
            x[k] = multiply_rounded((lane_shorts)load_integers(points + at[k * BLOCK]), signed_scale);
        for (size_t k = 0; k < 8; k++)
            butterfly(&x[k], &x[k + 8]);
        for (size_t k = 0; k < 4; k++) {
            butterfly(&x[k], &x[k + 4]);
            butterfly(&x[k + 8], &x[k + 12]);
        }
        for (size_t first = 0; first < n_blocks; first += QUAD) {
            transform_4(x + first);
            for (size_t k = first; k < first + QUAD; k++)
                blocks[k * step + i] = x[k];
        }
    }
}

/* The second pass, in place, for a block of a pair of rows. */
static void mix_block(lane_shorts block[BLOCK])
{
    for (size_t i = 0; i < QUAD; i++) {
        lane_shorts x[BLOCK / QUAD];
        for (size_t k = 0; k < BLOCK / QUAD; k++)
            x[k] = block[k * QUAD + i];
        transform_8(x);
        for (size_t k = 0; k < BLOCK / QUAD; k++)
            block[k * QUAD + i] = x[k];
    }
}

/* The sums of squares of the responses of 4 filters to pairs of patches, after the last pass. */
static inline void square_quad(const lane_shorts *quad, lane_vector squares[QUAD])
{
    lane_shorts x[QUAD] = {quad[0], quad[1], quad[2], quad[3]};
    transform_4(x);
    for (size_t i = 0; i < QUAD; i++)
        squares[i] = __builtin_convertvector(multiply_pairs(x[i], x[i]), lane_vector);
}

/* The last pass: sums[cell BLOCK + i], the squared responses of 4 filters i, pooled down. Pairs of rows that are as far from the
 * middle are added first, with a weight for the cell in the middle and one for both others, and subtracted, with a weight of
 * opposite sign for both others: weights [n_pairs / 2, rounded up][3]. */
static inline void pool_quad(const float *weights, size_t n_pairs, const lane_shorts *quads, lane_vector *sums)
{
    lane_vector middle[QUAD] = {{0}}, even[QUAD] = {{0}}, odd[QUAD] = {{0}};
    for (size_t pair = 0; pair < n_pairs / 2; pair++, weights += PATCHES_CELLS) {
        lane_vector first[QUAD], last[QUAD];
        square_quad(quads + pair * BLOCK, first);
        square_quad(quads + (n_pairs - 1 - pair) * BLOCK, last);
        for (size_t i = 0; i < QUAD; i++) {
            const lane_vector sum = first[i] + last[i];
            middle[i] += weights[0] * sum;
            even[i] += weights[1] * sum;
            odd[i] += weights[2] * (first[i] - last[i]);
        }
    }
    if (n_pairs % 2 > 0) {
        lane_vector squares[QUAD];
        square_quad(quads + n_pairs / 2 * BLOCK, squares);
        for (size_t i = 0; i < QUAD; i++) {
            middle[i] += weights[0] * squares[i];
            even[i] += weights[1] * squares[i];
        }
    }
    for (size_t i = 0; i < QUAD; i++) {
        sums[i] = even[i] + odd[i];
        sums[BLOCK + i] = middle[i];
        sums[2 * BLOCK + i] = even[i] - odd[i];
    }
}
