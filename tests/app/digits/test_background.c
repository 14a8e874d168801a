/* The background, estimated despite foreground and noise. */
#include <math.h>
#include <stdlib.h>

#include "digits/background.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { WIDTH = 60, HEIGHT = 40, N_PIXELS = WIDTH * HEIGHT };

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

START_TEST(a_quantile_agrees_with_the_sorted_values)
{
    sm_random random = {3};
    for (size_t n = 1; n < 400; n += n / 3 + 1) {
        float *values = test_calloc(n, sizeof *values), *sorted = test_calloc(n, sizeof *sorted);
        for (size_t i = 0; i < n; i++)
            sorted[i] = values[i] =
                (float)(random_between(&random, 0, 1) * pow(10, (double)(i % 7) - 3)) * (float)(i % 5);
        qsort(sorted, n, sizeof *sorted, compare_floats);
        for (double share = 0; share <= 1; share += 0.125) {
            const double found = quantile(n, values, share);
            ck_assert(found == (double)sorted[(size_t)(share * (double)(n - 1))]);
        }
        free(sorted);
        free(values);
    }
    ck_assert(quantile(0, NULL, 0.5) == 0);
}
END_TEST

static double lit(size_t i)
{
    const double x = (double)(i % WIDTH) / WIDTH, y = (double)i / WIDTH / HEIGHT;
    return 0.8 - 0.3 * x + 0.1 * y - 0.1 * x * y;
}

/* An unevenly lit background with noise of one per cent, and with foreground in a share of its columns except in the
 * margin. */
static grey_image draw(double inked)
{
    sm_random random = {8};
    grey_image picture = {WIDTH, HEIGHT, test_calloc(N_PIXELS, sizeof(float))};
    for (size_t i = 0; i < N_PIXELS; i++) {
        const size_t row = i / WIDTH, column = i % WIDTH;
        const bool is_margin = row < 2 || row >= HEIGHT - 2 || column < 2 || column >= WIDTH - 2;
        const bool is_foreground = !is_margin && (double)column < inked * WIDTH;
        picture.values[i] = (float)((is_foreground ? 0.1 : lit(i)) + random_between(&random, -0.017, 0.017));
    }
    return picture;
}

static void check_fit(double inked, background_start start)
{
    float scratch[N_PIXELS];
    grey_image picture = draw(inked);
    const background b = background_fit(&picture, start, scratch);
    ck_assert(b.noise > 0.005 && b.noise < 0.02);
    for (size_t i = 0; i < N_PIXELS; i++)
        ck_assert_double_eq_tol(background_at(&b, &picture, i / WIDTH, i % WIDTH), lit(i), 0.03);
    ck_assert_double_ge(background_share_of_margin(&b, &picture), 0.95);
    free(picture.values);
}

START_TEST(less_than_half_of_ink_does_not_disturb_the_fit)
{
    for (double inked = 0; inked < 0.4; inked += 0.1)
        check_fit(inked, BACKGROUND_IN_ALL);
}
END_TEST

START_TEST(the_margin_is_enough_for_a_picture_full_of_foreground)
{
    for (double inked = 0; inked <= 1; inked += 0.25)
        check_fit(inked, BACKGROUND_IN_MARGIN);
}
END_TEST

int main(void)
{
    return SUITE_RUN("background", a_quantile_agrees_with_the_sorted_values,
                     less_than_half_of_ink_does_not_disturb_the_fit,
                     the_margin_is_enough_for_a_picture_full_of_foreground);
}
