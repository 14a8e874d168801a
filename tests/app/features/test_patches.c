/* The map of patches: its definition in plain double loops, and the promises of its header. */
#include <math.h>
#include <stdlib.h>

#include "features/features.h"
#include "features/loops.h"
#include "features/patches.h"
#include "features/moment_normalisation.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { N_CELLS = PATCHES_CELLS * PATCHES_CELLS, MAX_POINTS = 36 * 36, PATCH = 5 * 5 * 13 };

static const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};

/* A few strokes with soft edges, as from a pen. */
static void draw_strokes(uint64_t seed, size_t n_rows, size_t n_columns, uint8_t *image)
{
    sm_random random = {seed};
    double ends[12];
    random_fill(&random, 0.15, 0.85, 12, ends);
    for (size_t i = 0; i < n_rows * n_columns; i++) {
        const double y = (double)(i / n_columns), x = (double)(i % n_columns);
        double nearest = 1e9;
        for (size_t k = 0; k < 3; k++) {
            const double y0 = ends[4 * k] * (double)n_rows, x0 = ends[4 * k + 1] * (double)n_columns;
            const double dy = ends[4 * k + 2] * (double)n_rows - y0, dx = ends[4 * k + 3] * (double)n_columns - x0;
            const double t = fmin(fmax(((y - y0) * dy + (x - x0) * dx) / (dy * dy + dx * dx + 1e-9), 0), 1);
            nearest = fmin(nearest, hypot(y - y0 - t * dy, x - x0 - t * dx));
        }
        image[i] = (uint8_t)(255 * fmin(fmax(2 - nearest, 0), 1));
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* The definition of patches.h                                                                     */

static double gaussian(double t, double deviation)
{
    return exp(-t * t / (2 * deviation * deviation));
}

/* The sum over taps -reach .. reach of a Gaussian, or of t or t^2 times it. */
static double sum_of(int reach, double deviation, int power)
{
    double sum = 0;
    for (int t = -reach; t <= reach; t++)
        sum += pow(t, power) * gaussian(t, deviation);
    return sum;
}

/* Pixel (y, x), counted from the corner of the margin. */
static double pixel(const double *image, size_t n_rows, size_t n_columns, int y, int x)
{
    y -= PATCHES_MARGIN;
    x -= PATCHES_MARGIN;
    const bool is_inside = y >= 0 && x >= 0 && y < (int)n_rows && x < (int)n_columns;
    return is_inside ? image[(size_t)y * n_columns + (size_t)x] : 0;
}

/* The channels z of all pixels with the margin, [H, W, 13]. */
static double *find_channels(const double *image, size_t n_rows, size_t n_columns)
{
    const int height = (int)n_rows + 8, width = (int)n_columns + 8;
    const double whole = sum_of(3, 0.7, 0), ramp = sum_of(3, 0.7, 2);
    double *channels = test_calloc((size_t)(height * width), 13 * sizeof *channels);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            double gx = 0, gy = 0, *z = channels + (y * width + x) * 13;
            for (int i = -3; i <= 3; i++) {
                for (int j = -3; j <= 3; j++) {
                    const double value = gaussian(i, 0.7) * gaussian(j, 0.7) / whole / ramp *
                                         pixel(image, n_rows, n_columns, y + i, x + j);
                    gx += j * value;
                    gy += i * value;
                }
            }
            const double m = hypot(gx, gy) + 0x1p-8;
            for (size_t k = 0; k < 12; k++) {
                const double a = 2 * acos(-1) * (double)k / 12, along = fmax(0, gx * cos(a) + gy * sin(a));
                z[k] = pow(m, 0.25) * along * along / (m * m);
            }
            z[12] = pixel(image, n_rows, n_columns, y, x) / 2;
        }
    }
    return channels;
}

