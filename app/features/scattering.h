/*
 * The wavelet scattering transform of images (Mallat 2012; Bruna & Mallat 2013), of orders 0, 1 and 2:
 *
 *   x * phi,  |x * psi_jl| * phi,  ||x * psi_jl| * psi_j'l'| * phi  with j' > j
 *
 * sampled where phi is centred, every 2^J pixels. The image is continued by its mirror image to a periodic grid;
 * moduli of scale j are known at every 2^j-th point of it, which is as many as their wavelets need, and convolved
 * there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Images are transformed so many at a time, one in each lane of a vector: what happens to one does not depend on
 * the others, nor on how many lanes a register has. */
enum { SCATTERING_LANES = 16 };

enum { SCATTERING_MAX_SCALES = 5, SCATTERING_MAX_ANGLES = 16, SCATTERING_MAX_SIDE = 256 };

/* A Fourier transform of n points, 2^a or 3 2^a, by steps of 4, 3 and 2. */
typedef struct fourier {
    size_t n;
    float *cosines, *sines; /* [n], of -2 pi i / n */
} fourier;

/* A wavelet at work: the spectrum on a grid of one level times the wavelet, folded onto the coarser grid of its
 * scale. Point i of this is the sum of values[k] times spectrum[sources[k]] for k from starts[i] to starts[i + 1]
 * - 1. */
typedef struct wavelet {
    uint32_t *starts;  /* [n_targets + 1] */
    uint32_t *sources; /* places in a spectrum [n_rows, pitch] of the finer grid */
    float *values;
} wavelet;

/* What is known of a grid of points 2^level apart. */
typedef struct scattering_level {
    size_t n_rows, n_columns;
    size_t pitch;                      /* from one row to the next, in memory */
    fourier along_rows, along_columns; /* of n_columns and n_rows points */
    float *average_rows;               /* [n_down, n_rows] */
    float *average_columns;            /* [n_across, n_columns] */
    wavelet wavelets[SCATTERING_MAX_SCALES][SCATTERING_MAX_ANGLES];
} scattering_level;

typedef struct scattering {
    size_t n_scales, n_angles;      /* J, L */
    size_t n_rows, n_columns;       /* of the images */
    size_t n_before, n_left;        /* rows and columns of the grid before an image begins */
    size_t n_down, n_across;        /* places of phi */
    size_t n_paths, n_coefficients; /* 1 + J L + J (J - 1) / 2 L^2, and for each path n_down * n_across */
    const struct scattering_lanes *lanes;
    scattering_level levels[SCATTERING_MAX_SCALES];
} scattering;

/* Where the paths stand: order 0, then order 1 by j and l, then order 2 by j, l, j' and l'. */

/* How many paths, and how many places of phi along a side of n pixels, there are. */
size_t scattering_n_paths(size_t n_scales, size_t n_angles);
size_t scattering_n_places(size_t n_scales, size_t n_pixels);

/* Makes ready what is the same for all images of a size, n_rows and n_columns from 2^J to SCATTERING_MAX_SIDE; isa
 * as in sm_execution. For scattering_destroy. False if memory ran out, or J or L is out of range. */
bool scattering_create(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns, const char *isa,
                       scattering *s);
void scattering_destroy(scattering *s);

/* coefficients [n, n_coefficients], path by path, of n images of bytes, which count from 0 to 1; at most
 * SCATTERING_LANES of them. False if memory ran out. */
bool scattering_transform(const scattering *s, size_t n, const uint8_t *const *images, float *coefficients);

/* gradients [n, n_rows, n_columns] of the inner products of coefficients and vectors [n, n_coefficients], with
 * respect to pixels from 0 to 1. Where a modulus is 0, its slope counts as 0. False if memory ran out. */
bool scattering_vjp(const scattering *s, size_t n, const uint8_t *const *images, const float *vectors,
                    float *gradients);

/* ---------------------------------------------------------------------------------------------- */

/* One number of each image, side by side. */
typedef float lane_vector __attribute__((vector_size(SCATTERING_LANES * sizeof(float)), may_alias));

/* The inner loops, compiled for an instruction set; arrays are of lane_vector. */
typedef struct scattering_lanes {
    const char *isa;
    size_t (*memory_bytes)(const scattering *s);

    /* coefficients [n_coefficients] of grid [n_rows, n_columns]; memory as many bytes as above says, aligned. */
    void (*transform)(const scattering *s, const lane_vector *grid, void *memory, lane_vector *coefficients);

    /* gradient [n_rows, n_columns] of the inner product of the coefficients with vector [n_coefficients]. */
    void (*vjp)(const scattering *s, const lane_vector *grid, const lane_vector *vector, void *memory,
                lane_vector *gradient);
} scattering_lanes;

extern const scattering_lanes scattering_lanes_plain, scattering_lanes_avx2, scattering_lanes_avx512;
