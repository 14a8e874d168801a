/*
 * Fourier transforms of a block of images side by side. Included by scattering_loops.c alone.
 *
 * Stockham's algorithm (Van Loan 1992, Computational Frameworks for the FFT, section 1.7): a line of n = r m points
 * becomes r lines of m points each, by transforming the points p, p + m, ..., p + (r - 1) m (a butterfly) and
 * multiplying the results by roots of unity; r is 4, 3 or 2. The lines are interleaved: point p of line q lies at
 * q + n_lines p. After the last step, with m = 1, they are the transform in its natural order.
 *
 *   n = 8:  0 1 2 3 4 5 6 7  --r = 4, m = 2-->  A0 B0 C0 D0 A1 B1 C1 D1  --r = 2, m = 1-->  0 1 2 3 4 5 6 7
 */
#pragma once

#include "features/lane_vector.h"
#include "features/scattering.h"

/* One complex number of each image of a block. */
typedef struct lane_complex {
    lane_vector re, im;
} lane_complex;

/* Real and imaginary parts of points; they lie `step` vectors apart. */
typedef struct line {
    lane_vector *re, *im;
    size_t step;
} line;

/* The line of points that lie `distance` apart. */
static inline line line_of(lane_complex *first, size_t distance)
{
    return (line){&first->re, &first->im, 2 * distance};
}

/* With real and imaginary parts swapped, a transform becomes the inverse times n. */
static inline line swapped(line x)
{
    return (line){x.im, x.re, x.step};
}

static inline lane_complex add(lane_complex a, lane_complex b)
{
    return (lane_complex){a.re + b.re, a.im + b.im};
}

static inline lane_complex subtract(lane_complex a, lane_complex b)
{
    return (lane_complex){a.re - b.re, a.im - b.im};
}

/* (a - b) / i */
static inline lane_complex subtract_over_i(lane_complex a, lane_complex b)
{
    return (lane_complex){a.im - b.im, b.re - a.re};
}

static inline lane_complex times(lane_complex a, float by)
{
    return (lane_complex){a.re * by, a.im * by};
}

static inline lane_complex times_root(lane_complex a, root_of_unity root)
{
    return (lane_complex){a.re * root.re - a.im * root.im, a.re * root.im + a.im * root.re};
}

/* ---------------------------------------------------------------------------------------------- */
/* Transforms of r points, from x to y                                                             */

static inline void butterfly_2(const lane_complex *x, lane_complex *y)
{
    y[0] = add(x[0], x[1]);
    y[1] = subtract(x[0], x[1]);
}

static inline void butterfly_3(const lane_complex *x, lane_complex *y)
{
    const float half_root_of_3 = 0x1.bb67aep-1f;
    const lane_complex sum = add(x[1], x[2]), middle = subtract(x[0], times(sum, 0.5f));
    const lane_complex side = times(subtract_over_i(x[1], x[2]), half_root_of_3);
    y[0] = add(x[0], sum);
    y[1] = add(middle, side);
    y[2] = subtract(middle, side);
}

static inline void butterfly_4(const lane_complex *x, lane_complex *y)
{
    const lane_complex even_sum = add(x[0], x[2]), even_difference = subtract(x[0], x[2]);
    const lane_complex odd_sum = add(x[1], x[3]), odd_difference = subtract_over_i(x[1], x[3]);
    y[0] = add(even_sum, odd_sum);
    y[1] = add(even_difference, odd_difference);
    y[2] = subtract(even_sum, odd_sum);
    y[3] = subtract(even_difference, odd_difference);
}

typedef void butterfly(const lane_complex *x, lane_complex *y);

/* One step, from n_lines interleaved lines of radix * m points to n_lines * radix lines of m points. Inlined with a
 * constant radix and its butterfly. */
static inline __attribute__((always_inline)) void split_lines(const root_of_unity *roots, size_t radix,
                                                              butterfly *transform_points, size_t m, size_t n_lines,
                                                              line from, line to)
{
    for (size_t p = 0; p < m; p++) {
        for (size_t q = 0; q < n_lines; q++) {
            lane_complex x[4], y[4];
            for (size_t k = 0; k < radix; k++) {
                const size_t at = (q + n_lines * (p + k * m)) * from.step;
                x[k] = (lane_complex){from.re[at], from.im[at]};
            }
            transform_points(x, y);
            for (size_t k = 0; k < radix; k++) {
                const size_t at = (q + n_lines * (radix * p + k)) * to.step;
                const lane_complex value = k == 0 ? y[0] : times_root(y[k], roots[k * p * n_lines]);
                to.re[at] = value.re;
                to.im[at] = value.im;
            }
        }
    }
}

/* Transforms a line of n points in place, given their roots [n]; memory [2 n]. */
static void transform_line(size_t n, const root_of_unity *roots, line x, lane_complex *memory)
{
    line from = x;
    size_t m = n, n_lines = 1;
    for (size_t i = 0; m > 1; i++) {
        const size_t radix = m % 4 == 0 ? 4 : m % 2 == 0 ? 2 : 3;
        m /= radix;
        const line to = m == 1 ? x : line_of(memory + i % 2 * n, 1);
        if (radix == 4)
            split_lines(roots, 4, butterfly_4, m, n_lines, from, to);
        else if (radix == 3)
            split_lines(roots, 3, butterfly_3, m, n_lines, from, to);
        else
            split_lines(roots, 2, butterfly_2, m, n_lines, from, to);
        from = to;
        n_lines *= radix;
    }
}

/* Transforms a grid in place; the inverse leaves out the division by the number of points. */
static void transform_grid(const scattering_level *level, bool is_inverse, lane_complex *grid, lane_complex *memory)
{
    for (size_t i = 0; i < level->n_rows; i++) {
        const line row = line_of(grid + i * level->pitch, 1);
        transform_line(level->n_columns, level->of_rows, is_inverse ? swapped(row) : row, memory);
    }
    for (size_t i = 0; i < level->n_columns; i++) {
        const line column = line_of(grid + i, level->pitch);
        transform_line(level->n_rows, level->of_columns, is_inverse ? swapped(column) : column, memory);
    }
}
