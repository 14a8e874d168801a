/* Pictures of digits, normalised to the form of the training images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digits/digit.h"
#include "base/grey_image.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { SIDE = 28, N_PIXELS = SIDE * SIDE, N_DIGITS = 60, SCALE = 6, CANVAS = 240 };

/* How a digit is enlarged, moved and drawn on a background. */
typedef struct scan {
    bool is_dark; /* dark on light */
    double shade; /* how much darker the background is in one corner than in the opposite one */
    double noise; /* standard deviation */
    size_t rule;  /* distance between ruled lines; 0 for none */
    size_t specks;
    size_t n_outer; /* the number of columns at the left that show the surroundings of the page */
} scan;

static void to_image(const uint8_t *pixels, grey_image *image)
{
    for (size_t i = 0; i < image->width * image->height; i++)
        image->values[i] = (float)pixels[i] / 255;
}

static float background_of(const scan *s, size_t row, size_t column)
{
    const double lit = 0.95 - s->shade * (double)(row + column) / (2 * CANVAS);
    return (float)(s->rule && row % s->rule < 2 ? lit - 0.25 : lit);
}

/* Twelve uniform numbers minus 6: nearly normal. */
static double draw_noise(sm_random *random)
{
    double sum = -6;
    for (size_t i = 0; i < 12; i++)
        sum += random_between(random, 0, 1);
    return sum;
}

/* Draws a digit [28, 28] on a canvas; the caller frees the result. */
static grey_image draw(const scan *s, const uint8_t *digit, sm_random *random)
{
    grey_image small = {SIDE, SIDE, test_calloc(N_PIXELS, sizeof(float))};
    grey_image large = {SCALE * SIDE, SCALE * SIDE, test_calloc(N_PIXELS * SCALE * SCALE, sizeof(float))};
    grey_image canvas = {CANVAS, CANVAS, test_calloc(CANVAS * CANVAS, sizeof(float))};
    to_image(digit, &small);
    resample(&small, &(region){0, 0, SIDE, SIDE}, &large);
    const size_t top = sm_random_below(random, CANVAS - SCALE * SIDE);
    const size_t left = sm_random_below(random, CANVAS - SCALE * SIDE);
    for (size_t row = 0; row < CANVAS; row++) {
        for (size_t column = 0; column < CANVAS; column++) {
            const size_t y = row - top, x = column - left;
            float foreground = y < large.height && x < large.width ? large.values[y * large.width + x] : 0;
            if (sm_random_below(random, CANVAS * CANVAS) < s->specks)
                foreground = 1;
            const float background = background_of(s, row, column);
            const double lit = column < s->n_outer ? 0.3 : (double)(background * (1 - 0.75f * foreground));
            const double value = lit + s->noise * draw_noise(random);
            canvas.values[row * CANVAS + column] = (float)fmin(fmax(s->is_dark ? value : 1 - value, 0), 1);
        }
    }
    free(large.values);
    free(small.values);
    return canvas;
}

/* The only digit in a picture: pixels [n_rows, n_columns] and its box. */
static status normalise(const grey_image *picture, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *box,
                        bool *found, failure *f)
{
    digits d;
    const status result = digits_find(picture, n_rows, n_columns, false, &d, f);
    ck_assert_uint_le(d.n, 1);
    *found = d.n == 1;
    *box = *found ? d.boxes[0] : (digit_box){0};
    memset(pixels, 0, n_rows * n_columns);
    if (*found)
        memcpy(pixels, d.pixels, n_rows * n_columns);
    digits_destroy(&d);
    return result;
}

/* The cosine of the angle between two images. */
static double likeness(const uint8_t *a, const uint8_t *b)
{
    double product = 0, square_a = 0, square_b = 0;
    for (size_t i = 0; i < N_PIXELS; i++) {
        product += a[i] * (double)b[i];
        square_a += a[i] * (double)a[i];
        square_b += b[i] * (double)b[i];
    }
    return product / sqrt(square_a * square_b + 1e-30);
}

