/* The filters and weights that are the same for all images, and the workspace. */
#include "features/patches.h"

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

patches *patches_create(size_t n_filters, uint64_t seed, size_t n_rows, size_t n_columns,
                        const patches_loops *loops, pool *memory)
{
    patches *p = pool_take(memory, 1, sizeof *p);
    if (!p)
        return NULL;
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
    p->signs =
        pool_take(memory, p->n_banks, sizeof(int8_t[PATCHES_SIDE][PATCHES_QUADS][PATCHES_BANK][PATCHES_QUAD]));
    p->filters = pool_take(memory, p->n_banks, sizeof(float[PATCHES_BANK][PATCHES_SIDE][PATCHES_ROW]));
    p->down = pool_take(memory, p->n_down, sizeof(float[PATCHES_CELLS]));
    p->across = pool_take(memory, p->n_across, sizeof(float[PATCHES_CELLS]));
    if (memory->has_failed)
        return NULL;
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
    return p;
}

static void take_stages(const patches *p, pool *memory, patches_stages *s)
{
    const size_t n_padded = p->n_padded_rows * p->n_padded_columns, n_points = p->n_grid_rows * p->n_grid_columns;
    const size_t pitch = p->n_padded_columns + 2 * PATCHES_GRADIENT_REACH, n_patches = p->n_down * p->n_across;
    const size_t n_bytes = n_points * PATCHES_CHANNELS + PATCHES_SLACK;
    s->pixels = pool_take(memory, p->n_padded_rows + 2 * PATCHES_GRADIENT_REACH, pitch * sizeof *s->pixels);
    s->gx = pool_take(memory, n_padded, sizeof *s->gx);
    s->gy = pool_take(memory, n_padded, sizeof *s->gy);
    s->channels = pool_take(memory, n_padded, sizeof *s->channels);
    s->blurred_down = pool_take(memory, p->n_grid_rows * p->n_padded_columns, sizeof *s->blurred_down);
    s->grid = pool_take(memory, n_points, sizeof *s->grid);
    s->points = pool_take(memory, n_bytes, sizeof *s->points);
    s->bytes = pool_take(memory, n_bytes, sizeof *s->bytes);
    s->energies = pool_take(memory, n_patches, sizeof *s->energies);
    s->scales = pool_take(memory, n_patches, sizeof *s->scales);
    s->norms = pool_take(memory, n_patches, sizeof *s->norms);
}

void patches_workspace_take(const patches *p, pool *memory, patches_workspace *w)
{
    take_stages(p, memory, &w->values);
    take_stages(p, memory, &w->slopes);
}
