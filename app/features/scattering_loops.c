/*
 * The inner loops of the scattering transform, compiled once for each instruction set; LOOPS is the name
 * of its table.
 *
 * A block of images lies in the lanes of vectors, one image in each. A grid holds their complex numbers point by
 * point, row after row, with one unused point at the end of each row:
 *
 *   point (row, column) = grid[row * pitch + column] = re: image 0, 1, ... | im: image 0, 1, ...
 *
 * In each lane, IEEE 754 sums, products and square roots are taken in the order written here: hence the same bits on
 * every processor, however many images its registers hold. The steps for a block:
 *
 *   images --transform--> spectrum --wavelet j, l--> convolution --modulus--> moduli --average--> order 1
 *                                                                               |
 *                              order 2 <--average-- moduli <--modulus-- ... <--transform
 *
 * Two wavelets share the transform of moduli: those of one are its real part, those of the other the imaginary part.
 */
#include <math.h>
#include <string.h>

#include "base/sizes.h"
#include "features/scattering.h"
#include "features/scattering_fourier.h"

/* The workspace of a thread. Grids have room for those of the finest level. */
typedef struct workspace {
    lane_complex *image;       /* grid: the images, then their spectrum */
    lane_complex *convolution; /* grid: of a spectrum with one wavelet */
    lane_complex *pair;       /* grid: the moduli for two wavelets as real and imaginary parts, then the spectrum */
    lane_complex *spectra[2]; /* grids: of these two moduli; the first also keeps a convolution */
    lane_complex *line;       /* two rows or columns */
    lane_vector *moduli;      /* grid: of order 2, or slopes with respect to them */
    lane_vector *row_averages;  /* [n_rows, n_across]: rows averaged, columns not yet */
    lane_vector *coefficients;  /* [n_coefficients], or a vector of that size */
    lane_complex *image_slopes; /* grid: slopes with respect to the spectrum of the images */
    lane_complex *pair_slopes;  /* grid: slopes with respect to the spectrum in pair */
    lane_vector *slopes;        /* grid: slopes with respect to moduli of order 1, then to the images */
    pool memory;
} workspace;

static size_t grid_size(const scattering *s)
{
    return s->levels[0].n_rows * s->levels[0].pitch;
}

static bool workspace_create(const scattering *s, workspace *w)
{
    const size_t n = grid_size(s), n_line = size_max(s->levels[0].n_rows, s->levels[0].n_columns);
    *w = (workspace){0};
    w->image = pool_take(&w->memory, n, sizeof *w->image);
    w->pair = pool_take(&w->memory, n, sizeof *w->pair);
    w->spectra[0] = pool_take(&w->memory, n, sizeof *w->spectra[0]);
    w->spectra[1] = pool_take(&w->memory, n, sizeof *w->spectra[1]);
    w->convolution = pool_take(&w->memory, n, sizeof *w->convolution);
    w->line = pool_take(&w->memory, n_line, 2 * sizeof *w->line);
    w->moduli = pool_take(&w->memory, n, sizeof *w->moduli);
    w->row_averages = pool_take(&w->memory, s->levels[0].n_rows, s->n_across * sizeof *w->row_averages);
    w->coefficients = pool_take(&w->memory, s->n_coefficients, sizeof *w->coefficients);
    w->image_slopes = pool_take(&w->memory, n, sizeof *w->image_slopes);
    w->pair_slopes = pool_take(&w->memory, n, sizeof *w->pair_slopes);
    w->slopes = pool_take(&w->memory, n, sizeof *w->slopes);
    return !w->memory.has_failed;
}

/* The index, on one side of an image, of the pixel that is mirrored to point i of the grid. */
static size_t mirror(size_t i, size_t n_before, size_t n_pixels)
{
    const size_t period = 2 * n_pixels, at = (i + period * (n_before / period + 1) - n_before) % period;
    return at < n_pixels ? at : period - 1 - at;
}

/* The pixel at a point of the finest grid. */
static size_t pixel_at(const scattering *s, size_t row, size_t column)
{
    return mirror(row, s->n_before, s->n_rows) * s->n_columns + mirror(column, s->n_left, s->n_columns);
}

