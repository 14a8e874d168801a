/*
 * The inner loops of the scattering transform. Private to the files that compile them for an instruction set. They
 * are written in vectors of 16 floats, which a compiler makes of whatever registers there are; additions,
 * multiplications and square roots of each lane are those of IEEE 754, in the order written here.
 */
#include <math.h>
#include <string.h>

#include "features/scattering.h"

/* A complex number of each image. */
typedef struct lane_complex {
    lane_vector re, im;
} lane_complex;

/* ---------------------------------------------------------------------------------------------- */
/* Fourier transforms                                                                              */

/* Numbers at equal distances; step counts vectors. */
typedef struct line {
    lane_vector *re, *im;
    size_t step;
} line;

static inline line line_of(lane_complex *first, size_t distance)
{
    return (line){&first->re, &first->im, 2 * distance};
}

/* Whose transform is the inverse one. */
static inline line swap(line x)
{
    return (line){x.im, x.re, x.step};
}

static inline lane_complex get(const line *x, size_t i)
{
    return (lane_complex){x->re[i * x->step], x->im[i * x->step]};
}

static inline void put(const line *x, size_t i, const lane_complex *value)
{
    x->re[i * x->step] = value->re;
    x->im[i * x->step] = value->im;
}

/* Puts value times the i-th root of 1. */
static inline void put_turned(const fourier *f, size_t root, const line *x, size_t i, const lane_complex *value)
{
    const float c = f->cosines[root], s = f->sines[root];
    x->re[i * x->step] = value->re * c - value->im * s;
    x->im[i * x->step] = value->re * s + value->im * c;
}

/* One step of Stockham's transform (Van Loan 1992, Computational Frameworks for the FFT, section 1.7): n_left
 * transforms of n points each, interleaved, become n_left * radix of n / radix points, of which y holds the inputs. */
static void step_2(const fourier *f, size_t n, size_t n_left, line x, line y)
{
    const size_t m = n / 2;
    for (size_t p = 0; p < m; p++) {
        for (size_t q = 0; q < n_left; q++) {
            const lane_complex a = get(&x, q + n_left * p), b = get(&x, q + n_left * (p + m));
            const lane_complex sum = {a.re + b.re, a.im + b.im}, difference = {a.re - b.re, a.im - b.im};
            put(&y, q + n_left * (2 * p), &sum);
            put_turned(f, p * n_left, &y, q + n_left * (2 * p + 1), &difference);
        }
    }
}

static void step_3(const fourier *f, size_t n, size_t n_left, line x, line y)
{
    const float half_root_of_3 = 0x1.bb67aep-1f;
    const size_t m = n / 3;
    for (size_t p = 0; p < m; p++) {
        for (size_t q = 0; q < n_left; q++) {
            const lane_complex a = get(&x, q + n_left * p), b = get(&x, q + n_left * (p + m)),
                               c = get(&x, q + n_left * (p + 2 * m));
            const lane_complex sum = {b.re + c.re, b.im + c.im};
            const lane_complex middle = {a.re - sum.re * 0.5f, a.im - sum.im * 0.5f};
            /* (b - c) times -i sqrt(3) / 2 */
            const lane_complex side = {(b.im - c.im) * half_root_of_3, (c.re - b.re) * half_root_of_3};
            const lane_complex first = {a.re + sum.re, a.im + sum.im};
            const lane_complex second = {middle.re + side.re, middle.im + side.im};
            const lane_complex third = {middle.re - side.re, middle.im - side.im};
            put(&y, q + n_left * (3 * p), &first);
            put_turned(f, p * n_left, &y, q + n_left * (3 * p + 1), &second);
            put_turned(f, 2 * p * n_left, &y, q + n_left * (3 * p + 2), &third);
        }
    }
}