/* The share of drawn digits whose normalised image has a cosine above 0.75 with the original. */
static double share_found(const scan *s)
{
    data *d = data_mnist(N_DIGITS);
    sm_random random = {7};
    size_t n_alike = 0;
    for (size_t i = 0; i < N_DIGITS; i++) {
        grey_image canvas = draw(s, d->bytes + i * N_PIXELS, &random);
        uint8_t pixels[N_PIXELS];
        digit_box box;
        bool found = false;
        failure f = {""};
        CHECK_OK(normalise(&canvas, SIDE, SIDE, pixels, &box, &found, &f), &f);
        n_alike += found && likeness(pixels, d->bytes + i * N_PIXELS) > 0.75;
        free(canvas.values);
    }
    data_free(d);
    return (double)n_alike / N_DIGITS;
}

START_TEST(images_of_the_data_set_stay_as_they_are)
{
    data *d = data_mnist(600);
    for (size_t i = 0; i < 600; i++) {
        grey_image image = {SIDE, SIDE, test_calloc(N_PIXELS, sizeof(float))};
        uint8_t pixels[N_PIXELS];
        digit_box box;
        bool found = false;
        failure f = {""};
        to_image(d->bytes + i * N_PIXELS, &image);
        CHECK_OK(normalise(&image, SIDE, SIDE, pixels, &box, &found, &f), &f);
        ck_assert(found && box.width <= 20 && box.height <= 20);
        ck_assert_mem_eq(pixels, d->bytes + i * N_PIXELS, N_PIXELS);
        free(image.values);
    }
    data_free(d);
}
END_TEST

START_TEST(digits_are_found_on_any_background)
{
    static const scan scans[] = {
        {.is_dark = false},
        {.is_dark = true},
        {.is_dark = true, .shade = 0.5, .noise = 0.03},
        {.is_dark = false, .shade = 0.5, .noise = 0.03},
        {.is_dark = true, .shade = 0.3, .noise = 0.03, .rule = 37},
        {.is_dark = true, .shade = 0.3, .noise = 0.02, .specks = 30},
        {.is_dark = true, .shade = 0.2, .noise = 0.02, .n_outer = 14},
        {.is_dark = false, .shade = 0.2, .noise = 0.02, .n_outer = 14},
    };
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i++)
        ck_assert_double_ge(share_found(&scans[i]), 0.85);
}
END_TEST

/* For any picture the result has the properties of MNIST's images. */
START_TEST(a_digit_fills_its_box_and_is_centred_by_mass)
{
    data *d = data_mnist(N_DIGITS);
    sm_random random = {3};
    for (size_t i = 0; i < N_DIGITS; i++) {
        grey_image canvas = draw(&(scan){.is_dark = true}, d->bytes + i * N_PIXELS, &random);
        uint8_t pixels[N_PIXELS];
        double mass = 0, rows = 0, columns = 0;
        size_t top = SIDE, bottom = 0, left = SIDE, right = 0;
        digit_box box;
        bool found = false;
        failure f = {""};
        CHECK_OK(normalise(&canvas, SIDE, SIDE, pixels, &box, &found, &f), &f);
        for (size_t j = 0; j < N_PIXELS; j++) {
            const size_t row = j / SIDE, column = j % SIDE;
            mass += pixels[j];
            rows += (double)pixels[j] * (double)row;
            columns += (double)pixels[j] * (double)column;
            if (pixels[j] == 0)
                continue;
            top = row < top ? row : top;
            bottom = row > bottom ? row : bottom;
            left = column < left ? column : left;
            right = column > right ? column : right;
        }
        const size_t longer = bottom - top > right - left ? bottom - top + 1 : right - left + 1;
        ck_assert(found && longer >= 19 && longer <= 20);
        ck_assert_double_le(fabs(rows / mass - SIDE / 2), 0.51);
        ck_assert_double_le(fabs(columns / mass - SIDE / 2), 0.51);
        free(canvas.values);
    }
    data_free(d);
}
END_TEST

