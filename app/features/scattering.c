/* The tables of the scattering transform, and the transform of a block of images on its grid. */
#include "features/scattering.h"

#include <stdlib.h>
#include <string.h>

#include "base/exact_math.h"
#include "features/morlet.h"

/* The number of places of phi along a side of the image. */
static size_t count_places(size_t n_scales, size_t n_pixels)
{
    return ((n_pixels - 1) >> n_scales) + 1;
}

size_t scattering_n_coefficients(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns)
{
    const size_t n_paths = 1 + n_scales * n_angles + n_scales * (n_scales - 1) / 2 * n_angles * n_angles;
    return n_paths * count_places(n_scales, n_rows) * count_places(n_scales, n_columns);
}

/* The least 2^a or 3 2^a that is a multiple of 2^J and leaves 2^J / 2 points for mirror images between the image and
 * its next copy. */
static size_t grid_side(size_t n_scales, size_t n_pixels)
{
    const size_t unit = (size_t)1 << n_scales, least = n_pixels + unit / 2;
    for (size_t n = unit;; n *= 2) {
        if (n >= least)
            return n;
        if (n + n / 2 >= least && n / 2 % unit == 0)
            return n + n / 2;
    }
}

/* ---------------------------------------------------------------------------------------------- */

static bool create_fourier(size_t n, fourier *f)
{
    *f = (fourier){n, calloc(n, sizeof *f->roots)};
    for (size_t k = 0; f->roots && k < n; k++) {
        const turn t = exact_turn(k, n);
        f->roots[k] = (root_of_unity){(float)t.cosine, (float)-t.sine};
    }
    return f->roots;
}

/* weights [n_places, n_points >> level] of phi along one side; the places are 2^J apart, around the middle of the
 * image. */
static bool create_phi(const morlet *m, size_t level, size_t n_points, size_t n_pixels, size_t n_before,
                       float **weights)
{
    const size_t n_places = count_places(m->n_scales, n_pixels), n = n_points >> level;
    double *values = calloc(n, sizeof *values);
    float *made = *weights = calloc(n_places, n * sizeof *made);
    for (size_t i = 0; values && made && i < n_places; i++) {
        const double from_middle = (double)i - ((double)n_places - 1) / 2;
        const double centre = ((double)n_pixels - 1) / 2 + from_middle * (double)((size_t)1 << m->n_scales);
        morlet_average(m, n_points, level, centre + (double)n_before, values);
        for (size_t j = 0; j < n; j++)
            made[i * n + j] = (float)values[j];
    }
    free(values);
    return values && made;
}

static bool create_level(const morlet *m, size_t level, scattering *s)
{
    scattering_level *made = &s->levels[level];
    made->n_rows = m->n_rows >> level;
    made->n_columns = m->n_columns >> level;
    made->pitch =
        made->n_columns + 1; /* a column whose points are a power of 2 apart would share few cache lines */
    return create_fourier(made->n_columns, &made->along_rows) &&
           create_fourier(made->n_rows, &made->along_columns) &&
           create_phi(m, level, m->n_rows, s->n_rows, s->n_before, &made->phi_rows) &&
           create_phi(m, level, m->n_columns, s->n_columns, s->n_left, &made->phi_columns);
}

/* Appends to w, from index k on, all frequencies of the finer grid that one frequency of the coarser grid cannot be told
 * from; returns the end. */
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