static void step_4(const fourier *f, size_t n, size_t n_left, line x, line y)
{
    const size_t m = n / 4;
    for (size_t p = 0; p < m; p++) {
        for (size_t q = 0; q < n_left; q++) {
            const lane_complex a = get(&x, q + n_left * p), b = get(&x, q + n_left * (p + m)),
                               c = get(&x, q + n_left * (p + 2 * m)), d = get(&x, q + n_left * (p + 3 * m));
            const lane_complex ac = {a.re + c.re, a.im + c.im}, a_c = {a.re - c.re, a.im - c.im};
            const lane_complex bd = {b.re + d.re, b.im + d.im}, b_d = {b.im - d.im, d.re - b.re}; /* (b - d) / i */
            const lane_complex first = {ac.re + bd.re, ac.im + bd.im}, third = {ac.re - bd.re, ac.im - bd.im};
            const lane_complex second = {a_c.re + b_d.re, a_c.im + b_d.im},
                               fourth = {a_c.re - b_d.re, a_c.im - b_d.im};
            put(&y, q + n_left * (4 * p), &first);
            put_turned(f, p * n_left, &y, q + n_left * (4 * p + 1), &second);
            put_turned(f, 2 * p * n_left, &y, q + n_left * (4 * p + 2), &third);
            put_turned(f, 3 * p * n_left, &y, q + n_left * (4 * p + 3), &fourth);
        }
    }
}

static size_t radix_of(size_t n)
{
    if (n % 4 == 0)
        return 4;
    return n % 2 == 0 ? 2 : 3;
}

/* The transform of a line in its place; memory [2 f->n]. */
static void transform_line(const fourier *f, line x, lane_complex *memory)
{
    line from = x;
    size_t n = f->n, n_left = 1;
    for (size_t i = 0; n > 1; i++) {
        const size_t radix = radix_of(n);
        const line to = n == radix ? x : line_of(memory + i % 2 * f->n, 1);
        if (radix == 4)
            step_4(f, n, n_left, from, to);
        else if (radix == 2)
            step_2(f, n, n_left, from, to);
        else
            step_3(f, n, n_left, from, to);
        from = to;
        n /= radix;
        n_left *= radix;
    }
}

