/*
 * The inner loops of the map of patches. Private to the files that compile them for an instruction set, each of
 * which defines `respond` first. Sums of floats are made in the order written here, each of them in a lane of its
 * own; sums of bytes are exact.
 */
#include <math.h>
#include <string.h>

#include "features/patches.h"

/* Added to the magnitude of a gradient, and to the norm of a patch, which is one of bytes. */
static const float LEAST_MAGNITUDE = 0x1p-8f, LEAST_NORM = 25.5f;

/* Brightness among the directions. */
static const float BRIGHTNESS = 0.5f;

typedef float lanes __attribute__((vector_size(PATCHES_LANES * sizeof(float)), may_alias));

/* Responses of a group of filters to the patches of a tile. */
typedef int32_t tile[PATCHES_TILE][PATCHES_GROUP];

/* sums[i] = a group's responses to the patch at points + i PATCHES_CHANNELS. */
static void respond(const patches *p, size_t group, const uint8_t *points, tile sums);

/* From one row of points to the next. */
static size_t row_bytes_of(const patches *p)
{
    return p->n_grid_columns * PATCHES_CHANNELS;
}

/* What an image becomes on its way, in the caller's memory; sides of the image with its margin, H and W. */
typedef struct stages {
    size_t height, width;
    float *pixels;      /* [H + 2 reach, W + 2 reach], x amid zeros */
    float *down, *flat; /* [H, W + 2 reach], derivative and Gaussian along the columns */
    float *gx, *gy;     /* [H, W] */
    lanes *channels;    /* [H, W] */
    lanes *rows;        /* [grid rows, W], blurred along the columns */
    lanes *grid;        /* [grid rows, grid columns] */
    uint8_t *points;    /* [grid rows, grid columns, PATCHES_CHANNELS], and 0 behind them */
    float *energies;    /* [n_down, n_across], |Y(p)|^2 */
    float *scales;      /* [n_down, n_across], 1 / (|Y(p)| + LEAST_NORM)^2 */
    float *pooled;      /* [cells, cells, PATCHES_GROUP] */
    float *norms;       /* [n_down, n_across]; of slopes alone: those with respect to 1 / scales' roots */
    float *bytes;       /* [grid rows, grid columns, PATCHES_CHANNELS] and slack; of slopes alone: of points */
} stages;

enum { REACH = PATCHES_GRADIENT_REACH };

/* The tiles of a row may reach beyond it, and the words and vectors of a patch beyond its row. */
enum { SLACK = PATCHES_TILE * PATCHES_CHANNELS + PATCHES_ROW };

/* Takes n_bytes of memory, of which *n_taken are taken. */
static void *take(uint8_t *memory, size_t n_bytes, size_t *n_taken)
{
    void *taken = memory ? memory + *n_taken : NULL;
    *n_taken += (n_bytes + sizeof(lanes) - 1) / sizeof(lanes) * sizeof(lanes);
    return taken;
}

/* Lays the stages out, and returns what they take. */
static size_t lay_out(const patches *p, uint8_t *memory, stages *s)
{
    const size_t height = p->n_rows + 2 * PATCHES_MARGIN, width = p->n_columns + 2 * PATCHES_MARGIN;
    const size_t n_points = p->n_grid_rows * p->n_grid_columns, n_patches = p->n_down * p->n_across;
    size_t n_taken = 0;
    *s = (stages){.height = height, .width = width};
    s->pixels = take(memory, (height + 2 * REACH) * (width + 2 * REACH) * sizeof(float), &n_taken);
    s->down = take(memory, height * (width + 2 * REACH) * sizeof(float), &n_taken);
    s->flat = take(memory, height * (width + 2 * REACH) * sizeof(float), &n_taken);
    s->gx = take(memory, height * width * sizeof(float), &n_taken);
    s->gy = take(memory, height * width * sizeof(float), &n_taken);
    s->channels = take(memory, height * width * sizeof(lanes), &n_taken);
    s->rows = take(memory, p->n_grid_rows * width * sizeof(lanes), &n_taken);
    s->grid = take(memory, n_points * sizeof(lanes), &n_taken);
    s->points = take(memory, n_points * PATCHES_CHANNELS + SLACK, &n_taken);
    s->energies = take(memory, n_patches * sizeof(float), &n_taken);
    s->scales = take(memory, n_patches * sizeof(float), &n_taken);
    s->pooled = take(memory, (size_t)PATCHES_CELLS * PATCHES_CELLS * PATCHES_GROUP * sizeof(float), &n_taken);
    s->norms = take(memory, n_patches * sizeof(float), &n_taken);
    s->bytes = take(memory, (n_points * PATCHES_CHANNELS + SLACK) * sizeof(float), &n_taken);
    return n_taken;
}

