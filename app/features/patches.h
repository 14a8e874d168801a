/*
 * Random patches of oriented gradients: which strokes lie beside each other where. No part of it is learned.
 *
 * - Gradient. The image x, 0 to 1, with a margin of zeros, is convolved with the derivatives of a Gaussian of
 *   deviation 0.7, which gives (gx, gy) of magnitude m. Direction k of 12 gets
 *       z_k = m^(1/4) cos^2,   cos = max(0, (gx, gy) . (cos a_k, sin a_k) / m),   a_k = 2 pi k / 12,
 *   with m + 2^-8 for each m, so that what is all but blank stays so; a 13th channel is x / 2. The fourth root makes a
 *   faint stroke count nearly as much as a strong one. (Histograms of oriented gradients: Dalal & Triggs 2005.)
 * - Grid. Each channel is blurred with a Gaussian of deviation 1.5, kept at every second row and column, and
 *   rounded to a byte Y.
 * - Filters. Filter j has a random sign for each of the 5 x 5 x 13 bytes of a patch; its response to the patch at p
 *   is an integer, a_j(p) = sum s_j Y, which no order of additions changes. Over the patch's own norm,
 *   e_j(p) = a_j(p)^2 / (|Y(p)| + 25.5)^2 is about 1 on average, whatever the strength of what is there. (Random
 *   filters: Jarrett et al. 2009, What is the best multi-stage architecture for object recognition; McDonnell &
 *   Vladusich 2015. Norm: Coates & Ng 2012.)
 * - Pooling. Over the patches p, e_j is averaged with Gaussian weights around each of 3 x 3 centres. In each
 *   direction these are 0.85 of a third of the patches apart, and the deviation is 3/7 of that third.
 *
 * The coefficients are these averages. Signs come from sm_random seeded with the map's seed, as said in patches.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PATCHES_MIN_SIDE = 8,
    PATCHES_MAX_SIDE = 256,
    PATCHES_MAX_FILTERS = 4096,
    PATCHES_DIRECTIONS = 12,
    PATCHES_CHANNELS = PATCHES_DIRECTIONS + 1,
    PATCHES_SIDE = 5,  /* of a patch, in points of the grid */
    PATCHES_CELLS = 3, /* centres of pooling down, and across */
    PATCHES_MARGIN = 4,
    PATCHES_GRADIENT_REACH = 3, /* of the filters of the gradient, in pixels to each side */
    PATCHES_BLUR_REACH = 5
};

/* How the inner loops lay things out. */
enum {
    PATCHES_LANES = 16, /* channels of a point, with zeros behind */
    PATCHES_GROUP = 32, /* filters side by side */
    PATCHES_TILE = 7,   /* patches side by side */
    PATCHES_WORD = 4,   /* bytes of a patch that are multiplied at once */
    PATCHES_WORDS = (PATCHES_SIDE * PATCHES_CHANNELS + PATCHES_WORD - 1) / PATCHES_WORD, /* in a row of a patch */
    PATCHES_ROW = (PATCHES_SIDE * PATCHES_CHANNELS + PATCHES_LANES - 1) / PATCHES_LANES * PATCHES_LANES
};

typedef struct patches patches;

/* The inner loops, compiled for an instruction set. */
typedef struct patches_loops {
    const char *isa;

    /* What the others need, for one image: aligned to 64 bytes. */
    size_t (*memory_bytes)(const patches *p);

    /* From an image [n_rows, n_columns] its coefficients, [cells down, cells across, n_filters]; memory has
     * memory_bytes. */
    void (*transform)(const patches *p, const uint8_t *image, void *memory, float *coefficients);

    /* The same, and into gradient [n_rows, n_columns] the slopes with respect to the pixels x, rounding to bytes
     * left out, of the inner product of the coefficients with vector, which is shaped like them. */
    void (*vjp)(const patches *p, const uint8_t *image, const float *vector, void *memory, float *gradient);
} patches_loops;

extern const patches_loops patches_plain, patches_avx2, patches_avx512;

/* What is the same for all images. */
struct patches {
    size_t n_filters, n_groups;
    size_t n_rows, n_columns;           /* of an image */
    size_t n_grid_rows, n_grid_columns; /* of the grid */
    size_t n_down, n_across;            /* patches */
    float smooth[2 * PATCHES_GRADIENT_REACH + 1], derivative[2 * PATCHES_GRADIENT_REACH + 1];
    float blur[2 * PATCHES_BLUR_REACH + 1];
    float cosines[PATCHES_LANES], sines[PATCHES_LANES]; /* of the directions, 0 behind them */
    int8_t *signs;        /* [n_groups, PATCHES_SIDE, PATCHES_WORDS, PATCHES_GROUP, PATCHES_WORD], 0 for padding */
    int8_t *rows;         /* [n_groups, PATCHES_GROUP, PATCHES_SIDE, PATCHES_ROW], the same, filter by filter */
    float *real_rows;     /* the same */
    float *down, *across; /* [PATCHES_CELLS, n_down] and [PATCHES_CELLS, n_across], weights of pooling */
    const patches_loops *loops;
};

/* n_filters is 1 to PATCHES_MAX_FILTERS, the sides PATCHES_MIN_SIDE to PATCHES_MAX_SIDE; isa as in sm_execution.
 * For patches_destroy. False if memory ran out. */
bool patches_create(size_t n_filters, uint64_t seed, size_t n_rows, size_t n_columns, const char *isa, patches *p);
void patches_destroy(patches *p);