/* The transform of a grid [n_rows, pitch] in its place, or its inverse without the division. */
static void transform_grid(const scattering_level *level, bool is_inverse, lane_complex *grid, lane_complex *memory)
{
    for (size_t i = 0; i < level->n_rows; i++) {
        const line row = line_of(grid + i * level->pitch, 1);
        transform_line(&level->along_rows, is_inverse ? swap(row) : row, memory);
    }
    for (size_t i = 0; i < level->n_columns; i++) {
        const line column = line_of(grid + i, level->pitch);
        transform_line(&level->along_columns, is_inverse ? swap(column) : column, memory);
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Wavelets, moduli, averages                                                                      */

static void apply_wavelet(const wavelet *w, const scattering_level *coarse, const lane_complex *spectrum,
                          lane_complex *folded)
{
    for (size_t i = 0; i < coarse->n_rows * coarse->n_columns; i++) {
        lane_complex sum = {{0}, {0}};
        for (size_t k = w->starts[i]; k < w->starts[i + 1]; k++) {
            const lane_complex *x = spectrum + w->sources[k];
            sum.re += x->re * w->values[k];
            sum.im += x->im * w->values[k];
        }
        folded[i / coarse->n_columns * coarse->pitch + i % coarse->n_columns] = sum;
    }
}

/* The transposed of the above, added to a spectrum. */
static void apply_transposed(const wavelet *w, const scattering_level *coarse, const lane_complex *folded,
                             lane_complex *spectrum)
{
    for (size_t i = 0; i < coarse->n_rows * coarse->n_columns; i++) {
        const lane_complex *x = folded + i / coarse->n_columns * coarse->pitch + i % coarse->n_columns;
        for (size_t k = w->starts[i]; k < w->starts[i + 1]; k++) {
            spectrum[w->sources[k]].re += x->re * w->values[k];
            spectrum[w->sources[k]].im += x->im * w->values[k];
        }
    }
}

/* moduli [n], which lie `step` vectors apart. */
static void take_moduli(size_t n, const lane_complex *z, size_t step, lane_vector *moduli)
{
    for (size_t i = 0; i < n; i++) {
        const lane_vector square = z[i].re * z[i].re + z[i].im * z[i].im;
        float values[SCATTERING_LANES];
        memcpy(values, &square, sizeof values);
        for (size_t lane = 0; lane < SCATTERING_LANES; lane++)
            values[lane] = sqrtf(values[lane]);
        memcpy(&moduli[i * step], values, sizeof values);
    }
}

/* places [n_down, n_across]: grid [n_rows, pitch], whose values lie `step` vectors apart, averaged around each of
 * them; memory [n_rows, n_across]. */
static void average(const scattering *s, const scattering_level *level, size_t step, const lane_vector *grid,
                    lane_vector *memory, lane_vector *places)
{
    for (size_t row = 0; row < level->n_rows; row++) {
        for (size_t i = 0; i < s->n_across; i++) {
            const float *weights = level->average_columns + i * level->n_columns;
            lane_vector sum = {0};
            for (size_t column = 0; column < level->n_columns; column++)
                sum += grid[(row * level->pitch + column) * step] * weights[column];
            memory[row * s->n_across + i] = sum;
        }
    }
    for (size_t i = 0; i < s->n_down; i++) {
        const float *weights = level->average_rows + i * level->n_rows;
        for (size_t j = 0; j < s->n_across; j++) {
            lane_vector sum = {0};
            for (size_t row = 0; row < level->n_rows; row++)
                sum += memory[row * s->n_across + j] * weights[row];
            places[i * s->n_across + j] = sum;
        }
    }
}

/* The transposed of the above, added to a grid of step 1; memory [n_rows, n_across]. */
static void spread(const scattering *s, const scattering_level *level, const lane_vector *places,
                   lane_vector *memory, lane_vector *grid)
{
    for (size_t row = 0; row < level->n_rows; row++) {
        for (size_t j = 0; j < s->n_across; j++) {
            lane_vector sum = {0};
            for (size_t i = 0; i < s->n_down; i++)
                sum += places[i * s->n_across + j] * level->average_rows[i * level->n_rows + row];
            memory[row * s->n_across + j] = sum;
        }
        for (size_t column = 0; column < level->n_columns; column++)
            for (size_t j = 0; j < s->n_across; j++)
                grid[row * level->pitch + column] +=
                    memory[row * s->n_across + j] * level->average_columns[j * level->n_columns + column];
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* The way forth                                                                                   */

/* What is worked in; a grid is [n_rows, pitch] of level 0. */
typedef struct bench {
    lane_complex *image; /* the spectrum of the grid */
    lane_complex *pair;  /* moduli of two wavelets as real and imaginary part, and their spectrum */
    lane_complex *spectra[2];
    lane_complex *folded;
    lane_vector *moduli, *averages;
    lane_complex *line_memory;
    lane_vector *slopes; /* for the way back */
    lane_complex *image_slopes, *pair_slopes;
} bench;

static size_t grid_size(const scattering *s)
{
    return s->levels[0].n_rows * s->levels[0].pitch;
}

static size_t line_size(const scattering *s)
{
    const scattering_level *level = &s->levels[0];
    return 2 * (level->n_rows > level->n_columns ? level->n_rows : level->n_columns);
}

static size_t memory_bytes(const scattering *s)
{
    const size_t n_complex = 7 * grid_size(s) + line_size(s);
    const size_t n_real = 2 * grid_size(s) + s->levels[0].n_rows * s->n_across;
    return n_complex * sizeof(lane_complex) + n_real * sizeof(lane_vector);
}

static bench lay_out(const scattering *s, void *memory)
{
    const size_t n = grid_size(s);
    lane_complex *grids = memory;
    lane_vector *reals = &(grids + 7 * n + line_size(s))->re;
    return (bench){
        .image = grids,
        .pair = grids + n,
        .spectra = {grids + 2 * n, grids + 3 * n},
        .folded = grids + 4 * n,
        .image_slopes = grids + 5 * n,
        .pair_slopes = grids + 6 * n,
        .line_memory = grids + 7 * n,
        .moduli = reals,
        .slopes = reals + n,
        .averages = reals + 2 * n,
    };
}

static void load_image(const scattering *s, const lane_vector *grid, lane_complex *image)
{
    const scattering_level *level = &s->levels[0];
    for (size_t row = 0; row < level->n_rows; row++)
        for (size_t column = 0; column < level->n_columns; column++)
            image[row * level->pitch + column] = (lane_complex){grid[row * level->n_columns + column], {0}};
}

/* The spectra of real and imaginary part out of that of both: they are Hermitian. */
static void separate(const scattering_level *level, const lane_complex *pair, lane_complex *of_re,
                     lane_complex *of_im)
{
    for (size_t row = 0; row < level->n_rows; row++) {
        const size_t opposite_row = (level->n_rows - row) % level->n_rows;
        for (size_t column = 0; column < level->n_columns; column++) {
            const size_t opposite_column = (level->n_columns - column) % level->n_columns;
            const lane_complex *z = &pair[row * level->pitch + column];
            const lane_complex *w = &pair[opposite_row * level->pitch + opposite_column];
            of_re[row * level->pitch + column] = (lane_complex){(z->re + w->re) * 0.5f, (z->im - w->im) * 0.5f};
            of_im[row * level->pitch + column] = (lane_complex){(z->im + w->im) * 0.5f, (w->re - z->re) * 0.5f};
        }
    }
}

/* Leaves in b->folded the convolution of what has this spectrum, on the grid of `level`, with a wavelet. */
static void convolve(const scattering *s, const bench *b, size_t level, size_t scale, size_t angle,
                     const lane_complex *spectrum)
{
    const scattering_level *coarse = &s->levels[scale];
    apply_wavelet(&s->levels[level].wavelets[scale][angle], coarse, spectrum, b->folded);
    transform_grid(coarse, true, b->folded, b->line_memory);
}

/* All coefficients of order 2 behind one wavelet; returns the place behind them. */
static lane_vector *scatter_again(const scattering *s, const bench *b, size_t level, const lane_complex *spectrum,
                                  lane_vector *coefficients)
{
    for (size_t scale = level + 1; scale < s->n_scales; scale++) {
        const scattering_level *coarse = &s->levels[scale];
        for (size_t angle = 0; angle < s->n_angles; angle++) {
            convolve(s, b, level, scale, angle, spectrum);
            take_moduli(coarse->n_rows * coarse->pitch, b->folded, 1, b->moduli);
            average(s, coarse, 1, b->moduli, b->averages, coefficients);
            coefficients += s->n_down * s->n_across;
        }
    }
    return coefficients;
}

/* Two wavelets at a time, so that one transform does for the moduli of both. */
static void transform(const scattering *s, const lane_vector *grid, void *memory, lane_vector *coefficients)
{
    const bench b = lay_out(s, memory);
    const size_t n_places = s->n_down * s->n_across;
    load_image(s, grid, b.image);
    average(s, &s->levels[0], 2, &b.image->re, b.averages, coefficients);
    transform_grid(&s->levels[0], false, b.image, b.line_memory);
    lane_vector *first_order = coefficients + n_places;
    lane_vector *second_order = first_order + s->n_scales * s->n_angles * n_places;
    for (size_t scale = 0; scale < s->n_scales; scale++) {
        const scattering_level *level = &s->levels[scale];
        const size_t n = level->n_rows * level->pitch;
        for (size_t angle = 0; angle < s->n_angles; angle += 2) {
            const size_t n_taken = s->n_angles - angle < 2 ? 1 : 2;
            for (size_t i = 0; i < n_taken; i++) {
                convolve(s, &b, 0, scale, angle + i, b.image);
                take_moduli(n, b.folded, 2, &b.pair->re + i);
                average(s, level, 2, &b.pair->re + i, b.averages, first_order);
                first_order += n_places;
            }
            if (scale + 1 == s->n_scales)
                continue;
            for (size_t i = 0; n_taken == 1 && i < n; i++)
                b.pair[i].im = (lane_vector){0};
            transform_grid(level, false, b.pair, b.line_memory);
            separate(level, b.pair, b.spectra[0], b.spectra[1]);
            for (size_t i = 0; i < n_taken; i++)
                second_order = scatter_again(s, &b, scale, b.spectra[i], second_order);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* The way back: each step above by its transposed, in reverse order                               */

/* Makes of z the slopes with respect to it, from those with respect to its modulus. */
static void turn_slopes(size_t n, const lane_vector *slopes, lane_complex *z)
{
    for (size_t i = 0; i < n; i++) {
        const lane_vector square = z[i].re * z[i].re + z[i].im * z[i].im;
        float values[SCATTERING_LANES], slope[SCATTERING_LANES];
        memcpy(values, &square, sizeof values);
        memcpy(slope, &slopes[i], sizeof slope);
        for (size_t lane = 0; lane < SCATTERING_LANES; lane++)
            values[lane] = values[lane] > 0 ? slope[lane] / sqrtf(values[lane]) : 0;
        lane_vector factor;
        memcpy(&factor, values, sizeof factor);
        z[i].re *= factor;
        z[i].im *= factor;
    }
}

/* Adds to b->slopes, those with respect to the moduli of one wavelet, what comes by way of order 2, and returns the
 * place behind its coefficients; the spectrum of these moduli is in b->pair. */
static const lane_vector *vjp_again(const scattering *s, const bench *b, size_t level, const lane_vector *vector)
{
    const scattering_level *fine = &s->levels[level];
    const size_t n = fine->n_rows * fine->pitch;
    memset(b->pair_slopes, 0, n * sizeof *b->pair_slopes);
    for (size_t scale = level + 1; scale < s->n_scales; scale++) {
        const scattering_level *coarse = &s->levels[scale];
        const size_t n_coarse = coarse->n_rows * coarse->pitch;
        for (size_t angle = 0; angle < s->n_angles; angle++) {
            convolve(s, b, level, scale, angle, b->pair);
            memset(b->moduli, 0, n_coarse * sizeof *b->moduli);
            spread(s, coarse, vector, b->averages, b->moduli);
            turn_slopes(n_coarse, b->moduli, b->folded);
            transform_grid(coarse, false, b->folded, b->line_memory);
            apply_transposed(&fine->wavelets[scale][angle], coarse, b->folded, b->pair_slopes);
            vector += s->n_down * s->n_across;
        }
    }
    transform_grid(fine, true, b->pair_slopes, b->line_memory);
    for (size_t i = 0; i < n; i++)
        b->slopes[i] += b->pair_slopes[i].re;
    return vector;
}

static void vjp(const scattering *s, const lane_vector *grid, const lane_vector *vector, void *memory,
                lane_vector *gradient)
{
    const bench b = lay_out(s, memory);
    const size_t n_places = s->n_down * s->n_across;
    const scattering_level *finest = &s->levels[0];
    load_image(s, grid, b.image);
    transform_grid(finest, false, b.image, b.line_memory);
    memset(b.image_slopes, 0, grid_size(s) * sizeof *b.image_slopes);
    const lane_vector *first_order = vector + n_places;
    const lane_vector *second_order = first_order + s->n_scales * s->n_angles * n_places;
    for (size_t scale = 0; scale < s->n_scales; scale++) {
        const scattering_level *level = &s->levels[scale];
        const size_t n = level->n_rows * level->pitch;
        for (size_t angle = 0; angle < s->n_angles; angle++) {
            convolve(s, &b, 0, scale, angle, b.image);
            memcpy(b.spectra[0], b.folded, n * sizeof *b.folded);
            memset(b.slopes, 0, n * sizeof *b.slopes);
            spread(s, level, first_order, b.averages, b.slopes);
            first_order += n_places;
            if (scale + 1 < s->n_scales) {
                memset(b.pair, 0, n * sizeof *b.pair);
                take_moduli(n, b.folded, 2, &b.pair->re);
                transform_grid(level, false, b.pair, b.line_memory);
                second_order = vjp_again(s, &b, scale, second_order);
            }
            turn_slopes(n, b.slopes, b.spectra[0]);
            transform_grid(level, false, b.spectra[0], b.line_memory);
            apply_transposed(&finest->wavelets[scale][angle], level, b.spectra[0], b.image_slopes);
        }
    }
    transform_grid(finest, true, b.image_slopes, b.line_memory);
    memset(b.slopes, 0, grid_size(s) * sizeof *b.slopes);
    spread(s, finest, vector, b.averages, b.slopes);
    for (size_t row = 0; row < finest->n_rows; row++)
        for (size_t column = 0; column < finest->n_columns; column++)
            gradient[row * finest->n_columns + column] =
                b.image_slopes[row * finest->pitch + column].re + b.slopes[row * finest->pitch + column];
}
