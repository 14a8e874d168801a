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

/* weights [n]: a Gaussian around a centre, with a sum of 1; or its derivative, which is 1 for a ramp of slope 1. */
static void set_weights(size_t n, double centre, double deviation, bool is_derivative, float *weights)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i - centre;
        sum += (is_derivative ? t * t : 1) * gaussian(t, deviation);
    }
    for (size_t i = 0; i < n; i++) {
        const double t = (double)i - centre;
        weights[i] = (float)((is_derivative ? t : 1) * gaussian(t, deviation) / sum);
    }
}

static void set_cells(size_t n, float *weights)
{
    const double distance = (double)n / PATCHES_CELLS;
    for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
        const double off_centre = ((double)cell - (PATCHES_CELLS - 1) / 2.0) * distance * CELL_DISTANCE;
        set_weights(n, ((double)n - 1) / 2 + off_centre, distance * CELL_DEVIATION, false, weights + cell * n);
    }
}

/* A sign for each bit of the generator's numbers, lowest first, + for 1: filter by filter, row by row of its patch,
 * point by point, channel by channel. */
static void draw_signs(uint64_t seed, patches *p)
{
    enum { N_BITS = 64, N_IN_ROW = PATCHES_SIDE * PATCHES_CHANNELS };
    sm_random random = {seed};
    uint64_t bits = 0;
    for (size_t i = 0; i < p->n_filters * PATCHES_SIDE * N_IN_ROW; i++) {
        const size_t row = i / N_IN_ROW, at = i % N_IN_ROW, filter = row / PATCHES_SIDE;
        const size_t row_of_bank = filter / PATCHES_BANK * PATCHES_SIDE + row % PATCHES_SIDE;
        const size_t quad =
            (row_of_bank * PATCHES_QUADS + at / PATCHES_QUAD) * PATCHES_BANK + filter % PATCHES_BANK;
        bits = i % N_BITS == 0 ? sm_random_next(&random) : bits >> 1;
        const int8_t sign = bits & 1 ? 1 : -1;
        p->signs[quad * PATCHES_QUAD + at % PATCHES_QUAD] = sign;
        p->filters[row * PATCHES_ROW + at] = sign;
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
    set_weights(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, false, p->smooth);
    set_weights(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, true, p->derivative);
    set_weights(2 * PATCHES_BLUR_REACH + 1, PATCHES_BLUR_REACH, BLUR_DEVIATION, false, p->blur);
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
    s->norms = pool_take(memory, n_patches, sizeof *s->norms);
    s->scales = pool_take(memory, n_patches, sizeof *s->scales);
}

void patches_workspace_take(const patches *p, pool *memory, patches_workspace *w)
{
    take_stages(p, memory, &w->values);
    take_stages(p, memory, &w->slopes);
}
