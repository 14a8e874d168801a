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
 *   rounded to an integer Y in units of 2^-15, at most 2^15 - 1.
 * - Patches. The 5 x 5 x 13 points of a patch are normalised, y = 1600 Y / (|Y| + 3276.8), so that contrast matters
 *   little: |y| is below 1600, and near it unless the patch is almost blank.
 * - Filters. These 325 points get a random sign each and random places among 512, where the others are 0; their
 *   Walsh-Hadamard transform has 512 components, a_j = sum over the points i of (-1)^(ones of j & place_i) sign_i y_i. The
 *   first filters are the first of them. y_i are rounded to integers, so that the responses a_j are
 *   integers, the same in any order of additions. e_j = (a_j / 1600)^2 is about 1 on average. More than 512 filters come
 *   from several rounds with new signs and places. (Random filters: Jarrett et al. 2009, What is the best multi-stage
 *   architecture for object recognition; McDonnell & Vladusich 2015. Normalisation: Coates & Ng 2012. Random filters by
 *   fast transforms: Le, Sarlos & Smola 2013, Fastfood; Yu et al. 2016, Orthogonal random features.)
 * - Pooling. Over the patches p, e_j is averaged with Gaussian weights around each of 3 x 3 centres. In each
 *   direction, the centres are 0.85 of a third of the patches apart, and the deviation is 3/7 of that third. Down, two rows of
 *   patches count as one: both have the weight of their middle. An odd last row is paired with a blank one.
 *
 * The coefficients are these averages. Signs and places come from sm_random seeded with the map's seed, as patches.c says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum {
    PATCHES_MIN_SIDE = 8,
    PATCHES_MAX_SIDE = 256,
    PATCHES_MAX_FILTERS = 4096,
    PATCHES_DIRECTIONS = 12,
    PATCHES_CHANNELS = PATCHES_DIRECTIONS + 1,
    PATCHES_SIDE = 5, /* of a patch, in points of the grid */
    PATCHES_POINTS = PATCHES_SIDE * PATCHES_SIDE * PATCHES_CHANNELS,
    PATCHES_ORDER = 512, /* of the Hadamard matrix */
    PATCHES_SIGNS = 32,
    PATCHES_CELLS = 3, /* centres of pooling down, and across */
    PATCHES_MARGIN = 4,
    PATCHES_GRADIENT_REACH = 3, /* of the gradient's filters, in pixels to each side */
    PATCHES_BLUR_REACH = 5,
    PATCHES_CHANNEL_MARGIN = 3, /* pairs of rows that the blur reaches above a channel */
    PATCHES_NORM = 1600,        /* of a normalised patch, at most */
    PATCHES_MAX_VIEWS = 2,
    PATCHES_MAX_LANES = 16 /* of vectors of 32 bits */
};

/* Added to the magnitude of a gradient. */
static const float PATCHES_LEAST_MAGNITUDE = 0x1p-8f;

/* The factor of the pixel itself, in the channel after the directions. */
static const float PATCHES_BRIGHTNESS = 0.5f;

/* Added to the norm of a patch of integers. */
static const float PATCHES_LEAST_NORM = 3276.8f;

/* Of the moment normalisation. */
static const double PATCHES_DETAIL_SCALE = 0.6;

/* A feature is PATCHES_UNIT times a byte: the nearest to PATCHES_SCALE (sqrt(c + PATCHES_BLANK) - sqrt(PATCHES_BLANK)) for a
 * coefficient c, at most 255. PATCHES_BLANK is the size of a coefficient where the image is almost blank. */
static const float PATCHES_SCALE = 48, PATCHES_BLANK = 0x1p-10f, PATCHES_UNIT = 0x1p-4f;

/* A round of filters: the places of the points of a patch in their transform, with signs that every PATCHES_SIGNS-th place
 * shares. */
typedef struct patches_filters {
    int16_t signs[PATCHES_SIGNS];    /* 1 or -1 */
    uint16_t places[PATCHES_POINTS]; /* of each point of a patch, in the order of patches_point */
    uint32_t points[PATCHES_ORDER];  /* patches_point of the point at each place, or of one that is 0 */
} patches_filters;

/* The tables that all images share. */
typedef struct patches {
    size_t n_filters, n_rounds;
    size_t n_views;           /* of an image: its moment normalisation, and as it is, with the same filters */
    size_t n_rows, n_columns; /* of an image */
    size_t n_padded_rows;     /* with its margin, even */
    size_t pitch;             /* from a row of an image with its margin to the next, over columns that are 0 */
    size_t n_grid_rows, n_grid_columns;
    size_t grid_pitch;   /* half of pitch */
    size_t channel_size; /* from a channel of the grid to the next: its rows, one of zeros, and room for a vector */
    size_t n_down, n_across; /* patches */
    size_t n_pairs;          /* of rows of patches */
    float smooth[2 * PATCHES_GRADIENT_REACH + 1], derivative[2 * PATCHES_GRADIENT_REACH + 1];
    float blur[2 * PATCHES_BLUR_REACH + 1];
    int16_t integer_blur[2 * PATCHES_BLUR_REACH + 2];                    /* 0, then the same in units of 2^-15 */
    int16_t blur_columns[PATCHES_BLUR_REACH + 1][2 * PATCHES_MAX_LANES]; /* pairs of these, repeated */
    int16_t integer_cosines[PATCHES_DIRECTIONS / 2],
        integer_sines[PATCHES_DIRECTIONS / 2];                            /* in units of 1/16383 */
    float cosines[PATCHES_DIRECTIONS / 2], sines[PATCHES_DIRECTIONS / 2]; /* of the first half of the directions */
    patches_filters *filters;                                             /* [n_rounds] */
    float *down,
        *across; /* weights of pooling: of both rows of a pair [PATCHES_CELLS, n_pairs], and [PATCHES_CELLS, n_across] */
    float
        *pairs_down; /* [n_pairs / 2, rounded up][3]: of a pair of rows in the cell in the middle, and half the sum
                           * and difference of those in the other cells */
    size_t across_pitch;  /* n_across rounded up to PATCHES_MAX_LANES */
    float *scaled_across; /* [PATCHES_CELLS, across_pitch]: across / PATCHES_NORM^2, then zeros */
    const struct patches_loops *loops;
} patches;

