/*
 * The stages of an image up to its points, for the inner loops of the map of patches. All arrays are taken as single rows, of
 * H times the pitch or less: the columns between the image and the end of its rows are 0, and wide enough for each filter.
 *
 *   pixels --Gaussian, derivative--> gx, gy --directions--> channel --blur down, across--> grid --round--> points
 */
#pragma once

#include <string.h>

#include "features/lane_shorts.h"
#include "features/patches.h"

/* Added to the magnitude of a gradient. */
static const float LEAST_MAGNITUDE = 0x1p-8f;

/* The factor of the pixel itself, in the channel after the directions. */
static const float BRIGHTNESS = 0.5f;

/* The integer of a point of 1, the largest integer, and what is added to the norm of a patch of integers. */
static const float POINT_UNIT = 32768, LARGEST_POINT = 32767, LEAST_NORM = 3276.8f;

enum { REACH = PATCHES_GRADIENT_REACH, BLUR_REACH = PATCHES_BLUR_REACH };

static size_t grid_size(const patches *p)
{
    return p->n_grid_rows * p->grid_pitch;
}

static float *pixel_at(const patches *p, const patches_stages *s, size_t y, size_t x)
{
    return s->pixels + (y + PATCHES_MARGIN + REACH) * p->pitch + x + PATCHES_MARGIN;
}