/* Puts n images into the first n lanes of their grid. */
static void load_images(const scattering *s, size_t n, const uint8_t *const *images, lane_complex *grid)
{
    const scattering_level *finest = &s->levels[0];
    for (size_t row = 0; row < finest->n_rows; row++) {
        for (size_t column = 0; column < finest->n_columns; column++) {
            const size_t pixel = pixel_at(s, row, column);
            lane_complex *point = &grid[row * finest->pitch + column];
            *point = (lane_complex){{0}, {0}};
            for (size_t i = 0; i < n; i++)
                point->re[i] = (float)images[i][pixel] / 255;
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Steps, each followed by its transpose, which vector-Jacobian products take                      */

/* Multiplies a spectrum of the finer grid by a wavelet and folds it onto the coarser grid. */
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

static void add_wavelet_transposed(const wavelet *w, const scattering_level *coarse, const lane_complex *folded,
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

/* moduli [n] of z [n], `step` vectors apart. */
static void find_moduli(size_t n, const lane_complex *z, size_t step, lane_vector *moduli)
{
    for (size_t i = 0; i < n; i++)
        moduli[i * step] = square_root(z[i].re * z[i].re + z[i].im * z[i].im);
}

/* Replaces z by the slopes with respect to z, given those with respect to |z|: z / |z| times these, or 0 at 0. */
static void find_modulus_slopes(size_t n, const lane_vector *slopes, lane_complex *z)
{
    for (size_t i = 0; i < n; i++) {
        const lane_vector modulus = square_root(z[i].re * z[i].re + z[i].im * z[i].im);
        const lane_vector quotient = slopes[i] / modulus;
        lane_vector factor = {0};
        for (size_t lane = 0; lane < N_LANES; lane++)
            if (modulus[lane] > 0)
                factor[lane] = quotient[lane];
        z[i].re *= factor;
        z[i].im *= factor;
    }
}

/* places [n_down, n_across]: a grid of real numbers, `step` vectors apart, averaged with the weights of phi along
 * rows, then along columns. */
static void average(const scattering *s, const workspace *w, const scattering_level *level, size_t step,
                    const lane_vector *grid, lane_vector *places)
{
    for (size_t row = 0; row < level->n_rows; row++) {
        for (size_t i = 0; i < s->n_across; i++) {
            const float *phi = level->phi_columns + i * level->n_columns;
            lane_vector sum = {0};
            for (size_t column = 0; column < level->n_columns; column++)
                sum += grid[(row * level->pitch + column) * step] * phi[column];
            w->row_averages[row * s->n_across + i] = sum;
        }
    }
    for (size_t i = 0; i < s->n_down; i++) {
        const float *phi = level->phi_rows + i * level->n_rows;
        for (size_t j = 0; j < s->n_across; j++) {
            lane_vector sum = {0};
            for (size_t row = 0; row < level->n_rows; row++)
                sum += w->row_averages[row * s->n_across + j] * phi[row];
            places[i * s->n_across + j] = sum;
        }
    }
}

/* Adds to a grid of step 1. */
static void add_average_transposed(const scattering *s, const workspace *w, const scattering_level *level,
                                   const lane_vector *places, lane_vector *grid)
{
    for (size_t row = 0; row < level->n_rows; row++) {
        lane_vector *sums = w->row_averages + row * s->n_across;
        for (size_t j = 0; j < s->n_across; j++) {
            lane_vector sum = {0};
            for (size_t i = 0; i < s->n_down; i++)
                sum += places[i * s->n_across + j] * level->phi_rows[i * level->n_rows + row];
            sums[j] = sum;
        }
        for (size_t column = 0; column < level->n_columns; column++)
            for (size_t j = 0; j < s->n_across; j++)
                grid[row * level->pitch + column] += sums[j] * level->phi_columns[j * level->n_columns + column];
    }
}

/* Convolves a spectrum on the grid of `level` with a wavelet, into w->convolution. */
static void convolve(const scattering *s, const workspace *w, size_t level, size_t scale, size_t angle,
                     const lane_complex *spectrum)
{
    const scattering_level *coarse = &s->levels[scale];
    apply_wavelet(&s->levels[level].wavelets[scale][angle], coarse, spectrum, w->convolution);
    transform_grid(coarse, true, w->convolution, w->line);
}

/* ---------------------------------------------------------------------------------------------- */
/* The transform                                                                                   */

/* Separates the spectrum of real + i imaginary into those of real and imaginary, which are Hermitian: z(-k) is the
 * conjugate of z(k). */
static void separate(const scattering_level *level, const lane_complex *pair, lane_complex *real,
                     lane_complex *imaginary)
{
    for (size_t row = 0; row < level->n_rows; row++) {
        const size_t opposite_row = (level->n_rows - row) % level->n_rows;
        for (size_t column = 0; column < level->n_columns; column++) {
            const size_t opposite_column = (level->n_columns - column) % level->n_columns;
            const size_t at = row * level->pitch + column;
            const lane_complex *z = &pair[at], *w = &pair[opposite_row * level->pitch + opposite_column];
            real[at] = (lane_complex){(z->re + w->re) * 0.5f, (z->im - w->im) * 0.5f};
            imaginary[at] = (lane_complex){(z->im + w->im) * 0.5f, (w->re - z->re) * 0.5f};
        }
    }
}

/* The coefficients of order 2 after one wavelet of order 1, given the spectrum of its moduli; returns their end. */
static lane_vector *find_second_order(const scattering *s, const workspace *w, size_t level,
                                      const lane_complex *spectrum, lane_vector *coefficients)
{
    for (size_t scale = level + 1; scale < s->n_scales; scale++) {
        const scattering_level *coarse = &s->levels[scale];
        for (size_t angle = 0; angle < s->n_angles; angle++) {
            convolve(s, w, level, scale, angle, spectrum);
            find_moduli(coarse->n_rows * coarse->pitch, w->convolution, 1, w->moduli);
            average(s, w, coarse, 1, w->moduli, coefficients);
            coefficients += s->n_down * s->n_across;
        }
    }
    return coefficients;
}

/* From w->image to w->coefficients. */
static void transform_block(const scattering *s, const workspace *w)
{
    const size_t n_places = s->n_down * s->n_across;
    lane_vector *order_0 = w->coefficients, *first_order = order_0 + n_places;
    lane_vector *second_order = first_order + s->n_scales * s->n_angles * n_places;
    average(s, w, &s->levels[0], 2, &w->image->re, order_0);
    transform_grid(&s->levels[0], false, w->image, w->line);
    for (size_t scale = 0; scale < s->n_scales; scale++) {
        const scattering_level *level = &s->levels[scale];
        const size_t n = level->n_rows * level->pitch;
        for (size_t angle = 0; angle < s->n_angles; angle += 2) {
            const size_t n_angles = s->n_angles - angle < 2 ? 1 : 2;
            for (size_t i = 0; i < n_angles; i++) {
                convolve(s, w, 0, scale, angle + i, w->image);
                find_moduli(n, w->convolution, 2, &w->pair->re + i);
                average(s, w, level, 2, &w->pair->re + i, first_order);
                first_order += n_places;
            }
            if (scale + 1 == s->n_scales)
                continue;
            for (size_t i = 0; n_angles == 1 && i < n; i++)
                w->pair[i].im = (lane_vector){0};
            transform_grid(level, false, w->pair, w->line);
            separate(level, w->pair, w->spectra[0], w->spectra[1]);
            for (size_t i = 0; i < n_angles; i++)
                second_order = find_second_order(s, w, scale, w->spectra[i], second_order);
        }
    }
}

static bool transform(const scattering *s, size_t n, const uint8_t *const *images, float *coefficients)
{
    workspace w;
    const bool ok = workspace_create(s, &w);
    for (size_t first = 0; ok && first < n; first += N_LANES) {
        const size_t n_taken = size_min(n - first, N_LANES);
        load_images(s, n_taken, images + first, w.image);
        transform_block(s, &w);
        for (size_t i = 0; i < n_taken; i++)
            for (size_t j = 0; j < s->n_coefficients; j++)
                coefficients[(first + i) * s->n_coefficients + j] = w.coefficients[j][i];
    }
    pool_free(&w.memory);
    return ok;
}

/* ---------------------------------------------------------------------------------------------- */
/* The vector-Jacobian product: the steps again, then their transposes in reverse order            */

/* Adds to w->slopes the slopes of order 2 with respect to the moduli of one wavelet; returns the end of its part of
 * the vector. The moduli are the real part of w->pair. */
static const lane_vector *add_second_order(const scattering *s, const workspace *w, size_t level,
                                           const lane_vector *vector)
{
    const scattering_level *fine = &s->levels[level];
    const size_t n = fine->n_rows * fine->pitch;
    transform_grid(fine, false, w->pair, w->line);
    memset(w->pair_slopes, 0, n * sizeof *w->pair_slopes);
    for (size_t scale = level + 1; scale < s->n_scales; scale++) {
        const scattering_level *coarse = &s->levels[scale];
        const size_t n_coarse = coarse->n_rows * coarse->pitch;
        for (size_t angle = 0; angle < s->n_angles; angle++) {
            convolve(s, w, level, scale, angle, w->pair);
            memset(w->moduli, 0, n_coarse * sizeof *w->moduli);
            add_average_transposed(s, w, coarse, vector, w->moduli);
            find_modulus_slopes(n_coarse, w->moduli, w->convolution);
            transform_grid(coarse, false, w->convolution, w->line);
            add_wavelet_transposed(&fine->wavelets[scale][angle], coarse, w->convolution, w->pair_slopes);
            vector += s->n_down * s->n_across;
        }
    }
    transform_grid(fine, true, w->pair_slopes, w->line);
    for (size_t i = 0; i < n; i++)
        w->slopes[i] += w->pair_slopes[i].re;
    return vector;
}

/* Adds to w->image_slopes the slopes of the coefficients of one wavelet, given its parts of the vector; returns the
 * end of its part of order 2. */
static const lane_vector *add_wavelet(const scattering *s, const workspace *w, size_t scale, size_t angle,
                                      const lane_vector *first_order, const lane_vector *second_order)
{
    const scattering_level *level = &s->levels[scale];
    const size_t n = level->n_rows * level->pitch;
    lane_complex *convolution = w->spectra[0];
    convolve(s, w, 0, scale, angle, w->image);
    memcpy(convolution, w->convolution, n * sizeof *convolution);
    memset(w->slopes, 0, n * sizeof *w->slopes);
    add_average_transposed(s, w, level, first_order, w->slopes);
    if (scale + 1 < s->n_scales) {
        memset(w->pair, 0, n * sizeof *w->pair);
        find_moduli(n, convolution, 2, &w->pair->re);
        second_order = add_second_order(s, w, scale, second_order);
    }
    find_modulus_slopes(n, w->slopes, convolution);
    transform_grid(level, false, convolution, w->line);
    add_wavelet_transposed(&s->levels[0].wavelets[scale][angle], level, convolution, w->image_slopes);
    return second_order;
}

/* From w->image, and the vector in w->coefficients, to w->slopes, which are those of the images. */
static void block_vjp(const scattering *s, const workspace *w)
{
    const scattering_level *finest = &s->levels[0];
    const size_t n_places = s->n_down * s->n_across, n_points = grid_size(s);
    const lane_vector *order_0 = w->coefficients, *first_order = order_0 + n_places;
    const lane_vector *second_order = first_order + s->n_scales * s->n_angles * n_places;
    transform_grid(finest, false, w->image, w->line);
    memset(w->image_slopes, 0, n_points * sizeof *w->image_slopes);
    for (size_t scale = 0; scale < s->n_scales; scale++) {
        for (size_t angle = 0; angle < s->n_angles; angle++) {
            second_order = add_wavelet(s, w, scale, angle, first_order, second_order);
            first_order += n_places;
        }
    }
    transform_grid(finest, true, w->image_slopes, w->line);
    memset(w->slopes, 0, n_points * sizeof *w->slopes);
    add_average_transposed(s, w, finest, order_0, w->slopes);
    for (size_t i = 0; i < n_points; i++)
        w->slopes[i] += w->image_slopes[i].re;
}

static bool vjp(const scattering *s, size_t n, const uint8_t *const *images, const float *vectors, float *gradients)
{
    const scattering_level *finest = &s->levels[0];
    const size_t n_pixels = s->n_rows * s->n_columns;
    workspace w;
    const bool ok = workspace_create(s, &w);
    memset(gradients, 0, n * n_pixels * sizeof *gradients);
    for (size_t first = 0; ok && first < n; first += N_LANES) {
        const size_t n_taken = size_min(n - first, N_LANES);
        load_images(s, n_taken, images + first, w.image);
        for (size_t i = 0; i < n_taken; i++)
            for (size_t j = 0; j < s->n_coefficients; j++)
                w.coefficients[j][i] = vectors[(first + i) * s->n_coefficients + j];
        block_vjp(s, &w);
        for (size_t row = 0; row < finest->n_rows; row++)
            for (size_t column = 0; column < finest->n_columns; column++)
                for (size_t i = 0; i < n_taken; i++)
                    gradients[(first + i) * n_pixels + pixel_at(s, row, column)] +=
                        w.slopes[row * finest->pitch + column][i];
    }
    pool_free(&w.memory);
    return ok;
}

const scattering_loops LOOPS = {transform, vjp};
