/* The filters and weights that are the same for all images, and the workspace. */
#include "features/patches.h"

#include <stdlib.h>
#include <string.h>

#include "base/exact_math.h"
#include "softmax.h"

static const double GRADIENT_DEVIATION = 0.7, BLUR_DEVIATION = 1.5;

/* Of pooling, in thirds of the patches. */
static const double CELL_DEVIATION = 3.0 / 7, CELL_DISTANCE = 0.85;

static double gaussian(double t, double deviation)
{
    return exact_exp(-t * t / (2 * deviation * deviation));
}

/* weights [n]: a Gaussian around a centre, with a sum of 1. */
static void set_weights(size_t n, double centre, double deviation, float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += gaussian((double)i - centre, deviation);
    for (size_t i = 0; i < n; i++)
        weights[i] = (float)(gaussian((double)i - centre, deviation) / sum);
}

/* weights [n]: of the derivative, which is 1 for a ramp of slope 1. */
static void set_derivative(size_t n, double centre, double deviation, float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)i - centre) * ((double)i - centre) * gaussian((double)i - centre, deviation);
    for (size_t i = 0; i < n; i++)
        weights[i] = (float)(((double)i - centre) * gaussian((double)i - centre, deviation) / sum);
}

static void set_cells(size_t n, float *weights)
{
    const double distance = (double)n / PATCHES_CELLS;
    for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
        const double off_centre = ((double)cell - (PATCHES_CELLS - 1) / 2.0) * distance * CELL_DISTANCE;
        set_weights(n, ((double)n - 1) / 2 + off_centre, distance * CELL_DEVIATION, weights + cell * n);
    }
}

/* The bits of a generator's numbers, lowest first. */
typedef struct bit_stream {
    sm_random random;
    uint64_t bits;
    size_t n_left;
} bit_stream;

static int8_t draw_sign(bit_stream *stream)
{
    if (stream->n_left == 0) {
        stream->bits = sm_random_next(&stream->random);
        stream->n_left = 64;
    }
    const int8_t sign = stream->bits & 1 ? 1 : -1;
    stream->bits >>= 1;
    stream->n_left--;
    return sign;
}

/* Filter by filter, row by row of its patch, point by point, channel by channel: +1 for a bit of 1. */
static void draw_signs(uint64_t seed, patches *p)
{
    bit_stream stream = {.random = {seed}};
    for (size_t filter = 0; filter < p->n_filters; filter++) {
        for (size_t row = 0; row < PATCHES_SIDE; row++) {
            float *filter_row = p->filters + (filter * PATCHES_SIDE + row) * PATCHES_ROW;
            const size_t first_quad = (filter / PATCHES_BANK * PATCHES_SIDE + row) * PATCHES_QUADS;
            for (size_t i = 0; i < PATCHES_SIDE * PATCHES_CHANNELS; i++) {
                const size_t quad = (first_quad + i / PATCHES_QUAD) * PATCHES_BANK + filter % PATCHES_BANK;
                filter_row[i] = p->signs[quad * PATCHES_QUAD + i % PATCHES_QUAD] = draw_sign(&stream);
            }
        }
    }
}

