#include "features/scattering.h"

#include <stdlib.h>
#include <string.h>

#include "features/morlet.h"
#include "base/exact_math.h"
#include "softmax.h"

enum { ALIGNMENT = 64 };

size_t scattering_n_paths(size_t n_scales, size_t n_angles)
{
    return 1 + n_scales * n_angles + n_scales * (n_scales - 1) / 2 * n_angles * n_angles;
}

size_t scattering_n_places(size_t n_scales, size_t n_pixels)
{
    return ((n_pixels - 1) >> n_scales) + 1;
}

/* A number that Fourier transforms divide by 2, 3 and 4, a multiple of 2^J, with room for some pixels of the mirror
 * image between the image and its next copy. */
static size_t grid_side(size_t n_scales, size_t n_pixels)
{
    const size_t least = n_pixels + ((size_t)1 << n_scales) / 2;
    for (size_t n = (size_t)1 << n_scales;; n *= 2) {
        if (n >= least)
            return n;
        if (n + n / 2 >= least && n / 2 % ((size_t)1 << n_scales) == 0)
            return n + n / 2;
    }
}

/* ---------------------------------------------------------------------------------------------- */

static bool create_fourier(size_t n, fourier *f)
{
    f->n = n;
    f->cosines = calloc(n, sizeof *f->cosines);
    f->sines = calloc(n, sizeof *f->sines);
    if (!f->cosines || !f->sines)
        return false;
    for (size_t i = 0; i < n; i++) {
        const turn t = exact_turn(i, n);
        f->cosines[i] = (float)t.cosine;
        f->sines[i] = (float)-t.sine;
    }
    return true;
}

/* The weights of phi around each of n_places places, 2^J apart and in the middle of the image. */
static bool create_averages(const morlet *m, size_t level, size_t n_points, size_t n_pixels, size_t n_before,
                            float **averages)
{
    const size_t n_places = scattering_n_places(m->n_scales, n_pixels), n = n_points >> level;
    double *weights = calloc(n, sizeof *weights);
    float *made = *averages = calloc(n_places, n * sizeof *made);
    for (size_t i = 0; weights && made && i < n_places; i++) {
        const double from_middle = (double)i - ((double)n_places - 1) / 2;
        const double centre = ((double)n_pixels - 1) / 2 + from_middle * (double)((size_t)1 << m->n_scales);
        morlet_average(m, n_points, level, centre + (double)n_before, weights);
        for (size_t j = 0; j < n; j++)
            made[i * n + j] = (float)weights[j];
    }
    free(weights);
    return weights && made;
}

/* Adds to the wavelet, at k, all that is folded onto one point of the coarser grid; returns the place behind it. */
static uint32_t fold_onto(const scattering_level *fine, const scattering_level *coarse, size_t row, size_t column,
                          double factor, const double *values, uint32_t k, wavelet *w)
{
    for (size_t i = row; i < fine->n_rows; i += coarse->n_rows) {
        for (size_t j = column; j < fine->n_columns; j += coarse->n_columns) {
            const double value = values[i * fine->n_columns + j];
            if (value == 0)
                continue;
            w->sources[k] = (uint32_t)(i * fine->pitch + j);
            w->values[k++] = (float)(value * factor);
        }
    }
    return k;
}

/* Folds a wavelet on the grid of one level onto that of another; factor is for all its values. */
static bool create_wavelet(const scattering_level *fine, const scattering_level *coarse, double factor,
                           const double *values, wavelet *w)
{
    size_t n_values = 0;
    for (size_t i = 0; i < fine->n_rows * fine->n_columns; i++)
        n_values += values[i] != 0;
    w->starts = calloc(coarse->n_rows * coarse->n_columns + 1, sizeof *w->starts);
    w->sources = calloc(n_values + 1, sizeof *w->sources);
    w->values = calloc(n_values + 1, sizeof *w->values);
    if (!w->starts || !w->sources || !w->values)
        return false;
    uint32_t k = 0, *end = w->starts + 1;
    for (size_t row = 0; row < coarse->n_rows; row++)
        for (size_t column = 0; column < coarse->n_columns; column++)
            *end++ = k = fold_onto(fine, coarse, row, column, factor, values, k, w);
    return true;
}

