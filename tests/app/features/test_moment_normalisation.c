/* Moment normalisation: the moments of its results, and its slopes against finite differences. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "features/moment_normalisation.h"
#include "support/data.h"
#include "support/suite.h"

enum { SIDE = 28, N_PIXELS = SIDE * SIDE };

/* Moments of the pixel values: centre, variances and covariance. */
typedef struct spread {
    double mass, y, x, yy, xx, xy;
} spread;

static spread find_spread(const double *image)
{
    spread m = {0};
    for (size_t i = 0; i < N_PIXELS; i++) {
        m.mass += image[i];
        m.y += image[i] * (double)(i / SIDE);
        m.x += image[i] * (double)(i % SIDE);
    }
    m.y /= m.mass;
    m.x /= m.mass;
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double y = (double)(i / SIDE) - m.y, x = (double)(i % SIDE) - m.x;
        m.yy += image[i] * y * y / m.mass;
        m.xx += image[i] * x * x / m.mass;
        m.xy += image[i] * x * y / m.mass;
    }
    return m;
}

static double clamp(double factor)
{
    return fmin(fmax(factor, 1 / 1.4), 1.4);
}

static double at(const double *image, double row, double column)
{
    double sum = 0;
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double y = fabs((double)(i / SIDE) - row), x = fabs((double)(i % SIDE) - column);
        if (y < 1 && x < 1)
            sum += (1 - y) * (1 - x) * image[i];
    }
    return sum;
}

static const double scales[] = {1, 0.6};
enum { N_SCALES = sizeof scales / sizeof *scales };

/* The definition in moment_normalisation.h, for real pixels and without rounding. */
static void normalise(double scale, const double *image, double *result)
{
    const spread m = find_spread(image);
    const double slant = m.xy / m.yy, down = scale * clamp(sqrt(sqrt(m.yy) / 5.2));
    const double across = scale * clamp(sqrt(sqrt(m.xx - m.xy * m.xy / m.yy) / 4));
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double y = (double)(i / SIDE) - 13.5, x = (double)(i % SIDE) - 13.5;
        result[i] = at(image, m.y + down * y, m.x + across * x + slant * down * y);
    }
}

/* An ellipse with soft edges and a slanted longer axis. */
static void draw_ellipse(double y0, double x0, double a, double b, double slant, uint8_t *image)
{
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double y = (double)(i / SIDE) - y0, x = (double)(i % SIDE) - x0 - slant * y;
        const double inside = 6 * (1 - hypot(y / a, x / b));
        image[i] = (uint8_t)(255 * fmin(fmax(inside, 0), 1));
    }
}

static void to_doubles(const uint8_t *bytes, double *values)
{
    for (size_t i = 0; i < N_PIXELS; i++)
        values[i] = bytes[i] / 255.0;
}

static const double ellipses[][5] = {{13.5, 13.5, 10, 7, 0},     {12, 15, 8, 3, 0.5},    {15.5, 12.25, 9, 6, -0.4},
                                     {13.71, 13.22, 4, 2, 0.1},  {13, 14, 13, 13, 0},    {13.5, 13.5, 9, 1.2, 0.2},
                                     {10.3, 17.8, 6, 4.5, -0.8}, {14, 13, 12, 5, 0.3},   {13.83, 13.4, 2, 10, 0},
                                     {15, 12, 5, 3, 0.2},        {12, 14, 4.5, 4, -0.3}, {14.2, 13.7, 5.5, 2, 0.6}};
enum { N_ELLIPSES = sizeof ellipses / sizeof *ellipses };

static void draw(size_t n, uint8_t *image)
{
    const double *e = ellipses[n];
    draw_ellipse(e[0], e[1], e[2], e[3], e[4], image);
}

START_TEST(it_agrees_with_its_definition)
{
    uint8_t image[N_PIXELS], result[N_PIXELS];
    double values[N_PIXELS], expected[N_PIXELS];
    for (size_t n = 0; n < N_ELLIPSES * N_SCALES; n++) {
        const double scale = scales[n % N_SCALES];
        draw(n / N_SCALES, image);
        to_doubles(image, values);
        normalise(scale, values, expected);
        normalise_moments(scale, image, SIDE, SIDE, result);
        for (size_t i = 0; i < N_PIXELS; i++)
            ck_assert_double_eq_tol(result[i], 255 * expected[i], 0.501);
    }
}
END_TEST

static bool reaches_the_edge(const double *image)
{
    for (size_t i = 0; i < SIDE; i++)
        if (image[i] > 0 || image[N_PIXELS - 1 - i] > 0 || image[i * SIDE] > 0 || image[i * SIDE + SIDE - 1] > 0)
            return true;
    return false;
}