bool patches_create(size_t n_filters, uint64_t seed, size_t n_rows, size_t n_columns, const patches_loops *loops,
                    patches *p)
{
    *p = (patches){.n_filters = n_filters,
                   .n_banks = (n_filters - 1) / PATCHES_BANK + 1,
                   .n_rows = n_rows,
                   .n_columns = n_columns,
                   .n_padded_rows = n_rows + 2 * PATCHES_MARGIN,
                   .n_padded_columns = n_columns + 2 * PATCHES_MARGIN,
                   .n_grid_rows = (n_rows + 1) / 2 + PATCHES_MARGIN,
                   .n_grid_columns = (n_columns + 1) / 2 + PATCHES_MARGIN,
                   .loops = loops};
    p->n_down = p->n_grid_rows - PATCHES_SIDE + 1;
    p->n_across = p->n_grid_columns - PATCHES_SIDE + 1;
    p->signs = calloc(p->n_banks, PATCHES_SIDE * PATCHES_QUADS * PATCHES_BANK * PATCHES_QUAD);
    p->filters = calloc(p->n_banks, sizeof(float[PATCHES_BANK][PATCHES_SIDE][PATCHES_ROW]));
    p->down = calloc(PATCHES_CELLS, p->n_down * sizeof *p->down);
    p->across = calloc(PATCHES_CELLS, p->n_across * sizeof *p->across);
    if (!p->signs || !p->filters || !p->down || !p->across) {
        patches_destroy(p);
        return false;
    }
    set_weights(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, p->smooth);
    set_derivative(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, p->derivative);
    set_weights(2 * PATCHES_BLUR_REACH + 1, PATCHES_BLUR_REACH, BLUR_DEVIATION, p->blur);
    set_cells(p->n_down, p->down);
    set_cells(p->n_across, p->across);
    for (size_t k = 0; k < PATCHES_DIRECTIONS; k++) {
        const turn a = exact_turn(k, PATCHES_DIRECTIONS);
        p->cosines[k] = (float)a.cosine;
        p->sines[k] = (float)a.sine;
    }
    draw_signs(seed, p);
    return true;
}

void patches_destroy(patches *p)
{
    free(p->across);
    free(p->down);
    free(p->filters);
    free(p->signs);
    *p = (patches){0};
}

/* ---------------------------------------------------------------------------------------------- */

/* Takes n_bytes of memory after the *n_taken that are taken; NULL if there is none yet. */
static void *take(uint8_t *memory, size_t n_bytes, size_t *n_taken)
{
    void *taken = memory ? memory + *n_taken : NULL;
    *n_taken += (n_bytes + sizeof(channel_vector) - 1) / sizeof(channel_vector) * sizeof(channel_vector);
    return taken;
}

/* Returns the bytes that the stages take. */
static size_t lay_out(const patches *p, uint8_t *memory, patches_stages *s)
{
    const size_t height = p->n_padded_rows, width = p->n_padded_columns, reach = PATCHES_GRADIENT_REACH;
    const size_t n_points = p->n_grid_rows * p->n_grid_columns, n_patches = p->n_down * p->n_across;
    const size_t n_bytes = n_points * PATCHES_CHANNELS + PATCHES_SLACK;
    size_t n_taken = 0;
    s->pixels = take(memory, (height + 2 * reach) * (width + 2 * reach) * sizeof *s->pixels, &n_taken);
    s->smooth = take(memory, height * (width + 2 * reach) * sizeof *s->smooth, &n_taken);
    s->derivative = take(memory, height * (width + 2 * reach) * sizeof *s->derivative, &n_taken);
    s->gx = take(memory, height * width * sizeof *s->gx, &n_taken);
    s->gy = take(memory, height * width * sizeof *s->gy, &n_taken);
    s->channels = take(memory, height * width * sizeof *s->channels, &n_taken);
    s->blurred_down = take(memory, p->n_grid_rows * width * sizeof *s->blurred_down, &n_taken);
    s->grid = take(memory, n_points * sizeof *s->grid, &n_taken);
    s->points = take(memory, n_bytes, &n_taken);
    s->bytes = take(memory, n_bytes * sizeof *s->bytes, &n_taken);
    s->energies = take(memory, n_patches * sizeof *s->energies, &n_taken);
    s->scales = take(memory, n_patches * sizeof *s->scales, &n_taken);
    s->norms = take(memory, n_patches * sizeof *s->norms, &n_taken);
    s->pooled = take(memory, sizeof(float[PATCHES_CELLS][PATCHES_CELLS][PATCHES_BANK]), &n_taken);
    return n_taken;
}

bool patches_workspace_create(const patches *p, patches_workspace *w)
{
    const size_t n_bytes = lay_out(p, NULL, &w->values);
    uint8_t *memory = aligned_alloc(sizeof(channel_vector), 2 * n_bytes);
    *w = (patches_workspace){.memory = memory, .n_bytes = 2 * n_bytes};
    if (!memory)
        return false;
    (void)lay_out(p, memory, &w->values);
    (void)lay_out(p, memory + n_bytes, &w->slopes);
    return true;
}

void patches_workspace_destroy(patches_workspace *w)
{
    free(w->memory);
    *w = (patches_workspace){0};
}
