/* A model that is adapted to a few samples: the minimum of its objective, by its gradient, whatever the features. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/adaptation.h"
#include "model/feature_store.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { SIDE = 28, N = 4, N_CLASSES = 3 };

static const char *const maps[] = {"pixels", "deskew", "scattering:J=2,L=4", "patches:filters=4"};

static const uint8_t labels[N] = {2, 0, 2, 1};

typedef struct fixture {
    uint8_t pixels[N * SIDE * SIDE];
    dataset data;
    feature_store store;
    feature_range range;
    sm_source source;
    model m;
    float *weight, bias[N_CLASSES]; /* before */
} fixture;

static fixture *make_fixture(const char *features)
{
    sm_random random = {5};
    fixture *x = test_calloc(1, sizeof *x);
    feature_choice choice;
    failure f = {""};
    for (size_t i = 0; i < N; i++)
        for (size_t row = 6; row < 22; row++)
            for (size_t column = 8 + i; column < 12 + 2 * i; column++)
                x->pixels[i * SIDE * SIDE + row * SIDE + column] = (uint8_t)(255 - 3 * row);
    x->data = (dataset){.n_samples = N,
                        .n_rows = SIDE,
                        .n_columns = SIDE,
                        .pixels = x->pixels,
                        .labels = (uint8_t *)(uintptr_t)labels};
    CHECK_OK(features_parse(features, &choice, &f), &f);
    CHECK_OK(model_create(N_CLASSES, SIDE, SIDE, &choice, &x->m, &f), &f);
    CHECK_OK(feature_store_create(&x->data, &choice, &(sm_execution){0}, 0, &x->store, &f), &f);
    x->source = feature_store_source(&x->store, 0, N, N_CLASSES, &x->range);
    x->weight = test_calloc(N_CLASSES * x->m.n_features, sizeof *x->weight);
    for (size_t i = 0; i < N_CLASSES * x->m.n_features; i++)
        x->m.weight[i] = x->weight[i] = (float)sm_random_below(&random, 201) / 1e4f - 0.01f;
    for (size_t k = 0; k < N_CLASSES; k++)
        x->m.bias[k] = x->bias[k] = (float)k / 10;
    return x;
}

static void free_fixture(fixture *x)
{
    free(x->weight);
    feature_store_destroy(&x->store);
    model_destroy(&x->m);
    free(x);
}

static sm_info adapt(fixture *x, double share, double tolerance)
{
    sm_info info = {0};
    failure f = {""};
    CHECK_OK(adapt_model(&x->source, share, tolerance, &x->m, &info, &f), &f);
    return info;
}

/* At the minimum mu (b_k - b0_k) = sum_n (y_nk - S_nk). mu is the factor between the two sides, the same for each class. */
START_TEST(biases_satisfy_the_condition_of_the_minimum)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        fixture *x = make_fixture(maps[i]);
        adapt(x, 0.05, 1e-12);
        float probabilities[N * N_CLASSES];
        double residual[N_CLASSES] = {0}, change[N_CLASSES];
        const sm_model view = model_view(&x->m);
        ck_assert_int_eq(sm_predict(&view, &x->source, NULL, probabilities, NULL), SM_OK);
        for (size_t n = 0; n < N; n++)
            for (size_t k = 0; k < N_CLASSES; k++)
                residual[k] += (labels[n] == k) - (double)probabilities[n * N_CLASSES + k];
        for (size_t k = 0; k < N_CLASSES; k++)
            change[k] = (double)x->m.bias[k] - (double)x->bias[k];
        const double mu = residual[2] / change[2];
        ck_assert_double_gt(mu, 0);
        for (size_t k = 0; k < N_CLASSES; k++)
            ck_assert_double_eq_tol(residual[k], mu * change[k], 1e-4);
        free_fixture(x);
    }
}
END_TEST

START_TEST(the_gap_bounds_the_distance_to_the_minimum)
{
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        fixture *rough = make_fixture(maps[i]), *fine = make_fixture(maps[i]);
        const sm_info first = adapt(rough, 0.05, 0.1), last = adapt(fine, 0.05, 1e-12);
        ck_assert_int_eq(last.stop, SM_STOP_CONVERGED);
        ck_assert_double_le(last.gap, 1e-12 * last.value);
        ck_assert_double_le(first.value - last.value, first.gap);
        ck_assert_double_ge(first.value, last.value);
        free_fixture(fine);
        free_fixture(rough);
    }
}
END_TEST

static double distance(const fixture *x)
{
    double sum = 0;
    for (size_t i = 0; i < N_CLASSES * x->m.n_features; i++)
        sum += pow((double)x->m.weight[i] - (double)x->weight[i], 2);
    return sqrt(sum);
}

START_TEST(a_smaller_share_learns_more_and_moves_further)
{
    double last_loss = HUGE_VAL, last_distance = 0;
    for (double share = 10; share > 1e-3; share /= 10) {
        fixture *x = make_fixture("pixels");
        float probabilities[N * N_CLASSES];
        double loss = 0;
        adapt(x, share, 1e-9);
        const sm_model view = model_view(&x->m);
        ck_assert_int_eq(sm_predict(&view, &x->source, NULL, probabilities, &loss), SM_OK);
        ck_assert_double_lt(loss, last_loss);
        ck_assert_double_gt(distance(x), last_distance);
        last_loss = loss;
        last_distance = distance(x);
        free_fixture(x);
    }
}
END_TEST

int main(void)
{
    return SUITE_RUN("adaptation", biases_satisfy_the_condition_of_the_minimum,
                     the_gap_bounds_the_distance_to_the_minimum, a_smaller_share_learns_more_and_moves_further);
}