static size_t memory_bytes(const patches *p)
{
    stages s;
    return 2 * lay_out(p, NULL, &s);
}

/* ---------------------------------------------------------------------------------------------- */
/* Gradient                                                                                        */

static void place_pixels(const patches *p, const uint8_t *image, const stages *s)
{
    const size_t width = s->width + 2 * REACH, before = PATCHES_MARGIN + REACH;
    memset(s->pixels, 0, (s->height + 2 * REACH) * width * sizeof *s->pixels);
    for (size_t y = 0; y < p->n_rows; y++)
        for (size_t x = 0; x < p->n_columns; x++)
            s->pixels[(y + before) * width + x + before] = (float)image[y * p->n_columns + x] / 255;
}

/* y [n] = sum_t weights[t] x[t step + ..], over the taps of the gradient's filters. */
static void convolve(size_t n, const float *weights, size_t step, const float *x, float *y)
{
    memset(y, 0, n * sizeof *y);
    for (size_t t = 0; t <= 2 * REACH; t++)
        for (size_t i = 0; i < n; i++)
            y[i] += weights[t] * x[t * step + i];
}

static void find_gradient(const patches *p, const stages *s)
{
    const size_t width = s->width + 2 * REACH;
    for (size_t y = 0; y < s->height; y++) {
        float *flat = s->flat + y * width, *down = s->down + y * width;
        convolve(width, p->smooth, width, s->pixels + y * width, flat);
        convolve(width, p->derivative, width, s->pixels + y * width, down);
        convolve(s->width, p->derivative, 1, flat, s->gx + y * s->width);
        convolve(s->width, p->smooth, 1, down, s->gy + y * s->width);
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Channels                                                                                        */

static lanes all(float value)
{
    return (lanes){0} + value;
}

static lanes load(const float *values)
{
    lanes vector;
    memcpy(&vector, values, sizeof vector);
    return vector;
}

/* Where it is negative, 0. */
static lanes positive_part(const lanes *x)
{
    lanes result = all(0);
    for (size_t k = 0; k < PATCHES_LANES; k++)
        result[k] = (*x)[k] > 0 ? (*x)[k] : 0;
    return result;
}

/* (m + e)^(-7/4): what (gx, gy)'s part along a direction, squared, is multiplied by. */
static float weigh_gradient(float gx, float gy)
{
    const float m = sqrtf(gx * gx + gy * gy) + LEAST_MAGNITUDE;
    return sqrtf(sqrtf(m)) / (m * m);
}

static void find_channels(const patches *p, const stages *s)
{
    const lanes cosines = load(p->cosines), sines = load(p->sines);
    const size_t width = s->width + 2 * REACH;
    for (size_t y = 0; y < s->height; y++) {
        for (size_t x = 0; x < s->width; x++) {
            const size_t at = y * s->width + x;
            const lanes along = cosines * s->gx[at] + sines * s->gy[at], part = positive_part(&along);
            s->channels[at] = part * part * weigh_gradient(s->gx[at], s->gy[at]);
            s->channels[at][PATCHES_DIRECTIONS] = BRIGHTNESS * s->pixels[(y + REACH) * width + x + REACH];
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Grid                                                                                            */

/* Which taps of the blur around point i of the grid, pixel 2 i, fall on one of n. */
static void find_taps(size_t i, size_t n, size_t *first, size_t *end)
{
    const size_t reach = PATCHES_BLUR_REACH, centre = 2 * i, n_left = n + reach - centre;
    *first = centre < reach ? reach - centre : 0;
    *end = n_left < 2 * reach + 1 ? n_left : 2 * reach + 1;
}

/* y [n_grid] = every second of x [n] blurred, both with a step from one to the next. */
static void blur(const patches *p, size_t n, const lanes *x, size_t x_step, size_t n_grid, lanes *y, size_t y_step)
{
    for (size_t i = 0; i < n_grid; i++) {
        size_t first, end;
        find_taps(i, n, &first, &end);
        lanes sum = all(0);
        for (size_t t = first; t < end; t++)
            sum += p->blur[t] * x[(2 * i + t - PATCHES_BLUR_REACH) * x_step];
        y[i * y_step] = sum;
    }
}

static uint8_t round_to_byte(float value)
{
    const float scaled = 255 * value + 0.5f;
    return scaled < 255 ? (uint8_t)scaled : 255;
}

static void find_points(const patches *p, const stages *s)
{
    for (size_t x = 0; x < s->width; x++)
        blur(p, s->height, s->channels + x, s->width, p->n_grid_rows, s->rows + x, s->width);
    for (size_t y = 0; y < p->n_grid_rows; y++)
        blur(p, s->width, s->rows + y * s->width, 1, p->n_grid_columns, s->grid + y * p->n_grid_columns, 1);
    const size_t n_points = p->n_grid_rows * p->n_grid_columns;
    for (size_t i = 0; i < n_points; i++)
        for (size_t k = 0; k < PATCHES_CHANNELS; k++)
            s->points[i * PATCHES_CHANNELS + k] = round_to_byte(s->grid[i][k]);
    memset(s->points + n_points * PATCHES_CHANNELS, 0, SLACK);
}

/* ---------------------------------------------------------------------------------------------- */
/* Patches                                                                                         */

static const uint8_t *patch_at(const patches *p, const stages *s, size_t y, size_t x)
{
    return s->points + (y * p->n_grid_columns + x) * PATCHES_CHANNELS;
}

static void find_scales(const patches *p, const stages *s)
{
    for (size_t y = 0; y < p->n_down; y++) {
        for (size_t x = 0; x < p->n_across; x++) {
            uint32_t energy = 0;
            for (size_t row = 0; row < PATCHES_SIDE; row++) {
                const uint8_t *values = patch_at(p, s, y + row, x);
                for (size_t i = 0; i < PATCHES_SIDE * PATCHES_CHANNELS; i++)
                    energy += (uint32_t)values[i] * values[i];
            }
            const float norm = sqrtf((float)energy) + LEAST_NORM;
            s->energies[y * p->n_across + x] = (float)energy;
            s->scales[y * p->n_across + x] = 1 / (norm * norm);
        }
    }
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Adds the e_j of a row of patches to sums around the centres across. */
static void pool_row(const patches *p, const stages *s, size_t group, size_t y,
                     float sums[PATCHES_CELLS][PATCHES_GROUP])
{
    const float *scales = s->scales + y * p->n_across;
    for (size_t first = 0; first < p->n_across; first += PATCHES_TILE) {
        tile responses;
        respond(p, group, patch_at(p, s, y, first), responses);
        const size_t n = min_size(PATCHES_TILE, p->n_across - first);
        for (size_t i = 0; i < n; i++) {
            float values[PATCHES_GROUP];
            for (size_t j = 0; j < PATCHES_GROUP; j++) {
                const float a = (float)responses[i][j];
                values[j] = a * a * scales[first + i];
            }
            for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
                const float weight = p->across[cell * p->n_across + first + i];
                for (size_t j = 0; j < PATCHES_GROUP; j++)
                    sums[cell][j] += weight * values[j];
            }
        }
    }
}

static void pool_group(const patches *p, const stages *s, size_t group)
{
    memset(s->pooled, 0, (size_t)PATCHES_CELLS * PATCHES_CELLS * PATCHES_GROUP * sizeof *s->pooled);
    for (size_t y = 0; y < p->n_down; y++) {
        float sums[PATCHES_CELLS][PATCHES_GROUP] = {{0}};
        pool_row(p, s, group, y, sums);
        for (size_t down = 0; down < PATCHES_CELLS; down++) {
            const float weight = p->down[down * p->n_down + y];
            for (size_t across = 0; across < PATCHES_CELLS; across++) {
                float *pooled = s->pooled + (down * PATCHES_CELLS + across) * PATCHES_GROUP;
                for (size_t j = 0; j < PATCHES_GROUP; j++)
                    pooled[j] += weight * sums[across][j];
            }
        }
    }
}

static void find_stages(const patches *p, const uint8_t *image, void *memory, stages *s)
{
    (void)lay_out(p, memory, s);
    place_pixels(p, image, s);
    find_gradient(p, s);
    find_channels(p, s);
    find_points(p, s);
    find_scales(p, s);
}

static void transform(const patches *p, const uint8_t *image, void *memory, float *coefficients)
{
    stages s;
    find_stages(p, image, memory, &s);
    for (size_t group = 0; group < p->n_groups; group++) {
        const size_t first = group * PATCHES_GROUP, n = min_size(PATCHES_GROUP, p->n_filters - first);
        pool_group(p, &s, group);
        for (size_t cell = 0; cell < PATCHES_CELLS * PATCHES_CELLS; cell++)
            memcpy(coefficients + cell * p->n_filters + first, s.pooled + cell * PATCHES_GROUP, n * sizeof(float));
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Slopes, from the coefficients back to the pixels: each function is the transpose of one above. `of` holds the
 * slopes with respect to what `s` holds. */

/* Slopes of row y of patches with respect to a group's e_j: those of the pooling, weighed across by the caller. */
static void find_row_slopes(const patches *p, const float *vector, size_t group, size_t y,
                            float slopes[PATCHES_CELLS][PATCHES_GROUP])
{
    const size_t first = group * PATCHES_GROUP, n = min_size(PATCHES_GROUP, p->n_filters - first);
    memset(slopes, 0, sizeof(float[PATCHES_CELLS][PATCHES_GROUP]));
    for (size_t down = 0; down < PATCHES_CELLS; down++)
        for (size_t across = 0; across < PATCHES_CELLS; across++)
            for (size_t j = 0; j < n; j++)
                slopes[across][j] += p->down[down * p->n_down + y] *
                                     vector[(down * PATCHES_CELLS + across) * p->n_filters + first + j];
}

/* Slopes with respect to the responses of a tile. */
typedef float tile_slopes[PATCHES_TILE][PATCHES_GROUP];

/* Adds what the responses of a group to the first n patches of a tile mean for their bytes; 0 for the others. */
static void add_responses(const patches *p, size_t group, size_t n, tile_slopes slopes, float *bytes)
{
    const float *rows = p->real_rows + group * PATCHES_GROUP * PATCHES_SIDE * PATCHES_ROW;
    for (size_t row = 0; row < PATCHES_SIDE; row++) {
        for (size_t first = 0; first < PATCHES_ROW; first += PATCHES_LANES) {
            lanes sums[PATCHES_TILE] = {{0}};
            for (size_t j = 0; j < PATCHES_GROUP; j++) {
                const lanes signs = load(rows + (j * PATCHES_SIDE + row) * PATCHES_ROW + first);
                for (size_t x = 0; x < PATCHES_TILE; x++)
                    sums[x] += slopes[x][j] * signs;
            }
            for (size_t x = 0; x < n; x++)
                for (size_t i = 0; i < PATCHES_LANES; i++)
                    bytes[row * row_bytes_of(p) + x * PATCHES_CHANNELS + first + i] += sums[x][i];
        }
    }
}

static void unpool_row(const patches *p, const stages *s, const float *vector, size_t group, size_t y,
                       const stages *of)
{
    float row_slopes[PATCHES_CELLS][PATCHES_GROUP];
    find_row_slopes(p, vector, group, y, row_slopes);
    for (size_t first = 0; first < p->n_across; first += PATCHES_TILE) {
        const size_t n = min_size(PATCHES_TILE, p->n_across - first);
        tile responses;
        tile_slopes slopes = {{0}};
        respond(p, group, patch_at(p, s, y, first), responses);
        for (size_t i = 0; i < n; i++) {
            const size_t at = y * p->n_across + first + i;
            float along = 0;
            for (size_t j = 0; j < PATCHES_GROUP; j++) {
                float slope = 0;
                for (size_t cell = 0; cell < PATCHES_CELLS; cell++)
                    slope += p->across[cell * p->n_across + first + i] * row_slopes[cell][j];
                const float a = (float)responses[i][j];
                along += slope * a * a;
                slopes[i][j] = 2 * slope * a * s->scales[at];
            }
            of->norms[at] -= 2 * along * s->scales[at] * sqrtf(s->scales[at]);
        }
        add_responses(p, group, n, slopes, of->bytes + (y * p->n_grid_columns + first) * PATCHES_CHANNELS);
    }
}

/* Adds what the norms of the patches mean for their bytes. */
static void add_norms(const patches *p, const stages *s, const stages *of)
{
    for (size_t y = 0; y < p->n_down; y++) {
        for (size_t x = 0; x < p->n_across; x++) {
            const size_t at = y * p->n_across + x;
            const float factor = s->energies[at] > 0 ? of->norms[at] / sqrtf(s->energies[at]) : 0;
            for (size_t row = 0; row < PATCHES_SIDE; row++) {
                const uint8_t *values = patch_at(p, s, y + row, x);
                float *bytes = of->bytes + (size_t)(values - s->points);
                for (size_t i = 0; i < PATCHES_SIDE * PATCHES_CHANNELS; i++)
                    bytes[i] += factor * values[i];
            }
        }
    }
}

static void unblur(const patches *p, size_t n, lanes *x, size_t x_step, size_t n_grid, const lanes *y,
                   size_t y_step)
{
    for (size_t i = 0; i < n_grid; i++) {
        size_t first, end;
        find_taps(i, n, &first, &end);
        for (size_t t = first; t < end; t++)
            x[(2 * i + t - PATCHES_BLUR_REACH) * x_step] += p->blur[t] * y[i * y_step];
    }
}

static void spread_points(const patches *p, const stages *s, const stages *of)
{
    memset(of->rows, 0, p->n_grid_rows * s->width * sizeof *of->rows);
    memset(of->channels, 0, s->height * s->width * sizeof *of->channels);
    for (size_t i = 0; i < p->n_grid_rows * p->n_grid_columns; i++) {
        of->grid[i] = all(0);
        for (size_t k = 0; k < PATCHES_CHANNELS; k++)
            of->grid[i][k] = 255 * of->bytes[i * PATCHES_CHANNELS + k];
    }
    for (size_t y = 0; y < p->n_grid_rows; y++)
        unblur(p, s->width, of->rows + y * s->width, 1, p->n_grid_columns, of->grid + y * p->n_grid_columns, 1);
    for (size_t x = 0; x < s->width; x++)
        unblur(p, s->height, of->channels + x, s->width, p->n_grid_rows, of->rows + x, s->width);
}

static float sum_directions(const lanes *x)
{
    float sum = 0;
    for (size_t k = 0; k < PATCHES_DIRECTIONS; k++)
        sum += (*x)[k];
    return sum;
}

static void join_channels(const patches *p, const stages *s, const stages *of)
{
    const lanes cosines = load(p->cosines), sines = load(p->sines);
    for (size_t i = 0; i < s->height * s->width; i++) {
        const float gx = s->gx[i], gy = s->gy[i], m = sqrtf(gx * gx + gy * gy), weight = weigh_gradient(gx, gy);
        const lanes along = cosines * gx + sines * gy, part = positive_part(&along), slopes = of->channels[i];
        const lanes of_part = 2 * weight * part * slopes, across = cosines * of_part, down = sines * of_part;
        const lanes of_weight = part * part * slopes;
        /* Where there is no gradient there is no slope of its magnitude, and of_weight is 0. */
        const float of_magnitude =
            m > 0 ? -1.75f * weight / (m + LEAST_MAGNITUDE) * sum_directions(&of_weight) / m : 0;
        of->gx[i] = sum_directions(&across) + of_magnitude * gx;
        of->gy[i] = sum_directions(&down) + of_magnitude * gy;
    }
}

static void convolve_back(size_t n, const float *weights, size_t step, const float *y, float *x)
{
    for (size_t t = 0; t <= 2 * REACH; t++)
        for (size_t i = 0; i < n; i++)
            x[t * step + i] += weights[t] * y[i];
}

static void join_gradient(const patches *p, const stages *s, const stages *of)
{
    const size_t width = s->width + 2 * REACH;
    memset(of->pixels, 0, (s->height + 2 * REACH) * width * sizeof *of->pixels);
    memset(of->flat, 0, s->height * width * sizeof *of->flat);
    memset(of->down, 0, s->height * width * sizeof *of->down);
    for (size_t y = 0; y < s->height; y++) {
        float *flat = of->flat + y * width, *down = of->down + y * width;
        convolve_back(s->width, p->derivative, 1, of->gx + y * s->width, flat);
        convolve_back(s->width, p->smooth, 1, of->gy + y * s->width, down);
        convolve_back(width, p->smooth, width, flat, of->pixels + y * width);
        convolve_back(width, p->derivative, width, down, of->pixels + y * width);
    }
}

static void vjp(const patches *p, const uint8_t *image, const float *vector, void *memory, float *gradient)
{
    stages s, of;
    find_stages(p, image, memory, &s);
    (void)lay_out(p, (uint8_t *)memory + lay_out(p, NULL, &of), &of);
    memset(of.norms, 0, p->n_down * p->n_across * sizeof *of.norms);
    memset(of.bytes, 0, (p->n_grid_rows * p->n_grid_columns * PATCHES_CHANNELS + SLACK) * sizeof *of.bytes);
    for (size_t group = 0; group < p->n_groups; group++)
        for (size_t y = 0; y < p->n_down; y++)
            unpool_row(p, &s, vector, group, y, &of);
    add_norms(p, &s, &of);
    spread_points(p, &s, &of);
    join_channels(p, &s, &of);
    join_gradient(p, &s, &of);
    for (size_t y = 0; y < p->n_rows; y++) {
        for (size_t x = 0; x < p->n_columns; x++) {
            const size_t row = y + PATCHES_MARGIN, column = x + PATCHES_MARGIN;
            const float bright = of.channels[row * s.width + column][PATCHES_DIRECTIONS];
            gradient[y * p->n_columns + x] =
                of.pixels[(row + REACH) * (s.width + 2 * REACH) + column + REACH] + BRIGHTNESS * bright;
        }
    }
}
