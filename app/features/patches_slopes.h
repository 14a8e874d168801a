/*
 * The transposes of the stages of the map of patches, which vector-Jacobian products take: `s` or `w` holds the values of the
 * stages, `of` the slopes with respect to them.
 */
#pragma once

#include "base/sizes.h"
#include "features/patches_points.h"

/* ---------------------------------------------------------------------------------------------- */
/* Coefficients to points                                                                          */

/* The Walsh-Hadamard transform, which is its own transpose. */
static void transform_line(lane_vector line[PATCHES_ORDER])
{
    for (size_t step = 1; step < PATCHES_ORDER; step *= 2) {
        for (size_t i = 0; i < PATCHES_ORDER; i++) {
            if (i & step)
                continue;
            const lane_vector a = line[i], b = line[i + step];
            line[i] = a + b;
            line[i + step] = a - b;
        }
    }
}

/* Slopes with respect to the responses of row y of patches, as factors of these responses: [PATCHES_CELLS, n_filters], still
 * to be weighted across. */
static void find_row_slopes(const patches *p, const float *vector, size_t y, float *slopes)
{
    memset(slopes, 0, PATCHES_CELLS * p->n_filters * sizeof *slopes);
    for (size_t down = 0; down < PATCHES_CELLS; down++) {
        const float factor = 2 * p->down[down * p->n_pairs + y / 2] / (float)(PATCHES_NORM * PATCHES_NORM);
        for (size_t i = 0; i < PATCHES_CELLS * p->n_filters; i++)
            slopes[i] += factor * vector[down * PATCHES_CELLS * p->n_filters + i];
    }
}

/* Places of N_LANES patches. */
typedef struct patch_group {
    size_t x, at;     /* the first patch in its row, and its index in the points */
    lane_vector norm; /* |Y| */
    lane_vector scale;
} patch_group;

static inline lane_vector point_values(const patches_workspace *w, size_t at)
{
    return __builtin_convertvector(load_integers(w->points + at), lane_vector);
}

/* Slopes with respect to the responses of a round of filters, given these responses. */
static void find_response_slopes(const patches *p, const patches_workspace *w, size_t round, size_t x,
                                 const lane_vector *responses, lane_vector *slopes)
{
    const size_t first = round * PATCHES_ORDER, n = size_min(PATCHES_ORDER, p->n_filters - first);
    memset(slopes, 0, PATCHES_ORDER * sizeof *slopes);
    for (size_t cell = 0; cell < PATCHES_CELLS; cell++) {
        const lane_vector weight = load_lanes(p->across + cell * p->n_across + x);
        for (size_t j = 0; j < n; j++)
            slopes[j] += weight * w->row_slopes[cell * p->n_filters + first + j];
    }
    for (size_t j = 0; j < n; j++)
        slopes[j] *= responses[j];
}

static float sign_of(const patches_filters *filters, size_t i)
{
    return filters->signs[filters->places[i] % PATCHES_SIGNS];
}

/* Adds the slopes with respect to the normalised points of the patches, of a round of filters, to of_points. */
static void add_round_transposed(const patches *p, const patches_workspace *w, size_t round, const patch_group *g,
                                 float *of_points)
{
    const patches_filters *filters = &p->filters[round];
    lane_vector *responses = w->lines, *slopes = responses + PATCHES_ORDER;
    memset(responses, 0, PATCHES_ORDER * sizeof *responses);
    for (size_t i = 0; i < PATCHES_POINTS; i++)
        responses[filters->places[i]] =
            sign_of(filters, i) * g->scale * point_values(w, g->at + patches_point(p, i));
    transform_line(responses);
    find_response_slopes(p, w, round, g->x, responses, slopes);
    transform_line(slopes);
    for (size_t i = 0; i < PATCHES_POINTS; i++) {
        float *to = of_points + i * PATCHES_MAX_SIDE;
        store_lanes(load_lanes(to) + sign_of(filters, i) * slopes[filters->places[i]], to);
    }
}