/* Wavelet `index`, by scale and angle, from its Fourier transform on the grid of a level. */
static bool create_wavelet(scattering *s, size_t level, size_t index, double factor, const double *values)
{
    const size_t scale = index / s->n_angles, angle = index % s->n_angles;
    scattering_level *fine = &s->levels[level];
    const scattering_level *coarse = &s->levels[scale];
    wavelet *w = &fine->wavelets[scale][angle];
    const size_t n_points = fine->n_rows * fine->n_columns;
    size_t n_values = 0;
    for (size_t i = 0; i < n_points; i++)
        n_values += values[i] != 0;
    w->starts = calloc(coarse->n_rows * coarse->n_columns + 1, sizeof *w->starts);
    w->sources = calloc(n_values + 1, sizeof *w->sources);
    w->values = calloc(n_values + 1, sizeof *w->values);
    if (!w->starts || !w->sources || !w->values)
        return false;
    const double share = factor / (double)n_points; /* the inverse transform leaves out this division */
    uint32_t k = 0, *end = w->starts + 1;
    for (size_t row = 0; row < coarse->n_rows; row++)
        for (size_t column = 0; column < coarse->n_columns; column++)
            *end++ = k = fold_onto(fine, coarse, row, column, share, values, k, w);
    return true;
}

/* All wavelets on the finest grid, which determine their common factor; on the other grids those of larger scales. */
static bool create_wavelets(const morlet *m, scattering *s)
{
    const size_t n_points = m->n_rows * m->n_columns, n_wavelets = s->n_scales * s->n_angles;
    double *values = calloc(n_wavelets, n_points * sizeof *values);
    if (!values)
        return false;
    for (size_t i = 0; i < n_wavelets; i++)
        morlet_wavelet(m, 0, i / s->n_angles, i % s->n_angles, values + i * n_points);
    const double factor = morlet_factor(m, values);
    bool ok = true;
    for (size_t i = 0; ok && i < n_wavelets; i++)
        ok = create_wavelet(s, 0, i, factor, values + i * n_points);
    for (size_t level = 1; level < s->n_scales; level++) {
        for (size_t i = (level + 1) * s->n_angles; ok && i < n_wavelets; i++) {
            morlet_wavelet(m, level, i / s->n_angles, i % s->n_angles, values);
            ok = create_wavelet(s, level, i, factor, values);
        }
    }
    free(values);
    return ok;
}

bool scattering_create(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns,
                       const scattering_loops *loops, scattering *s)
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
        .n_down = count_places(n_scales, n_rows),
        .n_across = count_places(n_scales, n_columns),
        .n_coefficients = scattering_n_coefficients(n_scales, n_angles, n_rows, n_columns),
        .loops = loops,
    };
    bool ok = true;
    for (size_t level = 0; ok && level < n_scales; level++)
        ok = create_level(&m, level, s);
    ok = ok && create_wavelets(&m, s);
    if (!ok)
        scattering_destroy(s);
    return ok;
}

void scattering_destroy(scattering *s)
{
    for (size_t i = 0; i < s->n_scales; i++) {
        const scattering_level *level = &s->levels[i];
        for (size_t k = 0; k < s->n_scales * s->n_angles; k++) {
            const wavelet *w = &level->wavelets[k / s->n_angles][k % s->n_angles];
            free(w->starts);
            free(w->sources);
            free(w->values);
        }
        free(level->phi_columns);
        free(level->phi_rows);
        free(level->along_columns.roots);
        free(level->along_rows.roots);
    }
    *s = (scattering){0};
}

/* ---------------------------------------------------------------------------------------------- */

/* The memory of a thread: a block of images, which the loops transform. */
typedef struct workspace {
    float *images;       /* [n_rows, n_columns, n_lanes] of the finest grid */
    float *gradient;     /* the same */
    float *coefficients; /* [n_coefficients, n_lanes] */
    float *scratch;
} workspace;

