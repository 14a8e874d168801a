/* The tables of the scattering transform. */
#include "features/scattering.h"

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

static root_of_unity *create_roots(size_t n, pool *memory)
{
    root_of_unity *roots = pool_take(memory, n, sizeof *roots);
    for (size_t k = 0; roots && k < n; k++) {
        const turn t = exact_turn(k, n);
        roots[k] = (root_of_unity){(float)t.cosine, (float)-t.sine};
    }
    return roots;
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
    made->of_rows = create_roots(made->n_columns, memory);
    made->of_columns = create_roots(made->n_rows, memory);
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