/* The grid [grid rows, grid columns, 13] in units of 2^-15, optionally rounded. */
static double *find_grid(const double *image, size_t n_rows, size_t n_columns, bool rounds)
{
    const int height = (int)n_rows + 8, width = (int)n_columns + 8;
    const int down = (height + 1) / 2, across = (width + 1) / 2;
    const double whole = sum_of(5, 1.5, 0) * sum_of(5, 1.5, 0);
    double *channels = find_channels(image, n_rows, n_columns);
    double *grid = test_calloc((size_t)(down * across), 13 * sizeof *grid);
    for (int p = 0; p < down * across; p++) {
        for (int k = 0; k < 13; k++) {
            double sum = 0;
            for (int i = -5; i <= 5; i++) {
                for (int j = -5; j <= 5; j++) {
                    const int y = p / across * 2 + i, x = p % across * 2 + j;
                    if (y >= 0 && x >= 0 && y < height && x < width)
                        sum += gaussian(i, 1.5) * gaussian(j, 1.5) / whole * channels[(y * width + x) * 13 + k];
                }
            }
            grid[p * 13 + k] = rounds ? floor(fmin(32768 * sum + 0.5, 32767)) : 32768 * sum;
        }
    }
    free(channels);
    return grid;
}

/* Points of a patch, and places of their transform. */
enum { N_PLACES = 512 };

/* The signs of all filters [n_filters, PATCH], with the points in the order of a patch's points in memory here: row by row,
 * channels last. They are drawn channel by channel. */
static double *draw_signs(size_t n_filters, uint64_t seed)
{
    double *signs = test_calloc(n_filters, PATCH * sizeof *signs);
    sm_random random = {seed};
    for (size_t first = 0; first < n_filters; first += N_PLACES) {
        size_t places[N_PLACES];
        const uint64_t bits = sm_random_next(&random);
        for (size_t i = 0; i < N_PLACES; i++)
            places[i] = i;
        sm_shuffle(&random, N_PLACES, places);
        for (size_t j = 0; j < N_PLACES && first + j < n_filters; j++)
            for (size_t i = 0; i < PATCH; i++) {
                const bool is_negative = __builtin_parity((unsigned)(j & places[i])) != 0;
                const bool is_positive = bits >> places[i] % 32 & 1;
                signs[(first + j) * PATCH + i % 25 * 13 + i / 25] = is_positive != is_negative ? 1 : -1;
            }
    }
    return signs;
}

/* The weights of n patches around a centre. */
static double weigh(size_t n, size_t cell, size_t i)
{
    const double distance = (double)n / 3, centre = ((double)n - 1) / 2 + ((double)cell - 1) * distance * 0.85;
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += gaussian((double)j - centre, distance * 3 / 7);
    return gaussian((double)i - centre, distance * 3 / 7) / sum;
}

/* The coefficients [3, 3, n_filters] of an image of real pixels. */
static double *find_coefficients(const double *image, size_t n_rows, size_t n_columns, size_t n_filters,
                                 bool rounds)
{
    const size_t across = (n_columns + 1) / 2 + 4, n_down = (n_rows + 1) / 2, n_across = (n_columns + 1) / 2;
    double *grid = find_grid(image, n_rows, n_columns, rounds), *signs = draw_signs(n_filters, 1);
    double *coefficients = test_calloc(n_filters * N_CELLS, sizeof *coefficients);
    for (size_t p = 0; p < n_down * n_across; p++) {
        const size_t y = p / n_across, x = p % n_across;
        double patch[PATCH], energy = 0;
        for (size_t i = 0; i < PATCH; i++) {
            patch[i] = grid[((y + i / 65) * across + x + i % 65 / 13) * 13 + i % 13];
            energy += patch[i] * patch[i];
        }
        for (size_t i = 0; i < PATCH && rounds; i++)
            patch[i] = floor(patch[i] * floor(32768 * 1600 / (sqrt(energy) + 3276.8)) / 32768 + 0.5) *
                       (sqrt(energy) + 3276.8) / 1600;
        for (size_t j = 0; j < n_filters; j++) {
            double response = 0;
            for (size_t i = 0; i < PATCH; i++)
                response += signs[j * PATCH + i] * patch[i];
            const double e = response * response / pow(sqrt(energy) + 3276.8, 2);
            for (size_t cell = 0; cell < N_CELLS; cell++)
                coefficients[cell * n_filters + j] +=
                    weigh((n_down + 1) / 2, cell / 3, y / 2) / 2 * weigh(n_across, cell % 3, x) * e;
        }
    }
    free(signs);
    free(grid);
    return coefficients;
}

/* ---------------------------------------------------------------------------------------------- */

