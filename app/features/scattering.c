/* The tables of the scattering transform, and the transform of a block of images on its grid. */
#include "features/scattering.h"

#include <string.h>

#include "base/exact_math.h"
#include "base/sizes.h"
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

/* The least 2^a or 3 2^a that is a multiple of 2^J and leaves 2^J / 2 points for mirror images between the image
 * and its next copy. */
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

static void create_fourier(size_t n, pool *memory, fourier *f)
{
    *f = (fourier){n, pool_take(memory, n, sizeof *f->roots)};
    for (size_t k = 0; f->roots && k < n; k++) {
        const turn t = exact_turn(k, n);
        f->roots[k] = (root_of_unity){(float)t.cosine, (float)-t.sine};
    }
}

/* weights [n_places, n_points >> level] of phi along one side; the places are 2^J apart, around the middle of the
 * image. */
static float *create_phi(const morlet *m, size_t level, size_t n_points, size_t n_pixels, size_t n_before,
                         pool *memory)
{
    const size_t n_places = count_places(m->n_scales, n_pixels), n = n_points >> level;
    float *weights = pool_take(memory, n_places, n * sizeof *weights);
    for (size_t i = 0; weights && i < n_places; i++) {
        const double from_middle = (double)i - ((double)n_places - 1) / 2;
        const double centre = ((double)n_pixels - 1) / 2 + from_middle * (double)((size_t)1 << m->n_scales);
        morlet_phi(m, n_points, level, centre + (double)n_before, weights + i * n);
    }
    return weights;
}

static void create_level(const morlet *m, size_t level, pool *memory, scattering *s)
{
    scattering_level *made = &s->levels[level];
    made->n_rows = m->n_rows >> level;
    made->n_columns = m->n_columns >> level;
    made->pitch = made->n_columns + 1; /* at a power of 2, the points of a column would share few cache sets */
    create_fourier(made->n_columns, memory, &made->along_rows);
    create_fourier(made->n_rows, memory, &made->along_columns);
    made->phi_rows = create_phi(m, level, m->n_rows, s->n_rows, s->n_before, memory);
    made->phi_columns = create_phi(m, level, m->n_columns, s->n_columns, s->n_left, memory);
}

/* Appends to w, from index k on, all frequencies of the finer grid that one frequency of the coarser grid cannot be
 * told from; returns the end. */
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
static void create_wavelet(size_t level, size_t index, double factor, const double *values, pool *memory,
                           scattering *s)
{
    const size_t scale = index / s->n_angles, angle = index % s->n_angles;
    scattering_level *fine = &s->levels[level];
    const scattering_level *coarse = &s->levels[scale];
    wavelet *w = &fine->wavelets[scale][angle];
    const size_t n_points = fine->n_rows * fine->n_columns;
    size_t n_values = 0;
    for (size_t i = 0; i < n_points; i++)
        n_values += values[i] != 0;
    w->starts = pool_take(memory, coarse->n_rows * coarse->n_columns + 1, sizeof *w->starts);
    w->sources = pool_take(memory, n_values, sizeof *w->sources);
    w->values = pool_take(memory, n_values, sizeof *w->values);
    if (memory->has_failed)
        return;
    const double share = factor / (double)n_points; /* the inverse transform leaves out this division */
    uint32_t k = 0, *end = w->starts + 1;
    for (size_t row = 0; row < coarse->n_rows; row++)
        for (size_t column = 0; column < coarse->n_columns; column++)
            *end++ = k = fold_onto(fine, coarse, row, column, share, values, k, w);
}

/* All wavelets on the finest grid, which determine their common factor; on the others those of larger scales. */
static void create_wavelets(const morlet *m, pool *memory, scattering *s)
{
    const size_t n_points = m->n_rows * m->n_columns, n_wavelets = s->n_scales * s->n_angles;
    pool scratch = {0};
    double *values = pool_take(&scratch, n_wavelets, n_points * sizeof *values);
    if (!values) {
        memory->has_failed = true;
        return;
    }
    for (size_t i = 0; i < n_wavelets; i++)
        morlet_wavelet(m, 0, i / s->n_angles, i % s->n_angles, values + i * n_points);
    const double factor = morlet_factor(m, values);
    for (size_t i = 0; i < n_wavelets; i++)
        create_wavelet(0, i, factor, values + i * n_points, memory, s);
    for (size_t level = 1; level < s->n_scales; level++) {
        for (size_t i = (level + 1) * s->n_angles; i < n_wavelets; i++) {
            morlet_wavelet(m, level, i / s->n_angles, i % s->n_angles, values);
            create_wavelet(level, i, factor, values, memory, s);
        }
    }
    pool_free(&scratch);
}

scattering *scattering_create(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns,
                              const scattering_loops *loops, pool *memory)
{
    const morlet m = {grid_side(n_scales, n_rows), grid_side(n_scales, n_columns), n_scales, n_angles};
    scattering *s = pool_take(memory, 1, sizeof *s);
    if (!s)
        return NULL;
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
    for (size_t level = 0; level < n_scales; level++)
        create_level(&m, level, memory, s);
    create_wavelets(&m, memory, s);
    return s;
}

/* ---------------------------------------------------------------------------------------------- */

/* The memory of a thread: a block of images, which the loops transform. */
typedef struct workspace {
    pool memory;
    float *images;       /* [n_rows, n_columns, n_lanes] of the finest grid */
    float *gradient;     /* the same */
    float *coefficients; /* [n_coefficients, n_lanes] */
    void *of_loops;
} workspace;

static bool workspace_create(const scattering *s, workspace *w)
{
    const size_t n_points = s->levels[0].n_rows * s->levels[0].n_columns, size = s->loops->n_lanes * sizeof(float);
    *w = (workspace){0};
    w->images = pool_take(&w->memory, n_points, size);
    w->gradient = pool_take(&w->memory, n_points, size);
    w->coefficients = pool_take(&w->memory, s->n_coefficients, size);
    w->of_loops = s->loops->take_workspace(s, &w->memory);
    if (w->memory.has_failed)
        pool_free(&w->memory);
    return !w->memory.has_failed;
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

bool scattering_transform(const scattering *s, size_t n, const uint8_t *const *images, float *coefficients)
{
    const size_t n_lanes = s->loops->n_lanes;
    workspace w;
    if (!workspace_create(s, &w))
        return false;
    for (size_t first = 0; first < n; first += n_lanes) {
        const size_t n_taken = size_min(n - first, n_lanes);
        load_images(s, n_taken, images + first, w.images);
        s->loops->transform(s, w.images, w.of_loops, w.coefficients);
        for (size_t i = 0; i < n_taken; i++)
            for (size_t j = 0; j < s->n_coefficients; j++)
                coefficients[(first + i) * s->n_coefficients + j] = w.coefficients[j * n_lanes + i];
    }
    pool_free(&w.memory);
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
        const size_t n_taken = size_min(n - first, n_lanes);
        load_images(s, n_taken, images + first, w.images);
        for (size_t i = 0; i < n_taken; i++)
            for (size_t j = 0; j < s->n_coefficients; j++)
                w.coefficients[j * n_lanes + i] = vectors[(first + i) * s->n_coefficients + j];
        s->loops->vjp(s, w.images, w.coefficients, w.of_loops, w.gradient);
        add_gradients(s, n_taken, w.gradient, gradients + first * n_pixels);
    }
    pool_free(&w.memory);
    return true;
}
