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

static void set_pooling(patches *p)
{
    set_cells(p->n_pairs, p->down);
    set_cells(p->n_across, p->across);
    for (size_t i = 0; i < PATCHES_CELLS * p->n_pairs; i++)
        p->down[i] /= 2;
    for (size_t pair = 0; pair < (p->n_pairs + 1) / 2; pair++) {
        const float first = p->down[pair], last = p->down[2 * p->n_pairs + pair];
        p->pairs_down[PATCHES_CELLS * pair] = p->down[p->n_pairs + pair];
        p->pairs_down[PATCHES_CELLS * pair + 1] = (first + last) / 2;
        p->pairs_down[PATCHES_CELLS * pair + 2] = (first - last) / 2;
    }
    for (size_t cell = 0; cell < PATCHES_CELLS; cell++)
        for (size_t x = 0; x < p->n_across; x++)
            p->scaled_across[cell * p->across_pitch + x] =
                p->across[cell * p->n_across + x] / (float)(PATCHES_NORM * PATCHES_NORM);
}

/* A sign for each of the lowest bits of a number of the generator, lowest first, + for 1; then the places of the points, the
 * first of a shuffled list of all. */
static void draw_filters(const patches *p, sm_random *random, patches_filters *filters)
{
    const uint64_t bits = sm_random_next(random);
    size_t order[PATCHES_ORDER];
    for (size_t i = 0; i < PATCHES_SIGNS; i++)
        filters->signs[i] = bits >> i & 1 ? 1 : -1;
    for (size_t i = 0; i < PATCHES_ORDER; i++) {
        order[i] = i;
        filters->points[i] = (uint32_t)(PATCHES_CHANNELS * p->channel_size);
    }
    sm_shuffle(random, PATCHES_ORDER, order);
    for (size_t i = 0; i < PATCHES_POINTS; i++) {
        filters->places[i] = (uint16_t)order[i];
        filters->points[order[i]] = (uint32_t)patches_point(p, i);
    }
}

size_t patches_point(const patches *p, size_t i)
{
    const size_t k = i / (PATCHES_SIDE * PATCHES_SIDE), y = i / PATCHES_SIDE % PATCHES_SIDE, x = i % PATCHES_SIDE;
    return k * p->channel_size + y * p->grid_pitch + x;
}

static int16_t round_to_integer(double x)
{
    return (int16_t)(x < 0 ? x - 0.5 : x + 0.5);
}

static void set_sizes(patches *p)
{
    p->n_rounds = (p->n_filters - 1) / PATCHES_ORDER + 1;
    p->n_grid_rows = (p->n_rows + 1) / 2 + PATCHES_MARGIN;
    p->n_padded_rows = 2 * p->n_grid_rows;
    p->n_grid_columns = (p->n_columns + 1) / 2 + PATCHES_MARGIN;
    /* Between the last gradient of a row that may differ from 0, PATCHES_GRADIENT_REACH after the image, and the first of the
     * next row, at column 1, there is room for what the blur reaches from the last point of the grid, and from the first. */
    p->grid_pitch = (p->n_columns + 1) / 2 + PATCHES_MARGIN + 2;
    p->pitch = 2 * p->grid_pitch;
    p->channel_size = (p->n_grid_rows + 1) * p->grid_pitch + PATCHES_MAX_LANES;
    p->n_down = p->n_grid_rows - PATCHES_SIDE + 1;
    p->n_across = p->n_grid_columns - PATCHES_SIDE + 1;
    p->n_pairs = (p->n_down + 1) / 2;
    p->across_pitch = (p->n_across + PATCHES_MAX_LANES - 1) / PATCHES_MAX_LANES * PATCHES_MAX_LANES;
}

static void set_integer_blur(patches *p)
{
    for (size_t t = 0; t < 2 * PATCHES_BLUR_REACH + 1; t++)
        p->integer_blur[t + 1] = round_to_integer(32768 * (double)p->blur[t]);
    for (size_t t = 0; t <= PATCHES_BLUR_REACH; t++)
        for (size_t i = 0; i < 2 * PATCHES_MAX_LANES; i++)
            p->blur_columns[t][i] = p->integer_blur[2 * t + i % 2];
}

