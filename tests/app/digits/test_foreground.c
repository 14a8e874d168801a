/* The foreground of a picture: what differs from the background, whatever the light. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digits/foreground.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { SIDE = 120, N = SIDE * SIDE };

/* How the stroke of a picture is drawn. */
typedef struct scene {
    double background, contrast; /* the stroke's brightness is background + contrast */
    double slope;                /* of the light, from left to right */
    double noise;                /* to each side */
} scene;

/* A ring of 6 pixels. */
static bool is_stroke(size_t i)
{
    const double y = (double)(i / SIDE) - SIDE / 2.0, x = (double)(i % SIDE) - SIDE / 2.0;
    return fabs(sqrt(x * x + y * y) - SIDE / 4.0) <= 3;
}

static float *draw(const scene *s)
{
    sm_random random = {6};
    float *values = test_calloc(N, sizeof *values);
    for (size_t i = 0; i < N; i++) {
        const double light = s->background + s->slope * ((double)(i % SIDE) / SIDE - 0.5);
        values[i] =
            (float)(light + (is_stroke(i) ? s->contrast : 0) + random_between(&random, -s->noise, s->noise));
    }
    return values;
}

/* The foreground of a scene, which the caller frees; NULL if none is found. */
static float *find(const scene *s)
{
    float *values = draw(s);
    grey_image foreground;
    bool found = false;
    failure f = {""};
    CHECK_OK(find_foreground(&(grey_image){SIDE, SIDE, values}, SIDE, &foreground, &found, &f), &f);
    ck_assert(foreground.width == SIDE && foreground.height == SIDE);
    free(values);
    if (!found)
        free(foreground.values);
    return found ? foreground.values : NULL;
}

START_TEST(a_stroke_is_solid_and_the_rest_is_not)
{
    static const scene scenes[] = {{0.9, -0.7, 0, 0},     {0.1, 0.7, 0, 0},       {0.6, -0.3, 0.2, 0},
                                   {0.4, 0.3, 0.2, 0.01}, {0.9, -0.12, 0, 0.002}, {0.5, -0.4, 0.3, 0.02}};
    for (size_t k = 0; k < sizeof scenes / sizeof *scenes; k++) {
        float *foreground = find(&scenes[k]);
        ck_assert_msg(foreground, "scene %zu", k);
        for (size_t i = 0; i < N; i++) {
            ck_assert(foreground[i] >= 0 && foreground[i] <= 1);
            ck_assert_msg((foreground[i] > SOLID) == is_stroke(i), "scene %zu, pixel %zu", k, i);
        }
        free(foreground);
    }
}
END_TEST

/* Dark on light is as good as light on dark, and more contrast makes no difference. */
START_TEST(inversion_and_contrast_do_not_matter)
{
    float *dark = find(&(scene){0.8, -0.4, 0, 0}), *light = find(&(scene){0.2, 0.4, 0, 0});
    float *strong = find(&(scene){0.9, -0.8, 0, 0});
    ck_assert(dark && light && strong);
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq_tol((double)dark[i], (double)light[i], 1e-4);
        ck_assert_double_eq_tol((double)dark[i], (double)strong[i], 0.02);
    }
    free(strong);
    free(light);
    free(dark);
}
END_TEST

START_TEST(light_and_noise_alone_are_background)
{
    static const scene scenes[] = {
        {0.5, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0.5, 0, 0.4, 0}, {0.5, 0, 0.3, 0.05}};
    for (size_t k = 0; k < sizeof scenes / sizeof *scenes; k++)
        ck_assert_msg(!find(&scenes[k]), "scene %zu", k);
}
END_TEST

START_TEST(a_large_picture_is_reduced)
{
    float *values = draw(&(scene){0.9, -0.7, 0, 0});
    const grey_image wide = {SIDE, SIDE / 2, values};
    grey_image foreground;
    bool found = false;
    failure f = {""};
    CHECK_OK(find_foreground(&wide, SIDE / 3, &foreground, &found, &f), &f);
    ck_assert(found && foreground.width == SIDE / 3 && foreground.height == SIDE / 6);
    free(foreground.values);
    free(values);
}
END_TEST

int main(void)
{
    return SUITE_RUN("foreground", a_stroke_is_solid_and_the_rest_is_not, inversion_and_contrast_do_not_matter,
                     light_and_noise_alone_are_background, a_large_picture_is_reduced);
}
