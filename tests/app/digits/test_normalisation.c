/* Normalisation brings a digit into the form of the training images, and recognises that form. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digits/normalisation.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { MAX_SIDE = 200 };

/* An arc of an ellipse with a stroke of this width, in a map that it fills; the caller frees the values. */
static grey_image draw(size_t width, size_t height, double stroke)
{
    grey_image map = {width, height, test_calloc(width * height, sizeof(float))};
    for (size_t i = 0; i < width * height; i++) {
        const double x = ((double)(i % width) + 0.5) / (double)width * 2 - 1;
        const double y = ((double)(i / width) + 0.5) / (double)height * 2 - 1;
        const double inner = 1 - 2 * stroke / (double)(width < height ? width : height),
                     radius = sqrt(x * x + y * y);
        map.values[i] = radius <= 1 && radius >= inner && !(x > 0 && y > 0 && y < 0.5) ? 1 : 0;
    }
    return map;
}

static bool normalise(const grey_image *alone, size_t n_rows, size_t n_columns, uint8_t *pixels)
{
    digit_box edges;
    bool is_digit = false;
    failure f = {""};
    CHECK_OK(normalise_digit(alone, n_rows, n_columns, pixels, &edges, &is_digit, &f), &f);
    if (is_digit)
        ck_assert(edges.left + edges.width <= alone->width && edges.top + edges.height <= alone->height);
    return is_digit;
}

static bool has_form(const uint8_t *pixels, size_t n_rows, size_t n_columns, digit_box *box)
{
    float *values = test_calloc(n_rows * n_columns, sizeof *values);
    for (size_t i = 0; i < n_rows * n_columns; i++)
        values[i] = (float)pixels[i] / 255;
    const bool found = is_normalised(&(grey_image){n_columns, n_rows, values}, n_rows, n_columns, box);
    free(values);
    return found;
}

/* Whatever its size, its proportions and its stroke, and in images of other sizes, too. */
START_TEST(a_normalised_digit_has_the_form)
{
    static const size_t sizes[][2] = {{20, 20}, {30, 60}, {150, 120}, {90, 180}, {45, 40}};
    static const size_t shapes[][2] = {{28, 28}, {40, 28}, {56, 56}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
            const size_t n_rows = shapes[j][0], n_columns = shapes[j][1],
                         longer = sizes[i][0] > sizes[i][1] ? 0 : 1;
            grey_image alone = draw(sizes[i][0], sizes[i][1], 0.14 * (double)sizes[i][longer]);
            uint8_t pixels[56 * 56];
            digit_box box;
            ck_assert(normalise(&alone, n_rows, n_columns, pixels));
            ck_assert_msg(has_form(pixels, n_rows, n_columns, &box), "digit %zu, shape %zu", i, j);
            free(alone.values);
        }
    }
}
END_TEST

/* The sum of absolute differences, as a share of all brightness. */
static double difference(const uint8_t *a, const uint8_t *b)
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < 28 * 28; i++) {
        sum += fabs((double)a[i] - (double)b[i]);
        all += (double)a[i] + (double)b[i];
    }
    return sum / all;
}

START_TEST(size_does_not_matter)
{
    uint8_t small[28 * 28], large[28 * 28];
    grey_image one = draw(60, 80, 10), other = draw(120, 160, 20);
    ck_assert(normalise(&one, 28, 28, small) && normalise(&other, 28, 28, large));
    ck_assert_double_lt(difference(small, large), 0.05);
    free(other.values);
    free(one.values);
}
END_TEST

/* A stroke of one pixel in a hundred would fade when it is reduced. */
START_TEST(thin_strokes_are_widened)
{
    uint8_t thin[28 * 28], normal[28 * 28];
    grey_image one = draw(100, 140, 3), other = draw(100, 140, 16);
    double mass_of_thin = 0, mass_of_normal = 0;
    ck_assert(normalise(&one, 28, 28, thin) && normalise(&other, 28, 28, normal));
    for (size_t i = 0; i < 28 * 28; i++) {
        mass_of_thin += thin[i];
        mass_of_normal += normal[i];
    }
    ck_assert_double_gt(mass_of_thin, 0.6 * mass_of_normal);
    free(other.values);
    free(one.values);
}
END_TEST

START_TEST(other_shapes_are_not_digits)
{
    uint8_t pixels[28 * 28];
    float values[MAX_SIDE * MAX_SIDE] = {0};
    const grey_image blank = {40, 60, values};
    ck_assert(!normalise(&blank, 28, 28, pixels));
    for (size_t i = 0; i < MAX_SIDE * MAX_SIDE; i++)
        values[i] = 1;
    const grey_image square = {100, 100, values}, dash = {100, 20, values}, bar = {10, 100, values};
    ck_assert(!normalise(&square, 28, 28, pixels));
    ck_assert(!normalise(&dash, 28, 28, pixels));
    ck_assert(normalise(&bar, 28, 28, pixels)); /* a 1 */
    for (size_t i = 0; i < MAX_SIDE * MAX_SIDE; i++)
        values[i] = i / MAX_SIDE % 2 == 0 ? 1 : 0;
    const grey_image hatching = {MAX_SIDE, MAX_SIDE, values};
    ck_assert(!normalise(&hatching, 28, 28, pixels));
}
END_TEST

START_TEST(other_pictures_lack_the_form)
{
    uint8_t pixels[28 * 28], shifted[28 * 28] = {0}, inverted[28 * 28];
    digit_box box;
    grey_image alone = draw(60, 80, 10);
    ck_assert(normalise(&alone, 28, 28, pixels));
    memcpy(shifted + 28, pixels, sizeof pixels - 28);
    for (size_t i = 0; i < sizeof pixels; i++)
        inverted[i] = 255 - pixels[i];
    ck_assert(has_form(pixels, 28, 28, &box));
    ck_assert(!has_form(shifted, 28, 28, &box)); /* by one row */
    ck_assert(!has_form(inverted, 28, 28, &box));
    ck_assert(!has_form((const uint8_t[28 * 28]){0}, 28, 28, &box));
    ck_assert(!is_normalised(&alone, 28, 28, &box)); /* of another size */
    free(alone.values);
}
END_TEST

START_TEST(images_of_the_data_set_have_the_form)
{
    enum { N_IMAGES = 100 };
    data *d = data_mnist(N_IMAGES);
    size_t n_found = 0;
    for (size_t i = 0; i < N_IMAGES; i++) {
        digit_box box;
        n_found += has_form(d->bytes + i * 28 * 28, 28, 28, &box);
    }
    ck_assert_uint_ge(n_found, 98);
    data_free(d);
}
END_TEST

int main(void)
{
    return SUITE_RUN("normalisation", a_normalised_digit_has_the_form, size_does_not_matter,
                     thin_strokes_are_widened, other_shapes_are_not_digits, other_pictures_lack_the_form,
                     images_of_the_data_set_have_the_form);
}
