/*
 * The inner loops of the map of patches, compiled once for each instruction set; LOOPS is the name of its table.
 *
 * The stages of an image (patches_stages), which is H x W with its margin:
 *
 *   pixels --Gaussian, derivative--> gx, gy --directions--> channels --blur--> grid --round--> points
 *   H x W                            H x W                  H x W x 16         n x m x 16      n x m x 13
 *
 * A patch is 5 rows of 65 bytes of the points: the 13 channels of 5 points, c0 .. c12 | c0 .. c12 | ... Tiles of 7
 * patches of a row are multiplied by banks of 32 filters; sums are those of a row:
 *
 *   responses [7][32] --square, scale--> e_j [7][32] --pool across--> sums [3][32] --down--> averages [3][3][32]
 *
 * Each stage is followed by its transpose, which vector-Jacobian products take: there, `s` holds the values of the
 * stages, and `of` the slopes with respect to them. Sums of floats are made in the order written here, each in a
 * lane of its own, and sums of bytes are exact: hence the same bits on every processor.
 */
#include <math.h>
#include <string.h>

#include "base/sizes.h"
#include "features/lane_vector.h"
#include "features/patches.h"
#if defined(__AVX512VNNI__)
#include "features/patches_response_vnni.h"
#elif defined(__AVX2__)
#include "features/patches_response_avx2.h"
#else
#include "features/patches_response_plain.h"
#endif

/* Added to the magnitude of a gradient, and to the norm of a patch of bytes. */
static const float LEAST_MAGNITUDE = 0x1p-8f, LEAST_NORM = 25.5f;

/* The factor of the pixel itself, in the channel after the directions. */
static const float BRIGHTNESS = 0.5f;

enum { REACH = PATCHES_GRADIENT_REACH, MAX_PITCH = PATCHES_MAX_SIDE + 2 * (PATCHES_MARGIN + REACH) };

/* ---------------------------------------------------------------------------------------------- */
/* Pixels to gradient                                                                              */

/* The distance between rows of pixels. */
static size_t pitch_of(const patches *p)
{
    return p->n_padded_columns + 2 * REACH;
}

static float *pixel_at(const patches *p, const patches_stages *s, size_t y, size_t x)
{
    return s->pixels + (y + PATCHES_MARGIN + REACH) * pitch_of(p) + x + PATCHES_MARGIN + REACH;
}

static void place_pixels(const patches *p, const uint8_t *image, const patches_stages *s)
{
    memset(s->pixels, 0, (p->n_padded_rows + 2 * REACH) * pitch_of(p) * sizeof *s->pixels);
    for (size_t y = 0; y < p->n_rows; y++)
        for (size_t x = 0; x < p->n_columns; x++)
            *pixel_at(p, s, y, x) = (float)image[y * p->n_columns + x] / 255;
}

/* y[i] = sum over the 2 REACH + 1 taps t of weights[t] x[t step + i], for i < n. */
static void convolve(size_t n, const float *weights, size_t step, const float *x, float *y)
{
    memset(y, 0, n * sizeof *y);
    for (size_t t = 0; t <= 2 * REACH; t++)
        for (size_t i = 0; i < n; i++)
            y[i] += weights[t] * x[t * step + i];
}

static void add_convolve_transposed(size_t n, const float *weights, size_t step, const float *y, float *x)
{
    for (size_t t = 0; t <= 2 * REACH; t++)
        for (size_t i = 0; i < n; i++)
            x[t * step + i] += weights[t] * y[i];
}

static void find_gradient(const patches *p, const patches_stages *s)
{
    const size_t pitch = pitch_of(p), width = p->n_padded_columns;
    float smooth[MAX_PITCH], derivative[MAX_PITCH]; /* along the columns */
    for (size_t y = 0; y < p->n_padded_rows; y++) {
        convolve(pitch, p->smooth, pitch, s->pixels + y * pitch, smooth);
        convolve(pitch, p->derivative, pitch, s->pixels + y * pitch, derivative);
        convolve(width, p->derivative, 1, smooth, s->gx + y * width);
        convolve(width, p->smooth, 1, derivative, s->gy + y * width);
    }
}

