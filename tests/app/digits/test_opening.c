/* Opening by reconstruction removes broad shapes and leaves strokes. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "digits/opening.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { MOST = 24 };

/* The opening at a pixel: the largest minimum over the squares of `side` pixels in the map that contain it. */
static float largest_in_squares(const grey_image *map, size_t side, size_t row, size_t column)
{
    float largest = 0;
    for (size_t top = row + 1 > side ? row + 1 - side : 0; top <= row && top + side <= map->height; top++) {
        for (size_t left = column + 1 > side ? column + 1 - side : 0; left <= column && left + side <= map->width;
             left++) {
            float least = map->values[top * map->width + left];
            for (size_t i = 0; i < side * side; i++)
                least = fminf(least, map->values[(top + i / side) * map->width + left + i % side]);
            largest = fmaxf(largest, least);
        }
    }
    return largest;
}

/* The definition: raise neighbours of the opening, but not above the map, until nothing changes. */
static void remove_by_definition(const grey_image *map, size_t side, float *left)
{
    const size_t n = map->width * map->height;
    float *broad = test_calloc(n, sizeof *broad);
    for (size_t i = 0; i < n; i++)
        broad[i] = largest_in_squares(map, side, i / map->width, i % map->width);
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n * n; i++) {
            const size_t to = i / n, from = i % n;
            const size_t rows = to / map->width > from / map->width ? to / map->width - from / map->width
                                                                    : from / map->width - to / map->width;
            const size_t columns = to % map->width > from % map->width ? to % map->width - from % map->width
                                                                       : from % map->width - to % map->width;
            const float raised = fminf(broad[from], map->values[to]);
            if (rows <= 1 && columns <= 1 && raised > broad[to]) {
                broad[to] = raised;
                changed = true;
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        left[i] = map->values[i] - broad[i];
    free(broad);
}

START_TEST(it_agrees_with_the_definition)
{
    sm_random random = {5};
    for (size_t i = 0; i < 40; i++) {
        grey_image map = {1 + sm_random_below(&random, MOST), 1 + sm_random_below(&random, MOST), NULL};
        const size_t n = map.width * map.height, side = 1 + sm_random_below(&random, 7);
        float *wanted = test_calloc(n, sizeof *wanted);
        map.values = test_calloc(n, sizeof *map.values);
        for (size_t j = 0; j < n; j++)
            map.values[j] = (float)sm_random_below(&random, 4) / 4 + (j % 5 < 3 ? 0.5f : 0);
        remove_by_definition(&map, side, wanted);
        failure f = {""};
        CHECK_OK(remove_broad(&map, side, 0, &f), &f);
        for (size_t j = 0; j < n; j++)
            ck_assert_double_eq_tol((double)map.values[j], (double)wanted[j], 1e-6);
        free(map.values);
        free(wanted);
    }
}
END_TEST

/* A shadow half as dark as the stroke of 4 pixels across its slanting edge, over half of a map. */
START_TEST(a_shadow_goes_and_a_stroke_over_it_stays)
{
    enum { SIDE = 100 };
    grey_image map = {SIDE, SIDE, test_calloc(SIDE * SIDE, sizeof(float))};
    for (size_t row = 0; row < SIDE; row++) {
        for (size_t column = 0; column < SIDE; column++) {
            const bool is_stroke = row >= 48 && row < 52 && column >= 20 && column < 80;
            map.values[row * SIDE + column] = (column < 40 + row / 5 ? 0.3f : 0) + (is_stroke ? 0.6f : 0);
        }
    }
    failure f = {""};
    CHECK_OK(remove_broad(&map, 40, 0, &f), &f);
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        const size_t row = i / SIDE, column = i % SIDE;
        const bool is_stroke = row >= 48 && row < 52 && column >= 20 && column < 80;
        const double wanted = !is_stroke ? 0 : column < 40 + row / 5 ? 0.6 : 0.3;
        ck_assert_double_eq_tol((double)map.values[i], wanted, 1e-6);
    }
    free(map.values);
}
END_TEST

int main(void)
{
    return SUITE_RUN("opening", it_agrees_with_the_definition, a_shadow_goes_and_a_stroke_over_it_stays);
}
