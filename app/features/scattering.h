/*
 * The wavelet scattering transform of images (Mallat 2012; Bruna & Mallat 2013), of orders 0, 1 and 2:
 *
 *   x * phi,  |x * psi_jl| * phi,  ||x * psi_jl| * psi_j'l'| * phi  with j' > j
 *
 * sampled at the centres of phi, every 2^J pixels. The image is extended by its mirror images to a periodic grid. A
 * modulus of scale j varies so slowly that every 2^j-th point of the grid determines it, and it is convolved
 * further on that coarser grid.
 *
 * Coefficients are ordered by path: order 0; order 1 by j and l; order 2 by j, l, j' and l'. Those of one path are
 * ordered by place, row by row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

enum { SCATTERING_MAX_SCALES = 5, SCATTERING_MAX_ANGLES = 16, SCATTERING_MAX_SIDE = 256 };

/* ---------------------------------------------------------------------------------------------- */
/* Tables that all images of a size share                                                          */

/* exp(-2 pi i k / n), one of the n that a Fourier transform of n points takes. */
typedef struct root_of_unity {
    float re, im;
} root_of_unity;

/* The product of a spectrum with a wavelet, folded onto the coarser grid of the wavelet's scale. Frequency i of the
 * result is the sum of values[k] times spectrum[sources[k]] over k = starts[i] .. starts[i + 1] - 1. */
typedef struct wavelet {
    uint32_t *starts;  /* [n_rows n_columns + 1] of the coarser grid */
    uint32_t *sources; /* indices in the spectrum [n_rows, pitch] of the finer grid */
    float *values;
} wavelet;

/* The grid of points 2^level apart; its sides are 2^a or 3 2^a points. */
typedef struct scattering_level {
    size_t n_rows, n_columns;
    size_t pitch;                        /* the distance of rows in memory, in points */
    root_of_unity *of_rows, *of_columns; /* [n_columns] and [n_rows], to transform rows and columns */
    float *phi_rows;                     /* [n_down, n_rows] */
    float *phi_columns;                  /* [n_across, n_columns] */
    wavelet wavelets[SCATTERING_MAX_SCALES][SCATTERING_MAX_ANGLES];
} scattering_level;

typedef struct scattering {
    size_t n_scales, n_angles; /* J, L */
    size_t n_rows, n_columns;  /* of the images */
    size_t n_before, n_left;   /* rows above and columns left of the image on the grid */
    size_t n_down, n_across;   /* places of phi */
    size_t n_coefficients;
    const struct scattering_loops *loops;
    scattering_level levels[SCATTERING_MAX_SCALES];
} scattering;

/* (1 + J L + J (J - 1) / 2 L^2) paths, times the places of phi. */
size_t scattering_n_coefficients(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns);

/* The tables for images of one size, in memory from a pool, which fails if there is too little. n_scales and
 * n_angles are 1 to SCATTERING_MAX_SCALES and SCATTERING_MAX_ANGLES, the sides 2^J to SCATTERING_MAX_SIDE. */
scattering *scattering_create(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns,
                              const struct scattering_loops *loops, pool *memory);

/* The inner loops, compiled for one instruction set. They transform images side by side, one in each lane of a register:
 * no image affects another, so that the results are the same for all. False if memory ran out. */
typedef struct scattering_loops {
    /* coefficients [n, n_coefficients] of n images, bytes of which 255 is 1. */
    bool (*transform)(const scattering *s, size_t n, const uint8_t *const *images, float *coefficients);

    /* The vector-Jacobian product: gradients [n, n_rows, n_columns], with respect to pixels from 0 to 1, of the inner
     * products of coefficients and vectors [n, n_coefficients]. The slope of a modulus at 0 counts as 0. */
    bool (*vjp)(const scattering *s, size_t n, const uint8_t *const *images, const float *vectors,
                float *gradients);
} scattering_loops;

extern const scattering_loops scattering_plain, scattering_avx2, scattering_avx512;
