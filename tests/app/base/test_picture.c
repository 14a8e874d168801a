/* Colours and transparency as grey. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/picture.h"
#include "support/data.h"
#include "support/suite.h"

enum { N_LEVELS = 256, N_COLOURS = 2000 };

/* The light of a value of sRGB: IEC 61966-2-1. */
static double light_of(unsigned value)
{
    const double share = value / 255.0;
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

/* Replaces n pixels by grey. */
static void make_grey(size_t n, uint8_t *values)
{
    picture p = {n, 1, 4, values};
    picture_make_grey(&p);
    ck_assert(p.width == n && p.height == 1 && p.n_channels == 1 && p.values == values);
}

START_TEST(opaque_grey_stays_as_it_is)
{
    uint8_t values[4 * N_LEVELS];
    for (size_t i = 0; i < sizeof values; i++)
        values[i] = i % 4 == 3 ? 255 : (uint8_t)(i / 4);
    make_grey(N_LEVELS, values);
    for (size_t i = 0; i < N_LEVELS; i++)
        ck_assert_uint_eq(values[i], i);
}
END_TEST

/* No other grey is nearer in light, but for the rounding of light to 16 bits. */
START_TEST(colours_become_the_grey_of_the_same_light)
{
    uint8_t values[4 * N_COLOURS], colours[4 * N_COLOURS];
    sm_random random = {5};
    for (size_t i = 0; i < sizeof values; i++)
        colours[i] = i % 4 == 3 ? 255 : (uint8_t)sm_random_below(&random, N_LEVELS);
    memcpy(values, colours, sizeof values);
    make_grey(N_COLOURS, values);
    for (size_t i = 0; i < N_COLOURS; i++) {
        const uint8_t *c = colours + 4 * i;
        const double wanted = 0.2126 * light_of(c[0]) + 0.7152 * light_of(c[1]) + 0.0722 * light_of(c[2]);
        const double distance = fabs(light_of(values[i]) - wanted);
        for (unsigned level = 0; level < N_LEVELS; level++)
            ck_assert_double_le(distance, fabs(light_of(level) - wanted) + 6e-5);
    }
}
END_TEST

START_TEST(transparent_pixels_become_what_contrasts)
{
    uint8_t dark[8] = {0, 0, 0, 255, 9, 9, 9, 0}, bright[8] = {255, 255, 255, 255, 9, 9, 9, 0};
    uint8_t half[8] = {0, 0, 0, 255, 0, 0, 0, 51};
    make_grey(2, dark);
    make_grey(2, bright);
    make_grey(2, half);
    ck_assert(dark[0] == 0 && dark[1] == 255);
    ck_assert(bright[0] == 255 && bright[1] == 0);
    ck_assert(half[0] == 0 && half[1] == 204);
}
END_TEST

int main(void)
{
    return SUITE_RUN("picture", opaque_grey_stays_as_it_is, colours_become_the_grey_of_the_same_light,
                     transparent_pixels_become_what_contrasts);
}