/* Replaces slopes with respect to normalised points by those with respect to points. */
static void unscale(const patches *p, const patches_workspace *w, const patch_group *g, float *of_points)
{
    lane_vector of_scale = {0};
    for (size_t i = 0; i < PATCHES_POINTS; i++)
        of_scale += point_values(w, g->at + patches_point(p, i)) * load_lanes(of_points + i * PATCHES_MAX_SIDE);
    const lane_vector of_norm = -of_scale * g->scale / (g->norm + PATCHES_LEAST_NORM);
    const lane_vector factor = keep_where(g->norm > 0, of_norm / g->norm);
    for (size_t i = 0; i < PATCHES_POINTS; i++) {
        float *to = of_points + i * PATCHES_MAX_SIDE;
        store_lanes(g->scale * load_lanes(to) + factor * point_values(w, g->at + patches_point(p, i)), to);
    }
}

/* Adds the slopes of row y of patches to those with respect to the grid. The row is completed before it is added, so that the
 * order of additions does not depend on the number of lanes. */
static void add_row_transposed(const patches *p, const patches_workspace *w, const float *vector, size_t y)
{
    find_row_slopes(p, vector, y, w->row_slopes);
    memset(w->of_points, 0, (size_t)PATCHES_POINTS * PATCHES_MAX_SIDE * sizeof *w->of_points);
    for (size_t x = 0; x < p->n_across; x += N_LANES) {
        patch_group g = {.x = x, .at = y * p->grid_pitch + x};
        g.norm = load_lanes(w->norms + g.at);
        g.scale = PATCHES_NORM / (g.norm + PATCHES_LEAST_NORM);
        for (size_t round = 0; round < p->n_rounds; round++)
            add_round_transposed(p, w, round, &g, w->of_points + x);
        unscale(p, w, &g, w->of_points + x);
    }
    for (size_t i = 0; i < PATCHES_POINTS; i++) {
        float *to = w->channel_slopes.grid + y * p->grid_pitch + patches_point(p, i);
        for (size_t x = 0; x < p->n_across; x++)
            to[x] += POINT_UNIT * w->of_points[i * PATCHES_MAX_SIDE + x];
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Points to channels, channels to gradient, gradient to pixels                                    */

/* x [n + taps]: adds weights[t] y[i] to x[i + t step], for y [n]. */
static void add_convolve_transposed(size_t n, const float *weights, size_t step, const float *y, float *x)
{
    for (size_t t = 0; t <= 2 * REACH; t++)
        for (size_t i = 0; i < n; i++)
            x[i + t * step] += weights[t] * y[i];
}

static void blur_transposed(const patches *p, const patches_channel_slopes *of, size_t k, float *channel)
{
    const size_t pitch = p->pitch;
    memset(of->blurred_down - BLUR_REACH, 0, (p->n_grid_rows * pitch + 2 * BLUR_REACH) * sizeof *channel);
    memset(channel, 0, (p->n_padded_rows + 2 * BLUR_REACH) * pitch * sizeof *channel);
    for (size_t y = 0; y < p->n_grid_rows; y++) {
        const float *grid = of->grid + k * p->channel_size + y * p->grid_pitch;
        for (size_t x = 0; x < p->n_grid_columns; x++)
            for (size_t t = 0; t <= 2 * BLUR_REACH; t++)
                (of->blurred_down + y * pitch + 2 * x + t)[-BLUR_REACH] += p->blur[t] * grid[x];
    }
    for (size_t y = 0; y < p->n_grid_rows; y++)
        for (size_t t = 0; t <= 2 * BLUR_REACH; t++)
            for (size_t x = 0; x < pitch; x++)
                channel[(2 * y + t) * pitch + x] += p->blur[t] * of->blurred_down[y * pitch + x];
}

/* Adds the slopes with respect to the gradient and its weights. */
static void add_directions_transposed(const patches *p, const patches_workspace *w, size_t k)
{
    const patches_stages *s = &w->values, *of = &w->slopes;
    const float *channel = w->channel_slopes.channel + BLUR_REACH * p->pitch;
    const float *opposite = w->channel_slopes.opposite + BLUR_REACH * p->pitch;
    for (size_t i = 0; i < p->n_padded_rows * p->pitch; i += N_LANES) {
        const lane_vector along = p->cosines[k] * load_lanes(s->gx + i) + p->sines[k] * load_lanes(s->gy + i);
        const lane_vector of_z =
            keep_where(along > 0, load_lanes(channel + i)) + keep_where(along < 0, load_lanes(opposite + i));
        const lane_vector weight = load_lanes(s->weights + i);
        const lane_vector of_along = 2 * weight * weight * along * of_z;
        store_lanes(load_lanes(of->gx + i) + p->cosines[k] * of_along, of->gx + i);
        store_lanes(load_lanes(of->gy + i) + p->sines[k] * of_along, of->gy + i);
        store_lanes(load_lanes(of->weights + i) + 2 * weight * along * along * of_z, of->weights + i);
    }
}

/* Adds the slopes with respect to the gradient that come from its weights; they are 0 where the gradient is 0. */
static void add_weights_transposed(const patches *p, const patches_stages *s, const patches_stages *of)
{
    for (size_t i = 0; i < p->n_padded_rows * p->pitch; i += N_LANES) {
        const lane_vector gx = load_lanes(s->gx + i), gy = load_lanes(s->gy + i),
                          m = square_root(gx * gx + gy * gy);
        const lane_vector of_m =
            -0.875f * load_lanes(s->weights + i) / (m + PATCHES_LEAST_MAGNITUDE) * load_lanes(of->weights + i);
        const lane_vector factor = keep_where(m > 0, of_m / m);
        store_lanes(load_lanes(of->gx + i) + factor * gx, of->gx + i);
        store_lanes(load_lanes(of->gy + i) + factor * gy, of->gy + i);
    }
}

static void find_gradient_transposed(const patches *p, const patches_stages *of)
{
    const size_t n = p->n_padded_rows * p->pitch;
    memset(of->smooth_down - REACH, 0, (n + 2 * REACH) * sizeof(float));
    memset(of->slope_down - REACH, 0, (n + 2 * REACH) * sizeof(float));
    memset(of->pixels, 0, (n + 2 * REACH * p->pitch) * sizeof(float));
    add_convolve_transposed(n, p->derivative, 1, of->gx, of->smooth_down - REACH);
    add_convolve_transposed(n, p->smooth, 1, of->gy, of->slope_down - REACH);
    add_convolve_transposed(n, p->smooth, p->pitch, of->smooth_down, of->pixels);
    add_convolve_transposed(n, p->derivative, p->pitch, of->slope_down, of->pixels);
}

/* The gradient with respect to the pixels, from the slopes with respect to the points. */
static void find_points_transposed(const patches *p, const patches_workspace *w, float *gradient)
{
    const patches_stages *of = &w->slopes;
    const patches_channel_slopes *channels = &w->channel_slopes;
    const size_t n_bytes = p->n_padded_rows * p->pitch * sizeof(float);
    memset(of->gx, 0, n_bytes);
    memset(of->gy, 0, n_bytes);
    memset(of->weights, 0, n_bytes);
    for (size_t k = 0; k < PATCHES_DIRECTIONS / 2; k++) {
        blur_transposed(p, channels, k, channels->channel);
        blur_transposed(p, channels, k + PATCHES_DIRECTIONS / 2, channels->opposite);
        add_directions_transposed(p, w, k);
    }
    add_weights_transposed(p, &w->values, of);
    find_gradient_transposed(p, of);
    blur_transposed(p, channels, PATCHES_DIRECTIONS, channels->channel);
    for (size_t y = 0; y < p->n_rows; y++) {
        const float *pixels = pixel_at(p, of, y, 0);
        const float *brightness = channels->channel + (y + PATCHES_MARGIN + BLUR_REACH) * p->pitch + PATCHES_MARGIN;
        for (size_t x = 0; x < p->n_columns; x++)
            gradient[y * p->n_columns + x] = pixels[x] + PATCHES_BRIGHTNESS * brightness[x];
    }
}