patches *patches_create(size_t n_filters, size_t n_views, uint64_t seed, size_t n_rows, size_t n_columns,
                        const patches_loops *loops, pool *memory)
{
    patches *p = pool_take(memory, 1, sizeof *p);
    if (!p)
        return NULL;
    *p = (patches){
        .n_filters = n_filters, .n_views = n_views, .n_rows = n_rows, .n_columns = n_columns, .loops = loops};
    set_sizes(p);
    p->filters = pool_take(memory, p->n_rounds, sizeof *p->filters);
    p->down = pool_take(memory, p->n_pairs, sizeof(float[PATCHES_CELLS]));
    p->pairs_down = pool_take(memory, p->n_pairs, sizeof(float[PATCHES_CELLS]));
    p->across = pool_take(memory, p->n_across * PATCHES_CELLS + PATCHES_MAX_LANES, sizeof *p->across);
    p->scaled_across = pool_take(memory, p->across_pitch, sizeof(float[PATCHES_CELLS]));
    if (memory->has_failed)
        return NULL;
    set_weights(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, false, p->smooth);
    set_weights(2 * PATCHES_GRADIENT_REACH + 1, PATCHES_GRADIENT_REACH, GRADIENT_DEVIATION, true, p->derivative);
    set_weights(2 * PATCHES_BLUR_REACH + 1, PATCHES_BLUR_REACH, BLUR_DEVIATION, false, p->blur);
    set_pooling(p);
    set_integer_blur(p);
    for (size_t k = 0; k < PATCHES_DIRECTIONS / 2; k++) {
        const turn a = exact_turn(k, PATCHES_DIRECTIONS);
        p->cosines[k] = (float)a.cosine;
        p->sines[k] = (float)a.sine;
        p->integer_cosines[k] = round_to_integer(16383 * a.cosine);
        p->integer_sines[k] = round_to_integer(16383 * a.sine);
    }
    sm_random random = {seed};
    for (size_t i = 0; i < p->n_rounds; i++)
        draw_filters(p, &random, &p->filters[i]);
    return p;
}

/* n numbers between zeros, as many as a vector has. */
static void *take_between_zeros(pool *memory, size_t n)
{
    float *array = pool_take(memory, n + 2 * PATCHES_MAX_LANES, sizeof *array);
    return array ? array + PATCHES_MAX_LANES : NULL;
}

static void take_stages(const patches *p, pool *memory, patches_stages *s)
{
    const size_t n_pixels = p->n_padded_rows * p->pitch;
    s->pixels = take_between_zeros(memory, n_pixels + 2 * PATCHES_GRADIENT_REACH * p->pitch);
    s->smooth_down = take_between_zeros(memory, n_pixels);
    s->slope_down = take_between_zeros(memory, n_pixels);
    s->gx = take_between_zeros(memory, n_pixels);
    s->gy = take_between_zeros(memory, n_pixels);
    s->weights = take_between_zeros(memory, n_pixels);
}

static void take_channel_slopes(const patches *p, pool *memory, patches_channel_slopes *s)
{
    const size_t n_pixels = p->n_padded_rows * p->pitch;
    s->channel = take_between_zeros(memory, n_pixels + 2 * PATCHES_BLUR_REACH * p->pitch);
    s->opposite = take_between_zeros(memory, n_pixels + 2 * PATCHES_BLUR_REACH * p->pitch);
    s->blurred_down = take_between_zeros(memory, p->n_grid_rows * p->pitch);
    s->grid = take_between_zeros(memory, PATCHES_CHANNELS * p->channel_size);
}

void patches_workspace_take(const patches *p, bool for_vjp, pool *memory, patches_workspace *w)
{
    const size_t n_points = (PATCHES_CHANNELS + 1) * p->channel_size, n_patches = (p->n_down + 1) * p->grid_pitch;
    const size_t vector_bytes = PATCHES_MAX_LANES * sizeof(float);
    const size_t n_pairs = p->n_grid_rows * p->pitch, n_channel = n_pairs + 2 * PATCHES_CHANNEL_MARGIN * p->pitch;
    take_stages(p, memory, &w->values);
    w->gx_pairs = take_between_zeros(memory, n_pairs);
    w->gy_pairs = take_between_zeros(memory, n_pairs);
    w->channel = take_between_zeros(memory, n_channel);
    w->opposite = take_between_zeros(memory, n_channel);
    w->blurred = take_between_zeros(memory, n_pairs);
    w->energies = take_between_zeros(memory, p->n_grid_rows * p->grid_pitch);
    w->energies_down = take_between_zeros(memory, p->n_grid_rows * p->grid_pitch);
    w->norms = take_between_zeros(memory, p->n_grid_rows * p->grid_pitch);
    w->points = take_between_zeros(memory, n_points);
    w->point_pairs = take_between_zeros(memory, n_points);
    w->scales = take_between_zeros(memory, n_patches);
    w->scale_pairs = take_between_zeros(memory, n_patches);
    const size_t block_size = p->n_pairs * PATCHES_SIGNS + 1;
    w->blocks = pool_take(memory, PATCHES_ORDER / PATCHES_SIGNS * block_size, vector_bytes);
    w->pooled = pool_take(memory, PATCHES_ORDER, sizeof(float[PATCHES_CELLS][PATCHES_CELLS]));
    if (!for_vjp)
        return;
    take_stages(p, memory, &w->slopes);
    take_channel_slopes(p, memory, &w->channel_slopes);
    w->lines = pool_take(memory, PATCHES_ORDER, 2 * vector_bytes);
    w->row_slopes = pool_take(memory, p->n_filters, sizeof(float[PATCHES_CELLS]));
    w->of_points = pool_take(memory, PATCHES_POINTS, PATCHES_MAX_SIDE * sizeof *w->of_points);
}
