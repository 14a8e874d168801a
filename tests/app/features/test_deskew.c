/* Setting slanted writing upright. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "features/features.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { ROWS = 20, COLUMNS = 24, N_PIXELS = ROWS * COLUMNS };

static feature_transform open_map(size_t n_rows, size_t n_columns)
{
    feature_choice choice;
    feature_transform t;
    failure f = {""};
    CHECK_OK(features_parse("deskew", &choice, &f), &f);
    CHECK_OK(features_open(&choice, n_rows, n_columns, NULL, &t, &f), &f);
    ck_assert_uint_eq(t.n_features, n_rows * n_columns);
    return t;
}

static void deskew(size_t n_rows, size_t n_columns, const uint8_t *image, uint8_t *result)
{
    feature_transform t = open_map(n_rows, n_columns);
    ck_assert(t.map->transform(&t, 1, &image, result));
    features_close(&t);
}

/* A bar three columns wide, which leans by a number of columns per row. */
static void draw_bar(double slant, uint8_t *image)
{
    memset(image, 0, N_PIXELS);
    for (size_t y = 3; y < ROWS - 3; y++) {
        const double left = 10 + slant * ((double)y - 9.5), whole = floor(left);
        uint8_t *at = image + y * COLUMNS + (size_t)whole;
        at[0] = (uint8_t)(200 * (1 - (left - whole)) + 0.5);
        at[1] = at[2] = 200;
        at[3] = (uint8_t)(200 * (left - whole) + 0.5);
    }
}

/* The naive formula, in one pass over the pixels. */
static double slant_of(const uint8_t *image)
{
    double mass = 0, x0 = 0, y0 = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < N_PIXELS; i++) {
        mass += image[i];
        x0 += image[i] * (double)(i % COLUMNS);
        y0 += image[i] * (double)(i / COLUMNS);
    }
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double dx = (double)(i % COLUMNS) - x0 / mass, dy = (double)(i / COLUMNS) - y0 / mass;
        xy += image[i] * dx * dy;
        yy += image[i] * dy * dy;
    }
    return xy / yy;
}

START_TEST(an_upright_image_is_unchanged)
{
    uint8_t image[N_PIXELS], result[N_PIXELS];
    draw_bar(0, image);
    deskew(ROWS, COLUMNS, image, result);
    ck_assert_mem_eq(result, image, N_PIXELS);
    /* A picture that is its own mirror image is unchanged. */
    sm_random random = {3};
    for (size_t y = 0; y < ROWS; y++)
        for (size_t x = 0; x < COLUMNS / 2; x++)
            image[y * COLUMNS + x] = image[y * COLUMNS + COLUMNS - 1 - x] = (uint8_t)sm_random_below(&random, 256);
    deskew(ROWS, COLUMNS, image, result);
    ck_assert_mem_eq(result, image, N_PIXELS);
}
END_TEST

START_TEST(slanted_strokes_are_set_upright)
{
    uint8_t upright[N_PIXELS], image[N_PIXELS], result[N_PIXELS];
    draw_bar(0, upright);
    for (double slant = -0.7; slant < 0.8; slant += 0.35) {
        draw_bar(slant, image);
        ck_assert_double_eq_tol(slant_of(image), slant, 0.01);
        deskew(ROWS, COLUMNS, image, result);
        ck_assert_double_le(fabs(slant_of(result)), 0.01);
        for (size_t i = 0; i < N_PIXELS; i++) /* blurred by interpolating interpolated edges */
            ck_assert_int_le(abs(result[i] - upright[i]), 60);
    }
}
END_TEST

START_TEST(images_without_slant_are_unchanged)
{
    uint8_t image[N_PIXELS] = {0}, result[N_PIXELS];
    deskew(ROWS, COLUMNS, image, result);
    ck_assert_mem_eq(result, image, N_PIXELS);
    image[77] = 255;
    deskew(ROWS, COLUMNS, image, result);
    ck_assert_mem_eq(result, image, N_PIXELS);
    for (size_t i = 0; i < COLUMNS; i++)
        image[i] = (uint8_t)(10 * i);
    deskew(1, COLUMNS, image, result);
    ck_assert_mem_eq(result, image, COLUMNS);
    deskew(1, 1, image + 5, result);
    ck_assert_uint_eq(result[0], image[5]);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The inner product of a vector with the result for real pixels, without rounding. */
static double product(const double *pixels, const float *vector)
{
    double mass = 0, x0 = 0, y0 = 0, xy = 0, yy = 0, sum = 0;
    for (size_t i = 0; i < N_PIXELS; i++) {
        mass += pixels[i];
        x0 += pixels[i] * (double)(i % COLUMNS);
        y0 += pixels[i] * (double)(i / COLUMNS);
    }
    x0 /= mass;
    y0 /= mass;
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double dy = (double)(i / COLUMNS) - y0;
        xy += pixels[i] * ((double)(i % COLUMNS) - x0) * dy;
        yy += pixels[i] * dy * dy;
    }
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double at = (double)(i % COLUMNS) + xy / yy * ((double)(i / COLUMNS) - y0), whole = floor(at);
        const double *row = pixels + i / COLUMNS * COLUMNS;
        if (whole >= 0 && whole < COLUMNS)
            sum += (double)vector[i] * (1 - (at - whole)) * row[(size_t)whole];
        if (whole + 1 >= 0 && whole + 1 < COLUMNS)
            sum += (double)vector[i] * (at - whole) * row[(size_t)(whole + 1)];
    }
    return sum;
}

START_TEST(the_gradient_agrees_with_finite_differences)
{
    uint8_t image[N_PIXELS];
    const uint8_t *images[] = {image};
    float vector[N_PIXELS], gradient[N_PIXELS];
    double pixels[N_PIXELS];
    sm_random random = {9};
    for (size_t i = 0; i < N_PIXELS; i++) {
        image[i] = (uint8_t)sm_random_below(&random, 256);
        vector[i] = (float)random_between(&random, -1, 1);
        pixels[i] = image[i] / 255.0;
    }
    image[0] = 255;
    pixels[0] = 1;
    const float *vectors[] = {vector};
    feature_transform t = open_map(ROWS, COLUMNS);
    ck_assert(t.map->vjp(&t, 1, images, vectors, gradient));
    features_close(&t);
    const double step = 1e-6;
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double here = pixels[i];
        pixels[i] = here + step;
        const double above = product(pixels, vector);
        pixels[i] = here - step;
        const double slope = (above - product(pixels, vector)) / (2 * step);
        pixels[i] = here;
        ck_assert_double_eq_tol((double)gradient[i], slope, 1e-5 * (1 + fabs(slope)));
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("deskew", an_upright_image_is_unchanged, slanted_strokes_are_set_upright,
                         images_without_slant_are_unchanged, the_gradient_agrees_with_finite_differences);
}
