/* Drawing in proportion to weights. */
#include <math.h>
#include <stdlib.h>

#include "draw.h"
#include "support/data.h"
#include "support/suite.h"

/* Each sample is drawn as often as its share of the weights says, rounded up or down, in order. */
START_TEST(samples_are_drawn_in_proportion)
{
    sm_random random = {1};
    for (size_t i = 0; i < 200; i++) {
        const size_t n = 1 + (size_t)sm_random_below(&random, 100),
                     n_drawn = 1 + (size_t)sm_random_below(&random, 300);
        const size_t stride = 1 + i % 3;
        float *weights = test_calloc(n * stride, sizeof *weights);
        size_t *drawn = test_calloc(n_drawn, sizeof *drawn), *counts = test_calloc(n, sizeof *counts);
        double sum = 0;
        for (size_t j = 0; j < n; j++) {
            weights[j * stride] = i % 4 && j % 3 ? 0 : (float)random_between(&random, 0, 1);
            sum += (double)weights[j * stride];
        }
        ck_assert_double_eq_tol(sm_draw(weights, stride, n, n_drawn, drawn), sum, 1e-12 * sum);
        for (size_t j = 0; j < n_drawn; j++) {
            ck_assert_uint_lt(drawn[j], n);
            ck_assert(j == 0 || drawn[j - 1] <= drawn[j]);
            counts[drawn[j]]++;
        }
        for (size_t j = 0; j < n; j++) {
            const double share = (double)weights[j * stride] / sum * (double)n_drawn;
            ck_assert_double_le(fabs((double)counts[j] - share), 1 + 1e-9);
        }
        free(counts);
        free(drawn);
        free(weights);
    }
}
END_TEST

START_TEST(equal_weights_draw_every_sample_equally_often)
{
    float weights[50];
    size_t drawn[150];
    for (size_t j = 0; j < 50; j++)
        weights[j] = 0.25f;
    ck_assert_double_eq(sm_draw(weights, 1, 50, 150, drawn), 12.5);
    for (size_t j = 0; j < 150; j++)
        ck_assert_uint_eq(drawn[j], j / 3);
}
END_TEST

/* There is something to draw even if all weights are 0. */
START_TEST(weights_of_0_are_no_failure)
{
    const float weights[3] = {0};
    size_t drawn[4] = {7, 7, 7, 7};
    ck_assert_double_eq(sm_draw(weights, 1, 3, 4, drawn), 0);
    for (size_t j = 0; j < 4; j++)
        ck_assert_uint_lt(drawn[j], 3);
}
END_TEST

int main(void)
{
    return SUITE_RUN("draw", samples_are_drawn_in_proportion, equal_weights_draw_every_sample_equally_often,
                     weights_of_0_are_no_failure);
}