static void place_pixels(const patches *p, const uint8_t *image, const patches_stages *s)
{
    for (size_t y = 0; y < p->n_rows; y++) {
        float *row = pixel_at(p, s, y, 0);
        for (size_t x = 0; x < p->n_columns; x++)
            row[x] = (float)image[y * p->n_columns + x] / 255;
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Pixels to gradient                                                                              */

/* Both filters reach over x[0], x[step], ..., x[6 step]. */
static inline lane_vector smooth(const float *weights, const float *x, size_t step)
{
    lane_vector sum = weights[REACH] * load_lanes(x + REACH * step);
    for (size_t t = 0; t < REACH; t++)
        sum += weights[t] * (load_lanes(x + t * step) + load_lanes(x + (2 * REACH - t) * step));
    return sum;
}

static inline lane_vector differentiate(const float *weights, const float *x, size_t step)
{
    lane_vector sum = {0};
    for (size_t t = 0; t < REACH; t++)
        sum += weights[2 * REACH - t] * (load_lanes(x + (2 * REACH - t) * step) - load_lanes(x + t * step));
    return sum;
}

static void find_gradient(const patches *p, const patches_stages *s)
{
    const size_t n = p->n_padded_rows * p->pitch;
    for (size_t i = 0; i < n; i += N_LANES) {
        store_lanes(smooth(p->smooth, s->pixels + i, p->pitch), s->smooth_down + i);
        store_lanes(differentiate(p->derivative, s->pixels + i, p->pitch), s->slope_down + i);
    }
    for (size_t i = 0; i < n; i += N_LANES) {
        store_lanes(differentiate(p->derivative, s->smooth_down + i - REACH, 1), s->gx + i);
        store_lanes(smooth(p->smooth, s->slope_down + i - REACH, 1), s->gy + i);
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Gradient to channels                                                                            */

/* The factor of squared components of a gradient of magnitude m, (m + LEAST_MAGNITUDE)^(-7/4), so that they grow like
 * m^(1/4). */
static inline lane_vector weigh_gradient(lane_vector m)
{
    m += LEAST_MAGNITUDE;
    return square_root(square_root(m)) / (m * m);
}

static void find_weights(const patches *p, const patches_stages *s)
{
    for (size_t i = 0; i < p->n_padded_rows * p->pitch; i += N_LANES) {
        const lane_vector gx = load_lanes(s->gx + i), gy = load_lanes(s->gy + i);
        store_lanes(weigh_gradient(square_root(gx * gx + gy * gy)), s->weights + i);
    }
}

/* Direction k below 6, and the opposite one. */
static void find_directions(const patches *p, const patches_stages *s, size_t k)
{
    float *channel = s->channel + BLUR_REACH * p->pitch, *opposite = s->opposite + BLUR_REACH * p->pitch;
    for (size_t i = 0; i < p->n_padded_rows * p->pitch; i += N_LANES) {
        const lane_vector along = p->cosines[k] * load_lanes(s->gx + i) + p->sines[k] * load_lanes(s->gy + i);
        const lane_vector z = along * along * load_lanes(s->weights + i);
        store_lanes(keep_where(along > 0, z), channel + i);
        store_lanes(keep_where(along < 0, z), opposite + i);
    }
}

static void find_brightness(const patches *p, const patches_stages *s)
{
    for (size_t i = 0; i < p->n_padded_rows * p->pitch; i += N_LANES)
        store_lanes(BRIGHTNESS * load_lanes(s->pixels + REACH * p->pitch + i),
                    s->channel + BLUR_REACH * p->pitch + i);
}

/* ---------------------------------------------------------------------------------------------- */
/* Channels to points                                                                              */

/* Every second row of a channel, blurred down. */
static void blur_down(const patches *p, const float *channel, float *blurred)
{
    for (size_t y = 0; y < p->n_grid_rows; y++) {
        const float *top = channel + 2 * y * p->pitch;
        for (size_t x = 0; x < p->pitch; x += N_LANES) {
            lane_vector sum = p->blur[BLUR_REACH] * load_lanes(top + BLUR_REACH * p->pitch + x);
            for (size_t t = 0; t < BLUR_REACH; t++)
                sum += p->blur[t] *
                       (load_lanes(top + t * p->pitch + x) + load_lanes(top + (2 * BLUR_REACH - t) * p->pitch + x));
            store_lanes(sum, blurred + y * p->pitch + x);
        }
    }
}

/* Every second column of the result, blurred across: column 2 i + t is even[i + t / 2] or odd[i + (t - 1) / 2]. */
static void blur_across(const patches *p, const patches_stages *s, float *grid)
{
    const size_t n = grid_size(p);
    const float *blur = p->blur;
    for (size_t i = 0; i < n; i++) {
        s->even[i] = s->blurred_down[2 * i];
        s->odd[i] = s->blurred_down[2 * i + 1];
    }
    for (size_t i = 0; i < n; i += N_LANES) {
        const float *even = s->even + i, *odd = s->odd + i;
        lane_vector sum = blur[5] * load_lanes(even);
        sum += blur[4] * (load_lanes(odd - 1) + load_lanes(odd));
        sum += blur[3] * (load_lanes(even - 1) + load_lanes(even + 1));
        sum += blur[2] * (load_lanes(odd - 2) + load_lanes(odd + 1));
        sum += blur[1] * (load_lanes(even - 2) + load_lanes(even + 2));
        sum += blur[0] * (load_lanes(odd - 3) + load_lanes(odd + 2));
        store_lanes(sum, grid + i);
    }
}

static void blur_channel(const patches *p, const patches_stages *s, const float *channel, size_t k)
{
    blur_down(p, channel, s->blurred_down);
    blur_across(p, s, s->grid + k * p->channel_size);
}

static void find_grid(const patches *p, const uint8_t *image, const patches_stages *s)
{
    place_pixels(p, image, s);
    find_gradient(p, s);
    find_weights(p, s);
    for (size_t k = 0; k < PATCHES_DIRECTIONS / 2; k++) {
        find_directions(p, s, k);
        blur_channel(p, s, s->channel, k);
        blur_channel(p, s, s->opposite, k + PATCHES_DIRECTIONS / 2);
    }
    find_brightness(p, s);
    blur_channel(p, s, s->channel, PATCHES_DIRECTIONS);
}

/* The points, which are at least 0, and pairs of them. */
static void find_points(const patches *p, const patches_stages *s, int32_t *points)
{
    for (size_t k = 0; k < PATCHES_CHANNELS; k++) {
        for (size_t i = k * p->channel_size; i < k * p->channel_size + grid_size(p); i += N_LANES) {
            const lane_vector value = load_lanes(s->grid + i) * POINT_UNIT + 0.5f;
            const lane_integers is_large = value > LARGEST_POINT;
            const lane_integers point = __builtin_convertvector(keep_where(~is_large, value), lane_integers);
            store_integers(point | (is_large & (int32_t)LARGEST_POINT), points + i);
        }
    }
}

/* pairs [n]: numbers [n], each with the low half of the number of the row below in its upper half. */
static void pair_rows(const patches *p, size_t n, const int32_t *numbers, int32_t *pairs)
{
    for (size_t i = 0; i < n; i += N_LANES) {
        const lane_shorts pair =
            pair_shorts(load_integers(numbers + i), load_integers(numbers + i + p->grid_pitch));
        store_integers((lane_integers)pair, pairs + i);
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Points to the norms of patches                                                                  */

/* Sums of PATCHES_SIDE numbers that lie step apart. */
static inline lane_vector sum_side(const float *x, size_t step)
{
    lane_vector sum = load_lanes(x);
    for (size_t t = 1; t < PATCHES_SIDE; t++)
        sum += load_lanes(x + t * step);
    return sum;
}

/* The energy of each point is that of its channels; sums of these are made down and then across. */
static void find_norms(const patches *p, const patches_stages *s, const int32_t *points)
{
    const size_t n = p->n_down * p->grid_pitch;
    for (size_t i = 0; i < grid_size(p); i += N_LANES) {
        lane_vector energy = {0};
        for (size_t k = 0; k < PATCHES_CHANNELS; k++) {
            const lane_vector y =
                __builtin_convertvector(load_integers(points + k * p->channel_size + i), lane_vector);
            energy += y * y;
        }
        store_lanes(energy, s->energies + i);
    }
    for (size_t i = 0; i < n; i += N_LANES)
        store_lanes(sum_side(s->energies + i, p->grid_pitch), s->energies_down + i);
    for (size_t i = 0; i < n; i += N_LANES)
        store_lanes(square_root(sum_side(s->energies_down + i, 1)), s->norms + i);
}

/* The factors of the points of a patch, in units of 2^-15, rounded down: below 2^14. Those of the row after the last are 0. */
static void find_scales(const patches *p, const patches_stages *s, int32_t *scales)
{
    for (size_t i = 0; i < p->n_down * p->grid_pitch; i += N_LANES) {
        const lane_vector scale = 32768.0f * PATCHES_NORM / (load_lanes(s->norms + i) + LEAST_NORM);
        store_integers(__builtin_convertvector(scale, lane_integers), scales + i);
    }
    memset(scales + p->n_down * p->grid_pitch, 0, p->grid_pitch * sizeof *scales);
}