/* Pictures that end one, two or three pixels from the foreground. */
START_TEST(digits_are_found_in_pictures_cropped_to_their_foreground)
{
    data *d = data_mnist(N_DIGITS);
    const scan plain = {.is_dark = true};
    sm_random random = {7};
    for (size_t i = 0; i < N_DIGITS; i++) {
        grey_image canvas = draw(&plain, d->bytes + i * N_PIXELS, &random);
        for (size_t margin = 1; margin <= 3; margin++) {
            uint8_t whole[N_PIXELS], cropped[N_PIXELS];
            digit_box box, other;
            bool found = false;
            failure f = {""};
            CHECK_OK(normalise(&canvas, SIDE, SIDE, whole, &box, &found, &f), &f);
            grey_image crop = {box.width + 2 * margin, box.height + 2 * margin, NULL};
            crop.values = test_calloc(crop.width * crop.height, sizeof *crop.values);
            for (size_t row = 0; row < crop.height; row++)
                memcpy(crop.values + row * crop.width,
                       canvas.values + (box.top - margin + row) * CANVAS + box.left - margin,
                       crop.width * sizeof *crop.values);
            CHECK_OK(normalise(&crop, SIDE, SIDE, cropped, &other, &found, &f), &f);
            ck_assert(found && likeness(whole, cropped) > 0.8);
            free(crop.values);
        }
        free(canvas.values);
    }
    data_free(d);
}
END_TEST

START_TEST(a_blank_picture_has_no_digit)
{
    const uint8_t blank[N_PIXELS] = {0};
    static const scan scans[] = {{.is_dark = false},
                                 {.is_dark = true},
                                 {.is_dark = true, .shade = 0.5, .noise = 0.03},
                                 {.is_dark = false, .noise = 0.1}};
    for (size_t i = 0; i < sizeof scans / sizeof *scans; i++) {
        sm_random random = {i};
        grey_image canvas = draw(&scans[i], blank, &random);
        uint8_t pixels[N_PIXELS];
        digit_box box;
        bool found = true;
        failure f = {""};
        CHECK_OK(normalise(&canvas, SIDE, SIDE, pixels, &box, &found, &f), &f);
        ck_assert(!found);
        ck_assert_mem_eq(pixels, blank, N_PIXELS);
        free(canvas.values);
    }
}
END_TEST

/* A wall, or clouds: brightness that varies over distances of 60, 30, 15 and 7 pixels. */
static grey_image draw_texture(sm_random *random)
{
    grey_image canvas = {CANVAS, CANVAS, test_calloc(CANVAS * CANVAS, sizeof(float))};
    for (size_t cells = 4; cells <= 32; cells *= 2) {
        grey_image coarse = {cells, cells, test_calloc(cells * cells, sizeof(float))};
        grey_image fine = {CANVAS, CANVAS, test_calloc(CANVAS * CANVAS, sizeof(float))};
        for (size_t i = 0; i < cells * cells; i++)
            coarse.values[i] = (float)random_between(random, 0, 1);
        resample(&coarse, &(region){0, 0, (double)cells, (double)cells}, &fine);
        for (size_t i = 0; i < CANVAS * CANVAS; i++)
            canvas.values[i] += fine.values[i] * (float)(2.0 / (double)cells);
        free(fine.values);
        free(coarse.values);
    }
    return canvas;
}

START_TEST(a_wall_is_not_a_digit)
{
    sm_random random = {11};
    size_t n_found = 0;
    for (size_t i = 0; i < 50; i++) {
        grey_image canvas = draw_texture(&random);
        uint8_t pixels[N_PIXELS];
        digit_box box;
        bool found;
        failure f = {""};
        CHECK_OK(normalise(&canvas, SIDE, SIDE, pixels, &box, &found, &f), &f);
        n_found += found;
        free(canvas.values);
    }
    ck_assert_uint_le(n_found, 5);
}
END_TEST

/* Whether a shape has foreground at a pixel, its distance from the centre given in 240ths of the picture. */
typedef bool shape(double x, double y);

static bool is_disc(double x, double y)
{
    return x * x + y * y < 40 * 40;
}

static bool is_square(double x, double y)
{
    return fabs(x) < 50 && fabs(y) < 50;
}