/* The wavelets on all grids. Those of the finest one say how large all of them may be. */
static bool create_wavelets(const morlet *m, scattering *s)
{
    const size_t n_points = m->n_rows * m->n_columns;
    double *values = calloc(s->n_scales * s->n_angles, n_points * sizeof *values);
    if (!values)
        return false;
    for (size_t i = 0; i < s->n_scales * s->n_angles; i++)
        morlet_wavelet(m, 0, i / s->n_angles, i % s->n_angles, values + i * n_points);
    const double factor = morlet_factor(m, values);
    bool ok = true;
    for (size_t level = 0; level < s->n_scales; level++) {
        scattering_level *fine = &s->levels[level];
        /* Behind a wavelet there are only coarser ones; the inverse transform leaves out its division. */
        const double share = factor / (double)(n_points >> 2 * level);
        for (size_t i = (level > 0 ? level + 1 : 0) * s->n_angles; ok && i < s->n_scales * s->n_angles; i++) {
            const size_t scale = i / s->n_angles, angle = i % s->n_angles;
            double *wavelet_values = values + (level > 0 ? 0 : i * n_points);
            if (level > 0)
                morlet_wavelet(m, level, scale, angle, wavelet_values);
            ok = create_wavelet(fine, &s->levels[scale], share, wavelet_values, &fine->wavelets[scale][angle]);
        }
    }
    free(values);
    return ok;
}

static bool create_level(const morlet *m, size_t level, scattering *s)
{
    scattering_level *made = &s->levels[level];
    made->n_rows = m->n_rows >> level;
    made->n_columns = m->n_columns >> level;
    made->pitch = made->n_columns + 1; /* rows that are a power of 2 apart would share too few lines of a cache */
    return create_fourier(made->n_columns, &made->along_rows) &&
           create_fourier(made->n_rows, &made->along_columns) &&
           create_averages(m, level, m->n_rows, s->n_rows, s->n_before, &made->average_rows) &&
           create_averages(m, level, m->n_columns, s->n_columns, s->n_left, &made->average_columns);
}

static const scattering_lanes *find_lanes(const char *isa)
{
#ifdef FEATURES_HAVE_X86
    const scattering_lanes *const all[] = {&scattering_lanes_avx512, &scattering_lanes_avx2};
    const char *name = sm_isa_name(isa);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (name && strcmp(name, all[i]->isa) == 0)
            return all[i];
#endif
    (void)isa;
    return &scattering_lanes_plain;
}

bool scattering_create(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns, const char *isa,
                       scattering *s)
{
    if (n_scales == 0 || n_scales > SCATTERING_MAX_SCALES || n_angles == 0 || n_angles > SCATTERING_MAX_ANGLES)
        return false;
    const morlet m = {grid_side(n_scales, n_rows), grid_side(n_scales, n_columns), n_scales, n_angles};
    *s = (scattering){
        .n_scales = n_scales,
        .n_angles = n_angles,
        .n_rows = n_rows,
        .n_columns = n_columns,
        .n_before = (m.n_rows - n_rows) / 2,
        .n_left = (m.n_columns - n_columns) / 2,
        .n_down = scattering_n_places(n_scales, n_rows),
        .n_across = scattering_n_places(n_scales, n_columns),
        .n_paths = scattering_n_paths(n_scales, n_angles),
        .lanes = find_lanes(isa),
    };
    s->n_coefficients = s->n_paths * s->n_down * s->n_across;
    bool ok = true;
    for (size_t level = 0; ok && level < n_scales; level++)
        ok = create_level(&m, level, s);
    ok = ok && create_wavelets(&m, s);
    if (!ok)
        scattering_destroy(s);
    return ok;
}

static void destroy_level(const scattering *s, scattering_level *level)
{
    for (size_t i = 0; i < s->n_scales * s->n_angles; i++) {
        const wavelet *w = &level->wavelets[i / s->n_angles][i % s->n_angles];
        free(w->starts);
        free(w->sources);
        free(w->values);
    }
    free(level->average_columns);
    free(level->average_rows);
    free(level->along_columns.cosines);
    free(level->along_columns.sines);
    free(level->along_rows.cosines);
    free(level->along_rows.sines);
}

void scattering_destroy(scattering *s)
{
    for (size_t level = 0; level < s->n_scales; level++)
        destroy_level(s, &s->levels[level]);
    *s = (scattering){0};
}

/* ---------------------------------------------------------------------------------------------- */

