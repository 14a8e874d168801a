/*
 * The stages of an image up to its points, for the inner loops of the map of patches. All arrays are taken as single rows, of
 * H times the pitch or less: the columns between the image and the end of its rows are 0, and wide enough for each filter.
 *
 *   pixels --Gaussian, derivative--> gx, gy --directions--> channel --blur down, across--> points
 */
#pragma once

#include <string.h>

#include "base/sizes.h"
#include "features/lane_shorts.h"
#include "features/patches.h"

/* The integer of a point of 1. */
static const float POINT_UNIT = 32768;

enum { REACH = PATCHES_GRADIENT_REACH, BLUR_REACH = PATCHES_BLUR_REACH, CHANNEL_MARGIN = PATCHES_CHANNEL_MARGIN };

static size_t grid_size(const patches *p)
{
    return p->n_grid_rows * p->grid_pitch;
}

static float *pixel_at(const patches *p, const patches_stages *s, size_t y, size_t x)
{
    return s->pixels + (y + PATCHES_MARGIN + REACH) * p->pitch + x + PATCHES_MARGIN;
}

/* A row may write zeros up to the first pixels of the next. */
static void place_pixels(const patches *p, const uint8_t *image, const patches_stages *s)
{
    typedef uint8_t lane_bytes __attribute__((vector_size(N_LANES)));
    for (size_t y = 0; y < p->n_rows; y++) {
        for (size_t x = 0; x < p->n_columns; x += N_LANES) {
            lane_bytes bytes = {0};
            memcpy(&bytes, image + y * p->n_columns + x, size_min(N_LANES, p->n_columns - x));
            store_lanes(__builtin_convertvector(bytes, lane_vector) / 255, pixel_at(p, s, y, x));
        }
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

/* The factor of a gradient of magnitude m, (m + PATCHES_LEAST_MAGNITUDE)^(-7/8), so that its square grows like m^(1/4). */
static inline lane_vector weigh_gradient(lane_vector m)
{
    m += PATCHES_LEAST_MAGNITUDE;
    return square_root(square_root(square_root(m))) / m;
}

/* The gradient and its weights. */
static void find_gradient(const patches *p, const patches_stages *s)
{
    const size_t n = p->n_padded_rows * p->pitch;
    for (size_t i = 0; i < n; i += N_LANES) {
        store_lanes(smooth(p->smooth, s->pixels + i, p->pitch), s->smooth_down + i);
        store_lanes(differentiate(p->derivative, s->pixels + i, p->pitch), s->slope_down + i);
    }
    for (size_t i = 0; i < n; i += N_LANES) {
        const lane_vector gx = differentiate(p->derivative, s->smooth_down + i - REACH, 1);
        const lane_vector gy = smooth(p->smooth, s->slope_down + i - REACH, 1);
        store_lanes(gx, s->gx + i);
        store_lanes(gy, s->gy + i);
        store_lanes(weigh_gradient(square_root(gx * gx + gy * gy)), s->weights + i);
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Gradient to channels, in integers                                                               */

/* In units of 2^-15. The magnitude of a gradient is at most 0.66, as pixels are 0 to 1, so these are at most 31100. */
static inline lane_integers weighted(const float *gradient, const float *weights)
{
    return __builtin_convertvector(load_lanes(gradient) * load_lanes(weights) * 32768.0f, lane_integers);
}

/* The weighted gradients, in pairs of rows. */
static void find_integer_gradient(const patches *p, const patches_workspace *w)
{
    const patches_stages *s = &w->values;
    for (size_t y = 0; y < p->n_padded_rows; y += 2) {
        for (size_t x = 0; x < p->pitch; x += N_LANES) {
            const size_t i = y * p->pitch + x, below = i + p->pitch, to = y / 2 * p->pitch + x;
            store_integers((lane_integers)pair_shorts(weighted(s->gx + i, s->weights + i),
                                                      weighted(s->gx + below, s->weights + below)),
                           w->gx_pairs + to);
            store_integers((lane_integers)pair_shorts(weighted(s->gy + i, s->weights + i),
                                                      weighted(s->gy + below, s->weights + below)),
                           w->gy_pairs + to);
        }
    }
}

static inline lane_shorts all_shorts(int32_t low, int32_t high)
{
    const lane_integers zero = {0};
    return pair_shorts(zero + low, zero + high);
}

/* Direction k below 6, and the opposite one, in units of 2^-14. */
static void find_directions(const patches *p, const patches_workspace *w, size_t k)
{
    const lane_shorts cosine = all_shorts(p->integer_cosines[k], p->integer_cosines[k]);
    const lane_shorts sine = all_shorts(p->integer_sines[k], p->integer_sines[k]);
    int32_t *channel = w->channel + CHANNEL_MARGIN * p->pitch, *opposite = w->opposite + CHANNEL_MARGIN * p->pitch;
    for (size_t i = 0; i < p->n_padded_rows / 2 * p->pitch; i += N_LANES) {
        const lane_shorts half = multiply_rounded((lane_shorts)load_integers(w->gx_pairs + i), cosine) +
                                 multiply_rounded((lane_shorts)load_integers(w->gy_pairs + i), sine);
        const lane_shorts along = half + half, negative = where_negative(along);
        const lane_shorts forth = along & ~negative, back = along & negative;
        store_integers((lane_integers)multiply_high(forth, forth), channel + i);
        store_integers((lane_integers)multiply_high(back, back), opposite + i);
    }
}

static void find_brightness(const patches *p, const patches_workspace *w)
{
    for (size_t y = 0; y < p->n_padded_rows; y += 2) {
        for (size_t x = 0; x < p->pitch; x += N_LANES) {
            const float *pixels = w->values.pixels + (y + REACH) * p->pitch + x;
            const lane_vector low = load_lanes(pixels) * (PATCHES_BRIGHTNESS * 16384);
            const lane_vector high = load_lanes(pixels + p->pitch) * (PATCHES_BRIGHTNESS * 16384);
            const lane_shorts pair = pair_shorts(__builtin_convertvector(low, lane_integers),
                                                 __builtin_convertvector(high, lane_integers));
            store_integers((lane_integers)pair, w->channel + (CHANNEL_MARGIN + y / 2) * p->pitch + x);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Channels to points                                                                              */

/* Taps 2 t - 1 and 2 t of the blur, for t below N_BLUR_PAIRS, reach over pairs of rows, and over pairs of columns. */
enum { N_BLUR_PAIRS = BLUR_REACH + 1 };

/* Every second row of a channel, blurred down, in units of 2^-15. */
static void blur_down(const patches *p, const int32_t *channel, int16_t *blurred)
{
    lane_shorts taps[N_BLUR_PAIRS];
    for (size_t t = 0; t < N_BLUR_PAIRS; t++)
        taps[t] = all_shorts(p->integer_blur[2 * t], p->integer_blur[2 * t + 1]);
    for (size_t i = 0; i < p->n_grid_rows * p->pitch; i += N_LANES) {
        const lane_integers half = {0};
        lane_integers sum = half + (1 << 13);
        for (size_t t = 0; t < N_BLUR_PAIRS; t++)
            sum += multiply_pairs((lane_shorts)load_integers(channel + t * p->pitch + i), taps[t]);
        store_shorts(sum >> 14, blurred + i);
    }
}

/* Every second column of the result, blurred across, in the same units. */
static void blur_across(const patches *p, const int16_t *blurred, int32_t *points)
{
    lane_shorts taps[N_BLUR_PAIRS];
    for (size_t t = 0; t < N_BLUR_PAIRS; t++)
        taps[t] = load_shorts(p->blur_columns[t]);
    for (size_t i = 0; i < grid_size(p); i += N_LANES) {
        const lane_integers half = {0};
        lane_integers sum = half + (1 << 14);
        for (size_t t = 0; t < N_BLUR_PAIRS; t++)
            sum += multiply_pairs(load_shorts(blurred + 2 * (i + t) - 2 * CHANNEL_MARGIN), taps[t]);
        store_integers(sum >> 15, points + i);
    }
}

static void blur_channel(const patches *p, const patches_workspace *w, const int32_t *channel, size_t k)
{
    blur_down(p, channel, w->blurred);
    blur_across(p, w->blurred, w->points + k * p->channel_size);
}

/* The points of the directions are at most 0.95^2, those of the brightness 1/2, in units of 2^-15: below 2^15. */
static void find_points(const patches *p, const uint8_t *image, const patches_workspace *w)
{
    place_pixels(p, image, &w->values);
    find_gradient(p, &w->values);
    find_integer_gradient(p, w);
    for (size_t k = 0; k < PATCHES_DIRECTIONS / 2; k++) {
        find_directions(p, w, k);
        blur_channel(p, w, w->channel, k);
        blur_channel(p, w, w->opposite, k + PATCHES_DIRECTIONS / 2);
    }
    find_brightness(p, w);
    blur_channel(p, w, w->channel, PATCHES_DIRECTIONS);
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
static void find_norms(const patches *p, const patches_workspace *w)
{
    const size_t n = p->n_down * p->grid_pitch;
    for (size_t i = 0; i < grid_size(p); i += N_LANES) {
        lane_vector energy = {0};
        for (size_t k = 0; k < PATCHES_CHANNELS; k++) {
            const lane_vector y =
                __builtin_convertvector(load_integers(w->points + k * p->channel_size + i), lane_vector);
            energy += y * y;
        }
        store_lanes(energy, w->energies + i);
    }
    for (size_t i = 0; i < n; i += N_LANES)
        store_lanes(sum_side(w->energies + i, p->grid_pitch), w->energies_down + i);
    for (size_t i = 0; i < n; i += N_LANES)
        store_lanes(square_root(sum_side(w->energies_down + i, 1)), w->norms + i);
}

/* The factors of the points of a patch, in units of 2^-15, rounded down: below 2^14. Those of the row after the last are 0. */
static void find_scales(const patches *p, const patches_workspace *w)
{
    for (size_t i = 0; i < p->n_down * p->grid_pitch; i += N_LANES) {
        const lane_vector scale = 32768.0f * PATCHES_NORM / (load_lanes(w->norms + i) + PATCHES_LEAST_NORM);
        store_integers(__builtin_convertvector(scale, lane_integers), w->scales + i);
    }
    memset(w->scales + p->n_down * p->grid_pitch, 0, p->grid_pitch * sizeof *w->scales);
}