static void find_gradient_transposed(const patches *p, const patches_stages *of)
{
    const size_t pitch = pitch_of(p), width = p->n_padded_columns;
    memset(of->pixels, 0, (p->n_padded_rows + 2 * REACH) * pitch * sizeof *of->pixels);
    for (size_t y = 0; y < p->n_padded_rows; y++) {
        float smooth[MAX_PITCH] = {0}, derivative[MAX_PITCH] = {0};
        add_convolve_transposed(width, p->derivative, 1, of->gx + y * width, smooth);
        add_convolve_transposed(width, p->smooth, 1, of->gy + y * width, derivative);
        add_convolve_transposed(pitch, p->smooth, pitch, smooth, of->pixels + y * pitch);
        add_convolve_transposed(pitch, p->derivative, pitch, derivative, of->pixels + y * pitch);
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Gradient to channels                                                                            */

/* The components of the gradient along the directions that it points to, 0 for the others. */
static channel_vector components(const patches *p, float gx, float gy)
{
    const channel_vector along = p->cosines * gx + p->sines * gy;
    channel_vector result = {0};
    for (size_t k = 0; k < PATCHES_LANES; k++)
        result[k] = along[k] > 0 ? along[k] : 0;
    return result;
}

/* The factor of squared components, (m + LEAST_MAGNITUDE)^(-7/4), so that they grow like m^(1/4). */
static float weigh_gradient(float m)
{
    m += LEAST_MAGNITUDE;
    return sqrtf(sqrtf(m)) / (m * m);
}

static void find_channels(const patches *p, const patches_stages *s)
{
    const size_t width = p->n_padded_columns;
    for (size_t y = 0; y < p->n_padded_rows; y++) {
        for (size_t x = 0; x < width; x++) {
            const size_t at = y * width + x;
            const float gx = s->gx[at], gy = s->gy[at];
            const channel_vector along = components(p, gx, gy);
            s->channels[at] = along * along * weigh_gradient(sqrtf(gx * gx + gy * gy));
            s->channels[at][PATCHES_DIRECTIONS] = BRIGHTNESS * s->pixels[(y + REACH) * pitch_of(p) + x + REACH];
        }
    }
}

static float sum_directions(channel_vector x)
{
    float sum = 0;
    for (size_t k = 0; k < PATCHES_DIRECTIONS; k++)
        sum += x[k];
    return sum;
}

/* Slopes with respect to the gradient; those of the brightness are left to vjp. */
static void find_channels_transposed(const patches *p, const patches_stages *s, const patches_stages *of)
{
    for (size_t i = 0; i < p->n_padded_rows * p->n_padded_columns; i++) {
        const float gx = s->gx[i], gy = s->gy[i], m = sqrtf(gx * gx + gy * gy), weight = weigh_gradient(m);
        const channel_vector along = components(p, gx, gy), of_along = 2 * weight * along * of->channels[i];
        /* Where there is no gradient, of_weight is 0. */
        const float of_weight = sum_directions(along * along * of->channels[i]);
        const float of_m = m > 0 ? -1.75f * weight / (m + LEAST_MAGNITUDE) * of_weight / m : 0;
        of->gx[i] = sum_directions(p->cosines * of_along) + of_m * gx;
        of->gy[i] = sum_directions(p->sines * of_along) + of_m * gy;
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Channels to points                                                                              */

/* The taps first .. end - 1 of the blur around pixel 2 i that fall on the n pixels. */
static void find_taps(size_t i, size_t n, size_t *first, size_t *end)
{
    const size_t reach = PATCHES_BLUR_REACH, centre = 2 * i;
    *first = centre < reach ? reach - centre : 0;
    *end = size_min(n + reach - centre, 2 * reach + 1);
}

/* y [n_grid] = every second element of x [n] blurred. Elements lie x_step and y_step apart. */
static void blur(const patches *p, size_t n, const channel_vector *x, size_t x_step, size_t n_grid,
                 channel_vector *y, size_t y_step)
{
    for (size_t i = 0; i < n_grid; i++) {
        size_t first, end;
        find_taps(i, n, &first, &end);
        channel_vector sum = {0};
        for (size_t t = first; t < end; t++)
            sum += p->blur[t] * x[(2 * i + t - PATCHES_BLUR_REACH) * x_step];
        y[i * y_step] = sum;
    }
}

static void add_blur_transposed(const patches *p, size_t n, channel_vector *x, size_t x_step, size_t n_grid,
                                const channel_vector *y, size_t y_step)
{
    for (size_t i = 0; i < n_grid; i++) {
        size_t first, end;
        find_taps(i, n, &first, &end);
        for (size_t t = first; t < end; t++)
            x[(2 * i + t - PATCHES_BLUR_REACH) * x_step] += p->blur[t] * y[i * y_step];
    }
}

static uint8_t round_to_byte(float value)
{
    const float scaled = 255 * value + 0.5f;
    return scaled < 255 ? (uint8_t)scaled : 255;
}

static void find_points(const patches *p, const patches_stages *s)
{
    const size_t width = p->n_padded_columns, n_points = p->n_grid_rows * p->n_grid_columns;
    for (size_t x = 0; x < width; x++)
        blur(p, p->n_padded_rows, s->channels + x, width, p->n_grid_rows, s->blurred_down + x, width);
    for (size_t y = 0; y < p->n_grid_rows; y++)
        blur(p, width, s->blurred_down + y * width, 1, p->n_grid_columns, s->grid + y * p->n_grid_columns, 1);
    for (size_t i = 0; i < n_points; i++)
        for (size_t k = 0; k < PATCHES_CHANNELS; k++)
            s->points[i * PATCHES_CHANNELS + k] = round_to_byte(s->grid[i][k]);
    memset(s->points + n_points * PATCHES_CHANNELS, 0, PATCHES_SLACK);
}

static void find_points_transposed(const patches *p, const patches_stages *of)
{
    const size_t width = p->n_padded_columns, n_points = p->n_grid_rows * p->n_grid_columns;
    memset(of->blurred_down, 0, p->n_grid_rows * width * sizeof *of->blurred_down);
    memset(of->channels, 0, p->n_padded_rows * width * sizeof *of->channels);
    for (size_t i = 0; i < n_points; i++) {
        of->grid[i] = (channel_vector){0};
        for (size_t k = 0; k < PATCHES_CHANNELS; k++)
            of->grid[i][k] = 255 * of->bytes[i * PATCHES_CHANNELS + k];
    }
    for (size_t y = 0; y < p->n_grid_rows; y++)
        add_blur_transposed(p, width, of->blurred_down + y * width, 1, p->n_grid_columns,
                            of->grid + y * p->n_grid_columns, 1);
    for (size_t x = 0; x < width; x++)
        add_blur_transposed(p, p->n_padded_rows, of->channels + x, width, p->n_grid_rows, of->blurred_down + x,
                            width);
}

/* ---------------------------------------------------------------------------------------------- */
/* Points to the norms of patches                                                                  */

/* The index of the first byte of a patch in the points. */
static size_t patch_start(const patches *p, size_t y, size_t x)
{
    return (y * p->n_grid_columns + x) * PATCHES_CHANNELS;
}

static void find_norms(const patches *p, const patches_stages *s)
{
    for (size_t y = 0; y < p->n_down; y++) {
        for (size_t x = 0; x < p->n_across; x++) {
            uint32_t energy = 0;
            for (size_t row = 0; row < PATCHES_SIDE; row++) {
                const uint8_t *values = s->points + patch_start(p, y + row, x);
                for (size_t i = 0; i < PATCHES_SIDE * PATCHES_CHANNELS; i++)
                    energy += (uint32_t)values[i] * values[i];
            }
            const float norm = sqrtf((float)energy), longer = norm + LEAST_NORM;
            s->norms[y * p->n_across + x] = norm;
            s->scales[y * p->n_across + x] = 1 / (longer * longer);
        }
    }
}

static void add_norms_transposed(const patches *p, const patches_stages *s, const patches_stages *of)
{
    for (size_t y = 0; y < p->n_down; y++) {
        for (size_t x = 0; x < p->n_across; x++) {
            const size_t at = y * p->n_across + x;
            const float factor = s->norms[at] > 0 ? of->norms[at] / s->norms[at] : 0;
            for (size_t row = 0; row < PATCHES_SIDE; row++) {
                const size_t start = patch_start(p, y + row, x);
                for (size_t i = 0; i < PATCHES_SIDE * PATCHES_CHANNELS; i++)
                    of->bytes[start + i] += factor * s->points[start + i];
            }
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Points to the pooled responses of a bank of filters                                             */

/* Adds the e_j of row y of patches, weighted for each cell across. */
static void pool_row(const patches *p, const patches_stages *s, size_t bank, size_t y,
                     float sums[PATCHES_CELLS][PATCHES_BANK])
{
    const float *scales = s->scales + y * p->n_across;
    for (size_t first = 0; first < p->n_across; first += PATCHES_TILE) {
        tile_responses responses;
        respond(p, bank, s->points + patch_start(p, y, first), responses);
        const size_t n = size_min(PATCHES_TILE, p->n_across - first);
        for (size_t i = 0; i < n; i++) {
            float values[PATCHES_BANK];
            for (size_t j = 0; j < PATCHES_BANK; j++) {
                const float a = (float)responses[i][j];
                values[j] = a * a * scales[first + i];
            }
            for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
                const float weight = p->across[cell * p->n_across + first + i];
                for (size_t j = 0; j < PATCHES_BANK; j++)
                    sums[cell][j] += weight * values[j];
            }
        }
    }
}

/* Slopes with respect to the sums of row y of patches. */
static void find_sum_slopes(const patches *p, const float *vector, size_t bank, size_t y,
                            float slopes[PATCHES_CELLS][PATCHES_BANK])
{
    const size_t first = bank * PATCHES_BANK, n = size_min(PATCHES_BANK, p->n_filters - first);
    memset(slopes, 0, sizeof(float[PATCHES_CELLS][PATCHES_BANK]));
    for (size_t down = 0; down < PATCHES_CELLS; down++)
        for (size_t across = 0; across < PATCHES_CELLS; across++)
            for (size_t j = 0; j < n; j++)
                slopes[across][j] += p->down[down * p->n_down + y] *
                                     vector[(down * PATCHES_CELLS + across) * p->n_filters + first + j];
}

/* Slopes with respect to the responses of a tile. */
typedef float tile_slopes[PATCHES_TILE][PATCHES_BANK];

/* sums: the slopes with respect to PATCHES_LANES bytes of each patch of a tile, given the signs of the bank's first
 * filter for them. */
static void sum_filters(tile_slopes slopes, const float *first_signs, float sums[PATCHES_TILE][PATCHES_LANES])
{
    for (size_t first = 0; first < PATCHES_LANES; first += N_LANES) {
        lane_vector lanes[PATCHES_TILE] = {{0}};
        for (size_t j = 0; j < PATCHES_BANK; j++) {
            const float *signs = first_signs + j * PATCHES_SIDE * PATCHES_ROW + first;
            for (size_t x = 0; x < PATCHES_TILE; x++)
                lanes[x] += slopes[x][j] * *(const lane_vector *)(const void *)signs;
        }
        for (size_t x = 0; x < PATCHES_TILE; x++)
            memcpy(sums[x] + first, &lanes[x], sizeof lanes[x]);
    }
}

/* Adds the slopes with respect to the bytes of the first n patches of a tile. */
static void add_responses_transposed(const patches *p, size_t bank, size_t n, tile_slopes slopes, float *bytes)
{
    const float *filters = p->filters + bank * PATCHES_BANK * PATCHES_SIDE * PATCHES_ROW;
    for (size_t row = 0; row < PATCHES_SIDE; row++) {
        for (size_t first = 0; first < PATCHES_ROW; first += PATCHES_LANES) {
            float sums[PATCHES_TILE][PATCHES_LANES];
            sum_filters(slopes, filters + row * PATCHES_ROW + first, sums);
            for (size_t x = 0; x < n; x++)
                for (size_t i = 0; i < PATCHES_LANES; i++)
                    bytes[row * point_row_bytes(p) + x * PATCHES_CHANNELS + first + i] += sums[x][i];
        }
    }
}

/* Adds the slopes with respect to the norms and the bytes of row y of patches. */
static void add_row_transposed(const patches *p, const patches_stages *s, const float *vector, size_t bank,
                               size_t y, const patches_stages *of)
{
    float sum_slopes[PATCHES_CELLS][PATCHES_BANK];
    find_sum_slopes(p, vector, bank, y, sum_slopes);
    for (size_t first = 0; first < p->n_across; first += PATCHES_TILE) {
        const size_t n = size_min(PATCHES_TILE, p->n_across - first);
        tile_responses responses;
        tile_slopes slopes = {{0}};
        respond(p, bank, s->points + patch_start(p, y, first), responses);
        for (size_t i = 0; i < n; i++) {
            const size_t at = y * p->n_across + first + i;
            float of_scale = 0;
            for (size_t j = 0; j < PATCHES_BANK; j++) {
                float slope = 0;
                for (size_t cell = 0; cell < PATCHES_CELLS; cell++)
                    slope += p->across[cell * p->n_across + first + i] * sum_slopes[cell][j];
                const float a = (float)responses[i][j];
                of_scale += slope * a * a;
                slopes[i][j] = 2 * slope * a * s->scales[at];
            }
            of->norms[at] -= 2 * of_scale * s->scales[at] * sqrtf(s->scales[at]);
        }
        add_responses_transposed(p, bank, n, slopes, of->bytes + patch_start(p, y, first));
    }
}

static void find_stages(const patches *p, const uint8_t *image, const patches_stages *s)
{
    place_pixels(p, image, s);
    find_gradient(p, s);
    find_channels(p, s);
    find_points(p, s);
    find_norms(p, s);
}

static void transform(const patches *p, const uint8_t *image, const patches_workspace *w, float *coefficients)
{
    const patches_stages *s = &w->values;
    find_stages(p, image, s);
    memset(coefficients, 0, PATCHES_CELLS * PATCHES_CELLS * p->n_filters * sizeof *coefficients);
    for (size_t bank = 0; bank < p->n_banks; bank++) {
        const size_t first = bank * PATCHES_BANK, n = size_min(PATCHES_BANK, p->n_filters - first);
        for (size_t y = 0; y < p->n_down; y++) {
            float sums[PATCHES_CELLS][PATCHES_BANK] = {{0}};
            pool_row(p, s, bank, y, sums);
            for (size_t down = 0; down < PATCHES_CELLS; down++)
                for (size_t across = 0; across < PATCHES_CELLS; across++)
                    for (size_t j = 0; j < n; j++)
                        coefficients[(down * PATCHES_CELLS + across) * p->n_filters + first + j] +=
                            p->down[down * p->n_down + y] * sums[across][j];
        }
    }
}

static void vjp(const patches *p, const uint8_t *image, const float *vector, const patches_workspace *w,
                float *gradient)
{
    const patches_stages *s = &w->values, *of = &w->slopes;
    const size_t n_bytes = p->n_grid_rows * point_row_bytes(p) + PATCHES_SLACK;
    find_stages(p, image, s);
    memset(of->norms, 0, p->n_down * p->n_across * sizeof *of->norms);
    memset(of->bytes, 0, n_bytes * sizeof *of->bytes);
    for (size_t bank = 0; bank < p->n_banks; bank++)
        for (size_t y = 0; y < p->n_down; y++)
            add_row_transposed(p, s, vector, bank, y, of);
    add_norms_transposed(p, s, of);
    find_points_transposed(p, of);
    find_channels_transposed(p, s, of);
    find_gradient_transposed(p, of);
    for (size_t y = 0; y < p->n_rows; y++) {
        for (size_t x = 0; x < p->n_columns; x++) {
            const size_t at = (y + PATCHES_MARGIN) * p->n_padded_columns + x + PATCHES_MARGIN;
            gradient[y * p->n_columns + x] =
                *pixel_at(p, of, y, x) + BRIGHTNESS * of->channels[at][PATCHES_DIRECTIONS];
        }
    }
}

const patches_loops LOOPS = {transform, vjp};