/* What a block of images is transformed in. */
typedef struct block {
    lane_vector *grid;         /* [n_rows, n_columns] of level 0 */
    lane_vector *coefficients; /* [n_coefficients] */
    void *memory;
} block;

static size_t grid_points(const scattering *s)
{
    return s->levels[0].n_rows * s->levels[0].n_columns;
}

static void *aligned_zeros(size_t n_bytes)
{
    const size_t size = (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

static bool block_create(const scattering *s, block *b)
{
    b->grid = aligned_zeros(grid_points(s) * sizeof *b->grid);
    b->coefficients = aligned_zeros(s->n_coefficients * sizeof *b->coefficients);
    b->memory = aligned_zeros(s->lanes->memory_bytes(s));
    return b->grid && b->coefficients && b->memory;
}

static void block_destroy(block *b)
{
    free(b->memory);
    free(b->coefficients);
    free(b->grid);
}

/* Where point i of a grid's side, of which n_before come before the image, lies in its mirror images. */
static size_t mirror(size_t i, size_t n_before, size_t n_pixels)
{
    const size_t period = 2 * n_pixels, at = (i + period * (n_before / period + 1) - n_before) % period;
    return at < n_pixels ? at : period - 1 - at;
}

static void load_images(const scattering *s, size_t n, const uint8_t *const *images, lane_vector *grid)
{
    const size_t n_rows = s->levels[0].n_rows, n_columns = s->levels[0].n_columns;
    for (size_t row = 0; row < n_rows; row++) {
        for (size_t column = 0; column < n_columns; column++) {
            const size_t at =
                mirror(row, s->n_before, s->n_rows) * s->n_columns + mirror(column, s->n_left, s->n_columns);
            lane_vector values = {0};
            for (size_t i = 0; i < n; i++)
                values[i] = (float)images[i][at] / 255;
            grid[row * n_columns + column] = values;
        }
    }
}

/* Rows [n, n_values] to and from the lanes. */
static void lanes_to_rows(size_t n, size_t n_values, const lane_vector *lanes, float *rows)
{
    for (size_t j = 0; j < n_values; j++)
        for (size_t i = 0; i < n; i++)
            rows[i * n_values + j] = lanes[j][i];
}

static void rows_to_lanes(size_t n, size_t n_values, const float *rows, lane_vector *lanes)
{
    for (size_t j = 0; j < n_values; j++)
        for (size_t i = 0; i < n; i++)
            lanes[j][i] = rows[i * n_values + j];
}

bool scattering_transform(const scattering *s, size_t n, const uint8_t *const *images, float *coefficients)
{
    block b;
    const bool ok = block_create(s, &b);
    if (ok) {
        load_images(s, n, images, b.grid);
        s->lanes->transform(s, b.grid, b.memory, b.coefficients);
        lanes_to_rows(n, s->n_coefficients, b.coefficients, coefficients);
    }
    block_destroy(&b);
    return ok;
}

/* A pixel's gradient is the sum of those of its mirror images. */
static void fold_gradients(const scattering *s, size_t n, const lane_vector *grid, float *gradients)
{
    const size_t n_rows = s->levels[0].n_rows, n_columns = s->levels[0].n_columns;
    const size_t n_pixels = s->n_rows * s->n_columns;
    memset(gradients, 0, n * n_pixels * sizeof *gradients);
    for (size_t row = 0; row < n_rows; row++) {
        for (size_t column = 0; column < n_columns; column++) {
            const size_t at =
                mirror(row, s->n_before, s->n_rows) * s->n_columns + mirror(column, s->n_left, s->n_columns);
            for (size_t i = 0; i < n; i++)
                gradients[i * n_pixels + at] += grid[row * n_columns + column][i];
        }
    }
}

bool scattering_vjp(const scattering *s, size_t n, const uint8_t *const *images, const float *vectors,
                    float *gradients)
{
    block b;
    lane_vector *gradient = aligned_zeros(grid_points(s) * sizeof *gradient);
    const bool ok = block_create(s, &b) && gradient;
    if (ok) {
        load_images(s, n, images, b.grid);
        rows_to_lanes(n, s->n_coefficients, vectors, b.coefficients);
        s->lanes->vjp(s, b.grid, b.coefficients, b.memory, gradient);
        fold_gradients(s, n, gradient, gradients);
    }
    block_destroy(&b);
    free(gradient);
    return ok;
}
