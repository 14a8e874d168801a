/* The width and length of strokes, and their widening. */
#include <math.h>
#include <stdlib.h>

#include "digits/digit.h"
#include "digits/foreground.h"
#include "digits/stroke.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { SIDE = 28 };

/* A ring with this radius, measured to the middle of its line, and this width; the caller frees the values. */
static grey_image draw_ring(size_t size, double radius, double width)
{
    grey_image map = {size, size, test_calloc(size * size, sizeof(float))};
    for (size_t row = 0; row < size; row++) {
        for (size_t column = 0; column < size; column++) {
            const double y = (double)row + 0.5 - (double)size / 2, x = (double)column + 0.5 - (double)size / 2;
            const double outside = fabs(sqrt(x * x + y * y) - radius) - width / 2;
            map.values[row * size + column] = (float)fmin(fmax(0.5 - outside, 0), 1);
        }
    }
    return map;
}

static stroke measure(const grey_image *foreground)
{
    stroke measured;
    failure f = {""};
    CHECK_OK(stroke_measure(foreground, &measured, &f), &f);
    return measured;
}

START_TEST(a_ring_has_its_width_and_its_length)
{
    for (double width = 3; width <= 24; width *= 2) {
        grey_image ring = draw_ring(300, 100, width);
        const stroke s = measure(&ring);
        ck_assert_double_eq_tol(s.width, width, 0.05 * width + 0.3);
        ck_assert_double_eq_tol(s.length, 2 * acos(-1) * 100, 60);
        ck_assert_double_eq_tol(s.max_width, width, 0.1 * width + 1);
        free(ring.values);
    }
}
END_TEST

START_TEST(without_ink_there_is_no_stroke)
{
    float values[9] = {0};
    const stroke s = measure(&(grey_image){3, 3, values});
    ck_assert(s.width == 0 && s.length == 0 && s.max_width == 0);
    for (size_t i = 0; i < 9; i++)
        values[i] = SOLID;
    ck_assert(measure(&(grey_image){3, 3, values}).width == 0);
    values[4] = 1;
    ck_assert(measure(&(grey_image){3, 3, values}).width > 0);
}
END_TEST

/* The shape grows by twice the radius if the map has room. */
START_TEST(thicker_strokes_are_wider_by_twice_the_radius)
{
    for (double radius = 2; radius <= 16; radius *= 2) {
        grey_image ring = draw_ring(240, 100, 5), thick;
        failure f = {""};
        const stroke before = measure(&ring);
        CHECK_OK(stroke_thicken(&ring, radius, &thick, &f), &f);
        const stroke after = measure(&thick);
        ck_assert_double_eq_tol(after.width, before.width + 2 * radius, 0.08 * 2 * radius + 0.6);
        for (size_t i = 0; i < thick.width; i++)
            ck_assert(thick.values[i] == 0 && thick.values[thick.width * (thick.height - 1) + i] == 0);
        free(thick.values);
        free(ring.values);
    }
}
END_TEST

static double likeness(const uint8_t *a, const uint8_t *b)
{
    double product = 0, square_a = 0, square_b = 0;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        product += a[i] * (double)b[i];
        square_a += a[i] * (double)a[i];
        square_b += b[i] * (double)b[i];
    }
    return product / sqrt(square_a * square_b + 1e-30);
}

/* Three quarters of a ring: its centre of mass is not half-way between two pixels, unlike that of a symmetric shape. */
static grey_image draw_hook(double width)
{
    grey_image map = draw_ring(500, 180, width);
    for (size_t row = 0; row < 250; row++)
        for (size_t column = 250; column < 500; column++)
            map.values[row * 500 + column] = 0;
    return map;
}

/* Pens as wide as a two-hundredth, a twentieth and a tenth of the digit all give the same image as MNIST's pen. */
START_TEST(a_digit_is_the_same_with_any_pen)
{
    digits usual;
    failure f = {""};
    grey_image ring = draw_hook(44);
    CHECK_OK(digits_find(&ring, SIDE, SIDE, false, &usual, &f), &f);
    ck_assert_uint_eq(usual.n, 1);
    for (double pen = 2; pen <= 22; pen += 5) {
        digits thin;
        grey_image drawn = draw_hook(pen);
        CHECK_OK(digits_find(&drawn, SIDE, SIDE, false, &thin, &f), &f);
        ck_assert_uint_eq(thin.n, 1);
        ck_assert_double_ge(likeness(thin.pixels, usual.pixels), 0.9);
        ck_assert_double_eq_tol((double)thin.boxes[0].width, 360 + pen, 4);
        digits_destroy(&thin);
        free(drawn.values);
    }
    digits_destroy(&usual);
    free(ring.values);
}
END_TEST

/* Lines everywhere, like the edges in a photograph. */
START_TEST(a_shape_with_more_lines_than_any_digit_is_not_a_digit)
{
    grey_image map = {400, 400, test_calloc(400 * 400, sizeof(float))};
    for (size_t row = 40; row < 360; row++)
        for (size_t column = 40; column < 360; column++)
            map.values[row * 400 + column] = row % 40 < 4 || column % 40 < 4 ? 1 : 0;
    digits found;
    failure f = {""};
    CHECK_OK(digits_find(&map, SIDE, SIDE, false, &found, &f), &f);
    ck_assert_uint_eq(found.n, 0);
    digits_destroy(&found);
    free(map.values);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("stroke", a_ring_has_its_width_and_its_length, without_ink_there_is_no_stroke,
                         thicker_strokes_are_wider_by_twice_the_radius, a_digit_is_the_same_with_any_pen,
                         a_shape_with_more_lines_than_any_digit_is_not_a_digit);
}