/* The deviation along the rows that the slant does not explain. */
static double width_of(const spread *m)
{
    return sqrt(m->xx - m->xy * m->xy / m->yy);
}

/* Centred, not slanted, and, if nothing is cut off, closer to the common size at this scale. */
START_TEST(moments_come_nearer_to_the_common_ones)
{
    size_t n_whole = 0;
    uint8_t image[N_PIXELS], result[N_PIXELS];
    double values[N_PIXELS];
    for (size_t n = 0; n < 2 * N_ELLIPSES; n++) {
        const double scale = scales[n % 2];
        draw(n / 2, image);
        to_doubles(image, values);
        const spread before = find_spread(values);
        normalise_moments(scale, image, SIDE, SIDE, result);
        to_doubles(result, values);
        const spread after = find_spread(values);
        ck_assert_double_eq_tol(after.y, 13.5, 0.1);
        ck_assert_double_eq_tol(after.x, 13.5, 0.1);
        ck_assert_double_eq_tol(after.xy / after.yy, 0, 0.02);
        if (reaches_the_edge(values))
            continue;
        ck_assert_double_le(fabs(log(scale * sqrt(after.yy) / 5.2)), fabs(log(sqrt(before.yy) / 5.2)) + 0.02);
        ck_assert_double_le(fabs(log(scale * width_of(&after) / 4)), fabs(log(width_of(&before) / 4)) + 0.02);
        n_whole++;
    }
    ck_assert_uint_ge(n_whole, N_ELLIPSES);
}
END_TEST

START_TEST(a_blank_image_stays_blank)
{
    const uint8_t blank[N_PIXELS] = {0};
    uint8_t result[N_PIXELS];
    float vector[N_PIXELS], gradient[N_PIXELS] = {0};
    memset(result, 7, sizeof result);
    for (size_t i = 0; i < N_PIXELS; i++)
        vector[i] = (float)i;
    normalise_moments(1, blank, SIDE, SIDE, result);
    ck_assert_mem_eq(result, blank, sizeof blank);
    normalise_moments_vjp(1, blank, SIDE, SIDE, vector, gradient);
    ck_assert_mem_eq(gradient, vector, sizeof vector);
}
END_TEST

START_TEST(a_single_row_or_column_is_supported)
{
    for (size_t n = 1; n <= 40; n += 13) {
        uint8_t image[40], result[40];
        memset(image, 255, sizeof image);
        for (size_t i = 0; i < N_SCALES; i++) {
            normalise_moments(scales[i], image, 1, n, result);
            normalise_moments(scales[i], image, n, 1, result);
        }
    }
}
END_TEST

/* Central differences of the definition along random directions of the pixels. There is a kink where a position
 * crosses from one pixel to the next, which a step this small rarely meets. */
START_TEST(the_gradient_agrees_with_finite_differences)
{
    sm_random random = {9};
    uint8_t image[N_PIXELS];
    double values[N_PIXELS], vector[N_PIXELS], direction[N_PIXELS], moved[N_PIXELS], high[N_PIXELS], low[N_PIXELS];
    for (size_t n = 0; n < N_ELLIPSES * N_SCALES; n++) {
        const double scale = scales[n % N_SCALES];
        float of_pixels[N_PIXELS], gradient[N_PIXELS] = {0};
        draw(n / N_SCALES, image);
        to_doubles(image, values);
        random_fill(&random, -1, 1, N_PIXELS, vector);
        for (size_t i = 0; i < N_PIXELS; i++)
            of_pixels[i] = (float)vector[i];
        normalise_moments_vjp(scale, image, SIDE, SIDE, of_pixels, gradient);
        for (size_t repeat = 0; repeat < 5; repeat++) {
            const double step = 1e-6;
            double expected = 0, found = 0, magnitude = 0;
            random_fill(&random, 0, 1, N_PIXELS, direction);
            for (size_t i = 0; i < N_PIXELS; i++)
                moved[i] = values[i] + step * direction[i];
            normalise(scale, moved, high);
            for (size_t i = 0; i < N_PIXELS; i++)
                moved[i] = values[i] - step * direction[i];
            normalise(scale, moved, low);
            for (size_t i = 0; i < N_PIXELS; i++) {
                expected += vector[i] * (high[i] - low[i]) / (2 * step);
                found += (double)gradient[i] * direction[i];
                magnitude += fabs((double)gradient[i] * direction[i]);
            }
            ck_assert_double_eq_tol(found, expected, 1e-5 * magnitude);
        }
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("moment_normalisation", it_agrees_with_its_definition, moments_come_nearer_to_the_common_ones,
                     a_blank_image_stays_blank, a_single_row_or_column_is_supported,
                     the_gradient_agrees_with_finite_differences);
}
