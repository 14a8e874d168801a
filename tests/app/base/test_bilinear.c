/* Bilinear interpolation: at pixels, between them and outside. */
#include <math.h>

#include "base/bilinear.h"
#include "support/data.h"
#include "support/suite.h"

enum { N_ROWS = 5, N_COLUMNS = 7, N_PIXELS = N_ROWS * N_COLUMNS };

static void fill(uint8_t *image)
{
    sm_random random = {5};
    for (size_t i = 0; i < N_PIXELS; i++)
        image[i] = (uint8_t)sm_random_below(&random, 256);
}

START_TEST(at_a_pixel_it_is_that_pixel)
{
    uint8_t image[N_PIXELS];
    fill(image);
    for (size_t i = 0; i < N_PIXELS; i++) {
        const bilinear b = bilinear_at(N_ROWS, N_COLUMNS, (double)(i / N_COLUMNS), (double)(i % N_COLUMNS));
        ck_assert_double_eq(bilinear_value(&b, image), image[i]);
    }
}
END_TEST

START_TEST(it_agrees_with_weights_by_distance)
{
    uint8_t image[N_PIXELS];
    fill(image);
    for (double row = -2.3; row < N_ROWS + 2; row += 0.37) {
        for (double column = -2.1; column < N_COLUMNS + 2; column += 0.41) {
            double expected = 0, weights = 0;
            for (size_t i = 0; i < N_PIXELS; i++) {
                const double y = fabs((double)(i / N_COLUMNS) - row), x = fabs((double)(i % N_COLUMNS) - column);
                expected += fmax(1 - y, 0) * fmax(1 - x, 0) * image[i];
            }
            const bilinear b = bilinear_at(N_ROWS, N_COLUMNS, row, column);
            ck_assert_double_eq_tol(bilinear_value(&b, image), expected, 1e-12 * 255);
            for (size_t i = 0; i < 4; i++)
                weights += bilinear_weight(&b, i / 2, i % 2);
            ck_assert_double_eq_tol(weights, 1, 1e-15);
        }
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("bilinear", at_a_pixel_it_is_that_pixel, it_agrees_with_weights_by_distance);
}
