/*
 * Random patches of oriented gradients: which strokes lie next to each other where. Nothing in it is learned.
 *
 * - Gradient. The image x, 0 to 1, with a margin of zeros, is convolved with the derivatives of a Gaussian of
 *   deviation 0.7, which gives (gx, gy) of magnitude m. Channel k of 12 is the gradient along the
 *   direction a_k = 2 pi k / 12,
 *       z_k = m^(1/4) cos^2,   cos = max(0, (gx, gy) . (cos a_k, sin a_k) / m),
 *   with m + 2^-8 for each m, so that an almost blank area stays blank; a 13th channel is x / 2. The fourth root
 *   makes a faint stroke count nearly as much as a strong one. (Histograms of oriented gradients: Dalal & Triggs
 *   2005.)
 * - Grid. Each channel is blurred with a Gaussian of deviation 1.5, sampled at every second row and column, and
 *   rounded to a byte Y.
 * - Filters. Filter j has a random sign for each of the 5 x 5 x 13 bytes of a patch; its response to the patch at p
 *   is an integer, a_j(p) = sum s_j Y, the same in any order of additions. Normalised by the patch,
 *   e_j(p) = a_j(p)^2 / (|Y(p)| + 25.5)^2 is about 1 on average, whatever the contrast. (Random filters: Jarrett
 *   et al. 2009, What is the best multi-stage architecture for object recognition; McDonnell & Vladusich 2015.
 *   Normalisation: Coates & Ng 2012.)
 * - Pooling. Over the patches p, e_j is averaged with Gaussian weights around each of 3 x 3 centres. In each
 *   direction, the centres are 0.85 of a third of the patches apart, and the deviation is 3/7 of that third.
 *
 * The coefficients are these averages. Signs come from sm_random seeded with the map's seed, as patches.c says.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum {
    PATCHES_MIN_SIDE = 8,
    PATCHES_MAX_SIDE = 256,
    PATCHES_MAX_FILTERS = 4096,
    PATCHES_DIRECTIONS = 12,
    PATCHES_CHANNELS = PATCHES_DIRECTIONS + 1,
    PATCHES_SIDE = 5,  /* of a patch, in points of the grid */
    PATCHES_CELLS = 3, /* centres of pooling down, and across */
    PATCHES_MARGIN = 4,
    PATCHES_GRADIENT_REACH = 3, /* of the gradient's filters, in pixels to each side */
    PATCHES_BLUR_REACH = 5
};

/* The layout of the inner loops. */
enum {
    PATCHES_LANES = 16, /* the channels of a point, padded with zeros */
    PATCHES_BANK = 32,  /* filters side by side */
    PATCHES_TILE = 7,   /* patches side by side */
    PATCHES_QUAD = 4,   /* bytes of a patch multiplied at once */
    PATCHES_QUADS = (PATCHES_SIDE * PATCHES_CHANNELS + PATCHES_QUAD - 1) / PATCHES_QUAD, /* in a row of a patch */
    PATCHES_ROW = (PATCHES_SIDE * PATCHES_CHANNELS + PATCHES_LANES - 1) / PATCHES_LANES * PATCHES_LANES,
    PATCHES_SLACK = PATCHES_TILE * PATCHES_CHANNELS + PATCHES_ROW /* bytes read past the last point */
};

/* The channels of a point. */
typedef float channel_vector __attribute__((vector_size(PATCHES_LANES * sizeof(float)), may_alias));

/* The tables that all images share. */
typedef struct patches {
    size_t n_filters, n_banks;
    size_t n_rows, n_columns;               /* of an image */
    size_t n_padded_rows, n_padded_columns; /* with its margin */
    size_t n_grid_rows, n_grid_columns;
    size_t n_down, n_across; /* patches */
    float smooth[2 * PATCHES_GRADIENT_REACH + 1], derivative[2 * PATCHES_GRADIENT_REACH + 1];
    float blur[2 * PATCHES_BLUR_REACH + 1];
    channel_vector cosines, sines; /* of the directions, then zeros */
    int8_t *signs;        /* [n_banks, PATCHES_SIDE, PATCHES_QUADS, PATCHES_BANK, PATCHES_QUAD], 0 for padding */
    float *filters;       /* [n_banks, PATCHES_BANK, PATCHES_SIDE, PATCHES_ROW], the same, filter by filter */
    float *down, *across; /* weights of pooling [PATCHES_CELLS, n_down] and [PATCHES_CELLS, n_across] */
    const struct patches_loops *loops;
} patches;

/* In memory from a pool, which fails if there is too little. n_filters is 1 to PATCHES_MAX_FILTERS, the sides
 * PATCHES_MIN_SIDE to PATCHES_MAX_SIDE. */
patches *patches_create(size_t n_filters, uint64_t seed, size_t n_rows, size_t n_columns,
                        const struct patches_loops *loops, pool *memory);

/* The stages of an image on its way to the coefficients. H and W are its sides with the margin, R is
 * PATCHES_GRADIENT_REACH. */
typedef struct patches_stages {
    float *pixels;                /* [H + 2 R, W + 2 R], surrounded by zeros */
    float *gx, *gy;               /* [H, W] */
    channel_vector *channels;     /* [H, W] */
    channel_vector *blurred_down; /* [n_grid_rows, W] */
    channel_vector *grid;         /* [n_grid_rows, n_grid_columns] */
    uint8_t *points;              /* [n_grid_rows, n_grid_columns, PATCHES_CHANNELS], then zeros */
    float *bytes;                 /* the same as floats, used for slopes alone */
    float *norms;                 /* [n_down, n_across], |Y(p)| */
    float *scales;                /* [n_down, n_across], 1 / (|Y(p)| + 25.5)^2 */
} patches_stages;

/* The scratch memory of a thread. */
typedef struct patches_workspace {
    patches_stages values;
    patches_stages slopes; /* with respect to them */
} patches_workspace;

/* Takes the arrays of a workspace from a pool. */
void patches_workspace_take(const patches *p, pool *memory, patches_workspace *w);

/* The inner loops, compiled for one instruction set, with the same results for all. */
typedef struct patches_loops {
    /* From an image [n_rows, n_columns] to its coefficients [PATCHES_CELLS, PATCHES_CELLS, n_filters]. */
    void (*transform)(const patches *p, const uint8_t *image, const patches_workspace *w, float *coefficients);

    /* The vector-Jacobian product: gradient [n_rows, n_columns] of the inner product of the coefficients and
     * vector, which has their shape, with respect to the pixels x, as if no bytes were rounded. */
    void (*vjp)(const patches *p, const uint8_t *image, const float *vector, const patches_workspace *w,
                float *gradient);
} patches_loops;

extern const patches_loops patches_plain, patches_avx2, patches_avx512vnni;