static const patches *make(size_t n_filters, uint64_t seed, size_t n_rows, size_t n_columns, const char *isa,
                           pool *memory)
{
    const patches *p =
        patches_create(n_filters, 1, seed, n_rows, n_columns, find_feature_loops(isa).patches, memory);
    ck_assert(!memory->has_failed);
    return p;
}

/* A workspace in which another image was transformed, which must not matter. */
static patches_workspace make_workspace(const patches *p, pool *memory)
{
    patches_workspace w;
    float *coefficients = pool_take(memory, p->n_filters * N_CELLS, sizeof *coefficients);
    float *gradient = pool_take(memory, p->n_rows * p->n_columns, sizeof *gradient);
    uint8_t *image = pool_take(memory, p->n_rows, p->n_columns);
    patches_workspace_take(p, true, memory, &w);
    ck_assert(!memory->has_failed);
    sm_random random = {77};
    for (size_t i = 0; i < p->n_rows * p->n_columns; i++)
        image[i] = (uint8_t)sm_random_below(&random, 256);
    p->loops->transform(p, image, &w, coefficients);
    p->loops->vjp(p, image, coefficients, &w, gradient);
    return w;
}

static const size_t shapes[][2] = {{28, 28}, {8, 8}, {9, 31}, {30, 11}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* Only a few bytes may be rounded differently. */
START_TEST(it_agrees_with_its_definition)
{
    enum { N_FILTERS = 40 };
    for (size_t n = 0; n < N_SHAPES; n++) {
        const size_t n_rows = shapes[n][0], n_columns = shapes[n][1], n_pixels = n_rows * n_columns;
        uint8_t image[900];
        double values[900];
        float found[N_FILTERS * N_CELLS];
        draw_strokes(n, n_rows, n_columns, image);
        for (size_t i = 0; i < n_pixels; i++)
            values[i] = image[i] / 255.0;
        pool memory = {0};
        const patches *p = make(N_FILTERS, 1, n_rows, n_columns, NULL, &memory);
        const patches_workspace w = make_workspace(p, &memory);
        p->loops->transform(p, image, &w, found);
        double *expected = find_coefficients(values, n_rows, n_columns, N_FILTERS, true);
        for (size_t i = 0; i < N_FILTERS * N_CELLS; i++)
            ck_assert_double_eq_tol((double)found[i], expected[i], 1e-2 * expected[i] + 1e-3);
        free(expected);
        pool_free(&memory);
    }
}
END_TEST

/* Whole groups of filters and partial ones; rows with more patches than a tile, and with fewer. */
START_TEST(it_has_the_same_bits_everywhere)
{
    const size_t n_filters[] = {1, 31, 32, 33, 70};
    for (size_t n = 0; n < N_SHAPES * 5; n++) {
        const size_t n_rows = shapes[n % N_SHAPES][0], n_columns = shapes[n % N_SHAPES][1];
        const size_t m = n_filters[n / N_SHAPES] * N_CELLS, n_pixels = n_rows * n_columns;
        uint8_t image[900];
        float expected[70 * N_CELLS], found[70 * N_CELLS], vector[70 * N_CELLS], gradient[900], other[900];
        draw_strokes(n, n_rows, n_columns, image);
        for (size_t i = 0; i < m; i++)
            vector[i] = (float)i / 64 - 1;
        for (size_t i = 0; i < 4; i++) {
            if (!sm_isa_name(isas[i]))
                continue;
            pool memory = {0};
            const patches *p = make(n_filters[n / N_SHAPES], 5, n_rows, n_columns, isas[i], &memory);
            const patches_workspace w = make_workspace(p, &memory);
            p->loops->transform(p, image, &w, i == 0 ? expected : found);
            p->loops->vjp(p, image, vector, &w, i == 0 ? gradient : other);
            if (i > 0) {
                ck_assert_mem_eq(found, expected, m * sizeof *found);
                ck_assert_mem_eq(other, gradient, n_pixels * sizeof *other);
            }
            pool_free(&memory);
        }
    }
}
END_TEST

/* Fills the points of all channels, which are 0 to `most`, for the n-th test: random, of a few channels, all the same, one
 * alone, or those that filter n has the sign + or - for in the patches at a distance of 5. */
static void draw_points(const patches *p, size_t n, const double *signs, int32_t *points)
{
    enum { MOST = 32767 };
    sm_random random = {n};
    for (size_t k = 0; k < PATCHES_CHANNELS; k++) {
        for (size_t i = 0; i < p->n_grid_rows * p->grid_pitch; i++) {
            const size_t y = i / p->grid_pitch % 5, x = i % p->grid_pitch % 5;
            const double sign = signs[(y * 5 + x) * 13 + k];
            const size_t drawn = sm_random_below(&random, MOST + 1);
            const int32_t values[] = {(int32_t)drawn,
                                      k % 5 == 0 ? (int32_t)drawn / 64 : 0,
                                      MOST,
                                      k == 3 && i == 2 * p->grid_pitch + 2 ? MOST : 0,
                                      sign > 0 ? MOST : 0,
                                      sign > 0 ? 0 : MOST,
                                      sign > 0 ? MOST : 1};
            points[k * p->channel_size + i] = values[n % (sizeof values / sizeof *values)];
        }
    }
}

/* The response of a filter, with the sum of magnitudes that no sum of the transform exceeds. */
static int64_t sum_points(const patches *p, const patches_workspace *w, size_t at, const double *signs,
                          int64_t *most)
{
    int64_t sum = 0;
    *most = 0;
    for (size_t i = 0; i < PATCH; i++) {
        const size_t k = i % 13, y = i / 65, x = i / 13 % 5;
        const int64_t point = w->points[at + k * p->channel_size + y * p->grid_pitch + x];
        /* The sign that is applied before rounding is that of the place. */
        const int64_t sign = p->filters[0].signs[p->filters[0].places[k * 25 + y * 5 + x] % 32];
        const int64_t normalised = (int64_t)floor((double)(sign * point * w->scales[at]) / 32768 + 0.5);
        sum += (int64_t)signs[i] * sign * normalised;
        *most += llabs(normalised);
    }
    return sum;
}

static double norm_at(const patches *p, const patches_workspace *w, size_t at)
{
    double energy = 0;
    for (size_t i = 0; i < PATCH; i++)
        energy += pow(w->points[at + i % 13 * p->channel_size + i / 65 * p->grid_pitch + i / 13 % 5], 2);
    return sqrt(energy);
}

/* The sums of 325 products, bit for bit, up to the largest numbers that there are. */
START_TEST(responses_are_plain_sums)
{
    enum { N_TESTS = 42, SEED = 9, MAX_ACROSS = 16 };
    double *signs = draw_signs(N_PLACES, SEED);
    for (size_t n = 0; n < 4 * N_TESTS; n++) {
        int16_t found[N_PLACES * MAX_ACROSS];
        pool memory = {0};
        if (!sm_isa_name(isas[n / N_TESTS]))
            continue;
        const patches *p = make(N_PLACES, SEED, 16, 26, isas[n / N_TESTS], &memory);
        const patches_workspace w = make_workspace(p, &memory);
        draw_points(p, n % N_TESTS, signs + n % N_TESTS * PATCH, w.points);
        const size_t y = n % p->n_down;
        p->loops->respond(p, &w, 0, y, found);
        for (size_t i = 0; i < N_PLACES * p->n_across; i++) {
            const size_t j = i / p->n_across, at = y * p->grid_pitch + i % p->n_across;
            int64_t most;
            const int64_t expected = sum_points(p, &w, at, signs + j * PATCH, &most);
            ck_assert_int_eq(found[i], expected);
            ck_assert_int_le(most, 29007);
            if (j == 0)
                ck_assert_double_eq_tol(w.scales[at], 32768 * 1600 / (norm_at(p, &w, at) + 3276.8), 1.01);
        }
        pool_free(&memory);
    }
    free(signs);
}
END_TEST

/* All pixels at their largest contrast: no integer of a stage wraps around. */
START_TEST(points_stay_in_their_range)
{
    for (size_t n = 0; n < 4 * 8; n++) {
        uint8_t image[28 * 28];
        float coefficients[N_CELLS];
        pool memory = {0};
        if (!sm_isa_name(isas[n / 8]))
            continue;
        const patches *p = make(1, 1, 28, 28, isas[n / 8], &memory);
        const patches_workspace w = make_workspace(p, &memory);
        for (size_t i = 0; i < 28 * 28; i++) {
            const size_t y = i / 28, x = i % 28, period = 1 + n % 4;
            const size_t stripe = n % 8 < 4 ? x / period : (x / period + y / period);
            image[i] = stripe % 2 > 0 ? 255 : 0;
        }
        p->loops->transform(p, image, &w, coefficients);
        for (size_t k = 0; k < PATCHES_CHANNELS; k++)
            for (size_t i = 0; i < p->n_grid_rows * p->grid_pitch; i++) {
                const int32_t point = w.points[k * p->channel_size + i];
                ck_assert(point >= 0 && point <= 29600);
            }
        pool_free(&memory);
    }
}
END_TEST

START_TEST(roots_are_rounded_to_bytes)
{
    enum { N = 4099 };
    float coefficients[N + PATCHES_MAX_LANES] = {0};
    uint8_t found[N], expected[N];
    for (size_t i = 0; i < N; i++) {
        coefficients[i] = i < 64 ? ldexpf(1, -(int)i) : (float)i * (float)i * 0x1p-18f;
        const double root = 48 * ((double)sqrtf(coefficients[i] + 0x1p-10f) - 0x1p-5);
        expected[i] = (uint8_t)fmin(floor(root + 0.5), 255);
    }
    for (size_t n = 0; n < 4; n++) {
        if (!sm_isa_name(isas[n]))
            continue;
        find_feature_loops(isas[n]).patches->take_roots(N, 48, 0x1p-10f, coefficients, found);
        ck_assert_mem_eq(found, expected, sizeof found);
    }
}
END_TEST

START_TEST(a_blank_image_has_none)
{
    const uint8_t blank[28 * 28] = {0};
    float found[32 * N_CELLS], vector[32 * N_CELLS], gradient[28 * 28];
    pool memory = {0};
    const patches *p = make(32, 1, 28, 28, NULL, &memory);
    const patches_workspace w = make_workspace(p, &memory);
    p->loops->transform(p, blank, &w, found);
    for (size_t i = 0; i < 32 * N_CELLS; i++) {
        ck_assert_double_eq((double)found[i], 0);
        vector[i] = 1;
    }
    p->loops->vjp(p, blank, vector, &w, gradient);
    for (size_t i = 0; i < 28 * 28; i++)
        ck_assert_double_eq((double)gradient[i], 0);
    pool_free(&memory);
}
END_TEST

/* The same drawing with half the ink. */
START_TEST(contrast_matters_little)
{
    enum { N_FILTERS = 64 };
    uint8_t image[28 * 28];
    float strong[N_FILTERS * N_CELLS], faint[N_FILTERS * N_CELLS];
    double difference = 0, norm = 0;
    draw_strokes(3, 28, 28, image);
    pool memory = {0};
    const patches *p = make(N_FILTERS, 1, 28, 28, NULL, &memory);
    const patches_workspace w = make_workspace(p, &memory);
    p->loops->transform(p, image, &w, strong);
    for (size_t i = 0; i < 28 * 28; i++)
        image[i] /= 2;
    p->loops->transform(p, image, &w, faint);
    for (size_t i = 0; i < N_FILTERS * N_CELLS; i++) {
        difference += pow((double)strong[i] - (double)faint[i], 2);
        norm += pow((double)strong[i], 2);
    }
    ck_assert_double_le(sqrt(difference), 0.2 * sqrt(norm));
    pool_free(&memory);
}
END_TEST

/* Slopes are taken at rounded bytes, so they match the unrounded definition only to a few hundredths. */
START_TEST(the_gradient_agrees_with_finite_differences)
{
    enum { N_FILTERS = 33, N_PIXELS = 16 * 14 };
    uint8_t image[N_PIXELS];
    double values[N_PIXELS], vector[N_FILTERS * N_CELLS], difference = 0, norm = 0;
    float of_coefficients[N_FILTERS * N_CELLS], gradient[N_PIXELS];
    sm_random random = {4};
    draw_strokes(8, 16, 14, image);
    random_fill(&random, -1, 1, N_FILTERS * N_CELLS, vector);
    for (size_t i = 0; i < N_FILTERS * N_CELLS; i++)
        of_coefficients[i] = (float)vector[i];
    for (size_t i = 0; i < N_PIXELS; i++)
        values[i] = image[i] / 255.0;
    pool memory = {0};
    const patches *p = make(N_FILTERS, 1, 16, 14, NULL, &memory);
    const patches_workspace w = make_workspace(p, &memory);
    p->loops->vjp(p, image, of_coefficients, &w, gradient);
    for (size_t i = 0; i < N_PIXELS; i += 5) {
        const double step = 1e-5, value = values[i];
        values[i] = value + step;
        double *high = find_coefficients(values, 16, 14, N_FILTERS, false), slope = 0;
        values[i] = value - step;
        double *low = find_coefficients(values, 16, 14, N_FILTERS, false);
        values[i] = value;
        for (size_t j = 0; j < N_FILTERS * N_CELLS; j++)
            slope += vector[j] * (high[j] - low[j]) / (2 * step);
        difference += pow(slope - (double)gradient[i], 2);
        norm += slope * slope;
        free(low);
        free(high);
    }
    ck_assert_double_le(sqrt(difference), 0.05 * sqrt(norm));
    pool_free(&memory);
}
END_TEST

/* Of the enlarged moment normalisation, and of the image as it is. */
START_TEST(features_are_roots_of_every_view)
{
    enum { N_VIEWS = 2, SIDE = 28, N_FILTERS_HERE = 20, N_EACH = 9 * N_FILTERS_HERE, N_ALL = N_VIEWS * N_EACH };
    uint8_t image[SIDE * SIDE], normalised[SIDE * SIDE];
    const uint8_t *const images[] = {image, normalised}, *const views[] = {normalised, image};
    uint8_t rows[2 * N_ALL], first[N_EACH];
    float coefficients[N_EACH];
    feature_choice choice;
    feature_transform t = {0};
    failure f = {""};
    draw_strokes(6, SIDE, SIDE, image);
    normalise_moments(0.6, image, SIDE, SIDE, normalised);
    CHECK_OK(features_parse("patches:filters=20,seed=3", &choice, &f), &f);
    CHECK_OK(features_open(&choice, SIDE, SIDE, NULL, &t, &f), &f);
    ck_assert_uint_eq(t.n_features, N_ALL);
    ck_assert(t.map->transform(&t, 2, images, rows));
    const patches *p = t.prepared;
    pool memory = {0};
    const patches_workspace w = make_workspace(p, &memory);
    for (size_t view = 0; view < N_VIEWS; view++) {
        p->loops->transform(p, views[view], &w, coefficients);
        for (size_t i = 0; i < N_EACH; i++)
            ck_assert_double_eq_tol(t.map->unit * (double)rows[view * N_EACH + i],
                                    3 * (sqrt((double)coefficients[i] + 0x1p-10) - 0x1p-5), 0x1p-5 + 1e-6);
    }
    ck_assert_mem_eq(rows, rows + N_ALL + N_EACH, N_EACH * sizeof *rows); /* the second image as it is */
    pool_free(&memory);
    features_close(&t);
    CHECK_OK(features_parse("patches:filters=20,seed=3,views=1", &choice, &f), &f);
    CHECK_OK(features_open(&choice, SIDE, SIDE, NULL, &t, &f), &f);
    ck_assert_uint_eq(t.n_features, N_EACH);
    ck_assert(t.map->transform(&t, 1, images, first));
    ck_assert_mem_eq(first, rows, sizeof first);
    features_close(&t);
}
END_TEST

START_TEST(images_of_unsupported_size_are_refused)
{
    const size_t bad[][2] = {{7, 28}, {28, 7}, {257, 28}, {28, SIZE_MAX}};
    for (size_t i = 0; i < 4; i++) {
        feature_choice choice;
        size_t n = 77;
        failure f = {""};
        CHECK_OK(features_parse("patches", &choice, &f), &f);
        check_failed(features_count(&choice, bad[i][0], bad[i][1], &n, &f), &f, NULL, "expected 8 x 8 to 256 x 256",
                     NULL);
        ck_assert_uint_eq(n, 77);
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("patches", it_agrees_with_its_definition, it_has_the_same_bits_everywhere,
                         responses_are_plain_sums, points_stay_in_their_range, roots_are_rounded_to_bytes,
                         a_blank_image_has_none, contrast_matters_little,
                         the_gradient_agrees_with_finite_differences, features_are_roots_of_every_view,
                         images_of_unsupported_size_are_refused);
}