static bool is_dash(double x, double y)
{
    return fabs(x) < 60 && fabs(y) < 7;
}

static bool is_half(double x, double y)
{
    return y > -CANVAS && x < 10;
}

static bool is_triangle(double x, double y)
{
    return y > -60 && y < 60 && fabs(x) < (y + 60) / 2;
}

static bool is_horse(double x, double y)
{
    const bool body = x * x / (66 * 66) + y * y / (30 * 30)<1, neck = x> 45 && x < 75 && y > -70 && y < 0;
    const bool head = x > 55 && x < 105 && y > -75 && y<-52, tail = x> - 75 && x < -60 && y > -10 && y < 50;
    const double leg = fmin(fmin(fabs(x + 50), fabs(x + 30)), fmin(fabs(x - 30), fabs(x - 50)));
    return body || neck || head || tail || (leg < 4 && y > 0 && y < 90);
}

START_TEST(shapes_that_no_pen_writes_are_not_digits)
{
    static shape *const shapes[] = {is_disc, is_square, is_dash, is_half, is_triangle, is_horse};
    for (size_t i = 0; i < 4 * sizeof shapes / sizeof *shapes; i++) {
        const bool is_dark = i % 2, is_noisy = i / 2 % 2;
        sm_random random = {i};
        grey_image canvas = {CANVAS, CANVAS, test_calloc(CANVAS * CANVAS, sizeof(float))};
        for (size_t j = 0; j < CANVAS * CANVAS; j++) {
            const bool is_foreground =
                shapes[i / 4]((double)(j % CANVAS) - CANVAS / 2, (double)(j / CANVAS) - CANVAS / 2);
            canvas.values[j] =
                (float)((is_foreground == is_dark ? 0.2 : 0.8) + (is_noisy ? 0.01 * draw_noise(&random) : 0));
        }
        uint8_t pixels[N_PIXELS];
        digit_box box;
        bool found = true;
        failure f = {""};
        CHECK_OK(normalise(&canvas, SIDE, SIDE, pixels, &box, &found, &f), &f);
        ck_assert_msg(!found, "shape %zu", i / 4);
        free(canvas.values);
    }
}
END_TEST

START_TEST(the_smallest_pictures_are_accepted)
{
    for (size_t width = 1; width <= 3; width++) {
        for (size_t height = 1; height <= 3; height++) {
            float values[9] = {1};
            uint8_t pixels[N_PIXELS];
            digit_box box;
            bool found;
            failure f = {""};
            CHECK_OK(normalise(&(grey_image){width, height, values}, SIDE, SIDE, pixels, &box, &found, &f), &f);
            CHECK_OK(normalise(&(grey_image){width, height, values}, 1, 1, pixels, &box, &found, &f), &f);
        }
    }
}
END_TEST

START_TEST(a_picture_of_the_same_size_stays_and_a_smaller_one_is_the_mean)
{
    float values[16], same[16], halves[4];
    for (size_t i = 0; i < 16; i++)
        values[i] = (float)(i * i);
    const grey_image source = {4, 4, values};
    resample(&source, &(region){0, 0, 4, 4}, &(grey_image){4, 4, same});
    ck_assert_mem_eq(same, values, sizeof same);
    for (size_t i = 0; i < 16; i++)
        values[i] = (float)(i % 4 / 2 + 2 * (i / 8));
    resample(&source, &(region){0, 0, 4, 4}, &(grey_image){1, 1, halves});
    ck_assert_double_le(fabs((double)halves[0] - 1.5), 1e-6);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("digit", images_of_the_data_set_stay_as_they_are,
                         a_digit_fills_its_box_and_is_centred_by_mass, a_blank_picture_has_no_digit,
                         shapes_that_no_pen_writes_are_not_digits, a_wall_is_not_a_digit,
                         the_smallest_pictures_are_accepted,
                         a_picture_of_the_same_size_stays_and_a_smaller_one_is_the_mean) ||
           APP_SUITE_RUN_SLOW("digit", digits_are_found_on_any_background,
                              digits_are_found_in_pictures_cropped_to_their_foreground);
}