static float *aligned_zeros(size_t n)
{
    enum { ALIGNMENT = 64 };
    const size_t size = (n * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    float *memory = aligned_alloc(ALIGNMENT, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

static void workspace_destroy(workspace *w)
{
    free(w->scratch);
    free(w->coefficients);
    free(w->gradient);
    free(w->images);
}

static bool workspace_create(const scattering *s, workspace *w)
{
    const size_t n_points = s->levels[0].n_rows * s->levels[0].n_columns;
    *w = (workspace){.images = aligned_zeros(n_points * s->loops->n_lanes),
                     .gradient = aligned_zeros(n_points * s->loops->n_lanes),
                     .coefficients = aligned_zeros(s->n_coefficients * s->loops->n_lanes),
                     .scratch = aligned_zeros(s->loops->count_scratch(s))};
    if (w->images && w->gradient && w->coefficients && w->scratch)
        return true;
    workspace_destroy(w);
    return false;
}

/* The index, on one side of an image, of the pixel that is mirrored to point i of the grid. */
static size_t mirror(size_t i, size_t n_before, size_t n_pixels)
{
    const size_t period = 2 * n_pixels, at = (i + period * (n_before / period + 1) - n_before) % period;
    return at < n_pixels ? at : period - 1 - at;
}

/* The pixel at a point of the finest grid. */
static size_t pixel_at(const scattering *s, size_t point)
{
    const size_t row = point / s->levels[0].n_columns, column = point % s->levels[0].n_columns;
    return mirror(row, s->n_before, s->n_rows) * s->n_columns + mirror(column, s->n_left, s->n_columns);
}

/* Fills the first n lanes. */
static void load_images(const scattering *s, size_t n, const uint8_t *const *images, float *lanes)
{
    for (size_t point = 0; point < s->levels[0].n_rows * s->levels[0].n_columns; point++) {
        const size_t pixel = pixel_at(s, point);
        for (size_t i = 0; i < n; i++)
            lanes[point * s->loops->n_lanes + i] = (float)images[i][pixel] / 255;
    }
}

/* Adds the gradient of each point to that of its pixel. */
static void add_gradients(const scattering *s, size_t n, const float *lanes, float *gradients)
{
    const size_t n_pixels = s->n_rows * s->n_columns;
    for (size_t point = 0; point < s->levels[0].n_rows * s->levels[0].n_columns; point++) {
        const size_t pixel = pixel_at(s, point);
        for (size_t i = 0; i < n; i++)
            gradients[i * n_pixels + pixel] += lanes[point * s->loops->n_lanes + i];
    }
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool scattering_transform(const scattering *s, size_t n, const uint8_t *const *images, float *coefficients)
{
    const size_t n_lanes = s->loops->n_lanes;
    workspace w;
    if (!workspace_create(s, &w))
        return false;
    for (size_t first = 0; first < n; first += n_lanes) {
        const size_t n_taken = min_size(n - first, n_lanes);
        load_images(s, n_taken, images + first, w.images);
        s->loops->transform(s, w.images, w.scratch, w.coefficients);
        for (size_t i = 0; i < n_taken; i++)
            for (size_t j = 0; j < s->n_coefficients; j++)
                coefficients[(first + i) * s->n_coefficients + j] = w.coefficients[j * n_lanes + i];
    }
    workspace_destroy(&w);
    return true;
}

bool scattering_vjp(const scattering *s, size_t n, const uint8_t *const *images, const float *vectors,
                    float *gradients)
{
    const size_t n_lanes = s->loops->n_lanes, n_pixels = s->n_rows * s->n_columns;
    workspace w;
    if (!workspace_create(s, &w))
        return false;
    memset(gradients, 0, n * n_pixels * sizeof *gradients);
    for (size_t first = 0; first < n; first += n_lanes) {
        const size_t n_taken = min_size(n - first, n_lanes);
        load_images(s, n_taken, images + first, w.images);
        for (size_t i = 0; i < n_taken; i++)
            for (size_t j = 0; j < s->n_coefficients; j++)
                w.coefficients[j * n_lanes + i] = vectors[(first + i) * s->n_coefficients + j];
        s->loops->vjp(s, w.images, w.coefficients, w.scratch, w.gradient);
        add_gradients(s, n_taken, w.gradient, gradients + first * n_pixels);
    }
    workspace_destroy(&w);
    return true;
}
