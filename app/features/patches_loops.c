/*
 * The inner loops of the map of patches, compiled once for each instruction set; LOOPS is the name of its table.
 *
 *   image --patches_points.h--> points, norms --patches_hadamard.h--> responses pooled down --across--> coefficients
 *
 * Sums of floats are made in the order written here, each in a lane of its own, and those of integers are exact: hence the
 * same bits on every processor.
 */
#include "base/sizes.h"
#include "features/patches_hadamard.h"
#include "features/patches_points.h"
#include "features/patches_slopes.h"

enum { N_POOLED = PATCHES_CELLS * PATCHES_CELLS };

/* The squared responses of a block of filters to N_LANES patches, pooled down. */
typedef lane_vector block_sums[PATCHES_CELLS][BLOCK];

static void find_block(const patches *p, lane_shorts *block, block_sums sums)
{
    for (size_t pair = 0; pair < p->n_pairs; pair++)
        mix_block(block + pair * BLOCK);
    for (size_t i = 0; i < BLOCK; i += QUAD)
        pool_quad(p->pairs_down, p->n_pairs, block + i, sums[0] + i);
}

/* Adds the sums of N_LANES patches to pooled [N_POOLED, PATCHES_ORDER], at the filters of a block, with the weights of these
 * patches, [PATCHES_CELLS, across_pitch]. */
static void pool_across(const patches *p, const float *weights, block_sums sums, float *pooled)
{
    for (size_t first = 0; first < BLOCK; first += N_LANES) {
        for (size_t down = 0; down < PATCHES_CELLS; down++) {
            float *cells = pooled + down * PATCHES_CELLS * PATCHES_ORDER + first;
            lane_vector left = load_lanes(cells), middle = load_lanes(cells + PATCHES_ORDER);
            lane_vector right = load_lanes(cells + 2 * PATCHES_ORDER);
            lane_vector patch[N_LANES]; /* of N_LANES filters, after the transposition */
            for (size_t i = 0; i < N_LANES; i++)
                patch[i] = sums[down][first + i];
            transpose_lanes(patch);
            for (size_t i = 0; i < N_LANES; i++) {
                left += weights[i] * patch[i];
                middle += weights[p->across_pitch + i] * patch[i];
                right += weights[2 * p->across_pitch + i] * patch[i];
            }
            store_lanes(left, cells);
            store_lanes(middle, cells + PATCHES_ORDER);
            store_lanes(right, cells + 2 * PATCHES_ORDER);
        }
    }
}

/* From points to what the transforms take. */
static void pair_points(const patches *p, const patches_workspace *w)
{
    find_norms(p, w);
    find_scales(p, w);
    pair_rows(p, p->n_down * p->grid_pitch, w->scales, w->scale_pairs);
    for (size_t k = 0; k < PATCHES_CHANNELS; k++)
        pair_rows(p, grid_size(p), w->points + k * p->channel_size, w->point_pairs + k * p->channel_size);
}

/* Patches x .. x + N_LANES - 1 of a pair of rows, after the first pass, for n_blocks blocks of filters. */
static void start_pair(const patches *p, const patches_workspace *w, size_t round, size_t x, size_t pair,
                       size_t n_blocks)
{
    const size_t at = 2 * pair * p->grid_pitch + x;
    const lane_shorts scale = (lane_shorts)load_integers(w->scale_pairs + at);
    spread_points(p, &p->filters[round], w->point_pairs + at, scale, n_blocks,
                  (lane_shorts *)w->blocks + pair * BLOCK);
}

/* Patches x .. x + N_LANES - 1 of all rows, to the first n_blocks blocks of a round of filters. */
static void find_patches(const patches *p, const patches_workspace *w, size_t round, size_t x, size_t n_blocks)
{
    lane_shorts *blocks = w->blocks;
    for (size_t pair = 0; pair < p->n_pairs; pair++)
        start_pair(p, w, round, x, pair, n_blocks);
    for (size_t i = 0; i < n_blocks; i++) {
        block_sums sums;
        find_block(p, blocks + i * block_size(p), sums);
        pool_across(p, p->scaled_across + x, sums, w->pooled + i * BLOCK);
    }
}

static void transform(const patches *p, const uint8_t *image, const patches_workspace *w, float *coefficients)
{
    find_points(p, image, w);
    pair_points(p, w);
    for (size_t round = 0; round < p->n_rounds; round++) {
        const size_t first = round * PATCHES_ORDER, n = size_min(PATCHES_ORDER, p->n_filters - first);
        memset(w->pooled, 0, N_POOLED * PATCHES_ORDER * sizeof *w->pooled);
        for (size_t x = 0; x < p->n_across; x += N_LANES)
            find_patches(p, w, round, x, (n + BLOCK - 1) / BLOCK);
        for (size_t cell = 0; cell < N_POOLED; cell++)
            memcpy(coefficients + cell * p->n_filters + first, w->pooled + cell * PATCHES_ORDER,
                   n * sizeof *coefficients);
    }
}

static void vjp(const patches *p, const uint8_t *image, const float *vector, const patches_workspace *w,
                float *gradient)
{
    find_points(p, image, w);
    pair_points(p, w);
    memset(w->channel_slopes.grid, 0, PATCHES_CHANNELS * p->channel_size * sizeof *w->channel_slopes.grid);
    for (size_t y = 0; y < p->n_down; y++)
        add_row_transposed(p, w, vector, y);
    find_points_transposed(p, w, gradient);
}

static void take_roots(size_t n, float scale, float blank, const float *coefficients, uint8_t *bytes)
{
    typedef uint8_t lane_bytes __attribute__((vector_size(N_LANES)));
    const float offset = sqrtf(blank);
    for (size_t i = 0; i < n; i += N_LANES) {
        const lane_vector root = scale * (square_root(load_lanes(coefficients + i) + blank) - offset) + 0.5f;
        const lane_integers rounded = __builtin_convertvector(root, lane_integers), is_byte = root < 256;
        const lane_bytes found = __builtin_convertvector((rounded & is_byte) | (255 & ~is_byte), lane_bytes);
        memcpy(bytes + i, &found, size_min(N_LANES, n - i));
    }
}

static void respond(const patches *p, const patches_workspace *w, size_t round, size_t y, int16_t *responses)
{
    pair_points(p, w);
    for (size_t x = 0; x < p->n_across; x += N_LANES) {
        start_pair(p, w, round, x, y / 2, N_BLOCKS);
        for (size_t i = 0; i < PATCHES_ORDER; i++) {
            lane_shorts *block = (lane_shorts *)w->blocks + i / BLOCK * block_size(p) + y / 2 * BLOCK;
            if (i % BLOCK == 0)
                mix_block(block);
            if (i % QUAD == 0)
                transform_4(block + i % BLOCK);
            const lane_shorts pair = block[i % BLOCK];
            int16_t row[N_LANES];
            store_shorts(y % 2 > 0 ? high_shorts(pair) : low_shorts(pair), row);
            memcpy(responses + i * p->n_across + x, row, size_min(N_LANES, p->n_across - x) * sizeof *row);
        }
    }
}

const patches_loops LOOPS = {transform, respond, take_roots, vjp};