/* In memory from a pool, which fails if there is too little. n_filters is 1 to PATCHES_MAX_FILTERS, n_views 1 to
 * PATCHES_MAX_VIEWS, the sides PATCHES_MIN_SIDE to PATCHES_MAX_SIDE. */
patches *patches_create(size_t n_filters, size_t n_views, uint64_t seed, size_t n_rows, size_t n_columns,
                        const struct patches_loops *loops, pool *memory);

/* The index of point i of a patch, channel by channel and row by row, counted from the patch's first in the points. */
size_t patches_point(const patches *p, size_t i);

/* The stages of an image on its way to its channels, or the slopes with respect to them. H is the number of its rows with the
 * margin, P the pitch, R is PATCHES_GRADIENT_REACH and B is PATCHES_BLUR_REACH. Around each array there is room for a
 * vector, which is 0 at first. */
typedef struct patches_stages {
    float *pixels;                   /* [H + 2 R, P] */
    float *smooth_down, *slope_down; /* [H, P], filtered along the columns */
    float *gx, *gy, *weights;        /* [H, P] */
} patches_stages;

/* Slopes alone. */
typedef struct patches_channel_slopes {
    float *channel, *opposite; /* [H + 2 B, P]: with respect to a channel, and to that of the opposite direction */
    float *blurred_down;       /* [n_grid_rows, P] */
    float *grid;               /* [PATCHES_CHANNELS, channel_size]: with respect to the points */
} patches_channel_slopes;

/* The scratch memory of a thread. Vectors have as many lanes as those of the inner loops, at most PATCHES_MAX_LANES. */
typedef struct patches_workspace {
    patches_stages values;
    int32_t *gx_pairs, *gy_pairs; /* [H / 2, P]: integers of weighted gradients, pairs of rows */
    int32_t *channel,
        *opposite;    /* [H / 2 + 2 PATCHES_CHANNEL_MARGIN, P]: of a direction and its opposite, in such pairs */
    int16_t *blurred; /* [n_grid_rows, P]: a channel blurred down */
    float *energies,
        *energies_down;   /* [n_grid_rows, P / 2]: of the channels of a point, and of a column of points */
    float *norms;         /* [n_down, P / 2]: |Y| of the patch that starts there */
    int32_t *points;      /* [PATCHES_CHANNELS + 1, channel_size]: the integers Y, 0 in the last channel */
    int32_t *point_pairs; /* the same, each with the integer of the row below in its upper 16 bits */
    int32_t *scales;      /* [n_down + 1, P / 2]: 2^15 times 1600 / (|Y| + 3276.8) */
    int32_t *scale_pairs; /* the same, in pairs */
    void *blocks;  /* vectors [PATCHES_ORDER / PATCHES_SIGNS, n_pairs PATCHES_SIGNS + 1]: transforms in progress */
    float *pooled; /* [PATCHES_CELLS, PATCHES_CELLS, PATCHES_ORDER]: coefficients */

    patches_stages slopes; /* with respect to values; this and the following only for vjp */
    patches_channel_slopes channel_slopes;
    void *lines;       /* vectors [2, PATCHES_ORDER]: responses, and slopes with respect to them */
    float *row_slopes; /* [PATCHES_CELLS, n_filters] */
    float
        *of_points; /* [PATCHES_POINTS, PATCHES_MAX_SIDE]: slopes with respect to the points of a row of patches */
} patches_workspace;

/* Takes the arrays of a workspace from a pool. */
void patches_workspace_take(const patches *p, bool for_vjp, pool *memory, patches_workspace *w);

/* The inner loops, compiled for one instruction set, with the same results for all. */
typedef struct patches_loops {
    /* From an image [n_rows, n_columns] to its coefficients [PATCHES_CELLS, PATCHES_CELLS, n_filters]. */
    void (*transform)(const patches *p, const uint8_t *image, const patches_workspace *w, float *coefficients);

    /* For tests: responses [PATCHES_ORDER, n_across] of a round of filters to row y of patches, given w->points; sets
     * w->scales. */
    void (*respond)(const patches *p, const patches_workspace *w, size_t round, size_t y, int16_t *responses);

    /* bytes [n]: scale (sqrt(c + blank) - sqrt(blank)) of each coefficient c of [n], rounded, at most 255. The coefficients
     * are followed by room for a vector. */
    void (*take_roots)(size_t n, float scale, float blank, const float *coefficients, uint8_t *bytes);

    /* The vector-Jacobian product: gradient [n_rows, n_columns] of the inner product of the coefficients and
     * vector, which has their shape, with respect to the pixels x, as if no integers were rounded. */
    void (*vjp)(const patches *p, const uint8_t *image, const float *vector, const patches_workspace *w,
                float *gradient);
} patches_loops;

extern const patches_loops patches_plain, patches_avx2, patches_avx512;
