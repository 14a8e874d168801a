/* The scattering transform: its definition, and properties that theory predicts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/features.h"
#include "features/loops.h"
#include "features/scattering.h"
#include "support/data.h"
#include "support_app/scattering_oracle.h"
#include "support_app/scratch.h"

static const char *const isas[] = {"avx512", "avx2", "neon", "scalar"};
enum { N_ISAS = sizeof isas / sizeof *isas };

static const scattering *make(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns, const char *isa,
                              pool *memory)
{
    const scattering *s =
        scattering_create(n_scales, n_angles, n_rows, n_columns, find_feature_loops(isa).scattering, memory);
    ck_assert(!memory->has_failed);
    return s;
}

static void fill(sm_random *random, size_t n, uint8_t *image)
{
    for (size_t i = 0; i < n; i++)
        image[i] = (uint8_t)sm_random_below(random, 256);
}

/* Both transforms of an image. */
static void check_image(const scattering *s, const scattering_oracle *o, const uint8_t *image)
{
    const size_t n_pixels = s->n_rows * s->n_columns;
    double *pixels = test_calloc(n_pixels, sizeof *pixels),
           *expected = test_calloc(s->n_coefficients, sizeof *expected);
    float *found = test_calloc(s->n_coefficients, sizeof *found);
    for (size_t i = 0; i < n_pixels; i++)
        pixels[i] = image[i] / 255.0;
    scattering_oracle_transform(o, pixels, expected);
    ck_assert(s->loops->transform(s, 1, &image, found));
    for (size_t i = 0; i < s->n_coefficients; i++)
        ck_assert_double_eq_tol((double)found[i], expected[i], 3e-6);
    free(found);
    free(expected);
    free(pixels);
}

START_TEST(it_agrees_with_direct_convolution)
{
    const size_t shapes[][4] = {{1, 4, 2, 2},   {1, 1, 5, 7}, {2, 3, 4, 13},
                                {2, 5, 17, 10}, {3, 2, 8, 9}, {4, 2, 20, 16}};
    sm_random random = {1};
    uint8_t image[400];
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        pool memory = {0};
        const scattering *s = make(shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3], NULL, &memory);
        scattering_oracle *o = scattering_oracle_create(s);
        fill(&random, shapes[i][2] * shapes[i][3], image);
        check_image(s, o, image);
        scattering_oracle_free(o);
        pool_free(&memory);
    }
}
END_TEST

START_TEST(it_agrees_with_direct_convolution_for_digits)
{
    data *d = data_mnist(2);
    pool memory = {0};
    const scattering *s = make(3, 8, 28, 28, NULL, &memory);
    scattering_oracle *o = scattering_oracle_create(s);
    ck_assert_uint_eq(s->n_coefficients, 217 * 16);
    for (size_t n = 0; n < 2; n++)
        check_image(s, o, d->bytes + n * 784);
    scattering_oracle_free(o);
    pool_free(&memory);
    data_free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The wavelets and phi form a frame. Its upper bound is 1; its lower bound, at the weakest frequency, is stated in
 * docs/features.md. */
START_TEST(the_filters_are_a_frame)
{
    pool memory = {0};
    const scattering *s = make(3, 8, 28, 28, NULL, &memory);
    scattering_oracle *o = scattering_oracle_create(s);
    double sums[32 * 32], least = HUGE_VAL, most = 0;
    scattering_oracle_energy(o, sums);
    for (size_t i = 0; i < 32 * 32; i++) {
        least = fmin(least, sums[i]);
        most = fmax(most, sums[i]);
    }
    ck_assert_double_eq_tol(most, 1, 1e-9);
    ck_assert_double_ge(least, 0.12);
    scattering_oracle_free(o);
    pool_free(&memory);
}
END_TEST

static double square_norm(size_t n, const float *values)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)values[i] * (double)values[i];
    return sum;
}

/* Each coefficient represents 4^J points of the grid; phi at every 2^J-th point is a frame with bounds within 9 %. */
START_TEST(energy_does_not_grow)
{
    enum { N = 40 };
    data *d = data_mnist(N);
    pool memory = {0};
    const scattering *s = make(3, 8, 28, 28, NULL, &memory);
    float *found = test_calloc(s->n_coefficients, sizeof *found);
    sm_random random = {4};
    for (size_t n = 0; n < N; n++) {
        uint8_t *image = d->bytes + n * 784;
        if (n % 4 == 3)
            fill(&random, 784, image);
        double energy = 0;
        for (size_t i = 0; i < 32 * 32; i++) { /* of the mirrored image */
            const size_t y = i / 32 < 2 ? 1 - i / 32 : i / 32 < 30 ? i / 32 - 2 : 57 - i / 32;
            const size_t x = i % 32 < 2 ? 1 - i % 32 : i % 32 < 30 ? i % 32 - 2 : 57 - i % 32;
            energy += image[y * 28 + x] / 255.0 * (image[y * 28 + x] / 255.0);
        }
        const uint8_t *images[] = {image};
        ck_assert(s->loops->transform(s, 1, images, found));
        ck_assert_double_le(64 * square_norm(s->n_coefficients, found), 1.09 * 1.09 * energy);
    }
    free(found);
    pool_free(&memory);
    data_free(d);
}
END_TEST

START_TEST(a_constant_image_is_its_mean_alone)
{
    const size_t sizes[][2] = {{28, 28}, {8, 8}, {9, 31}, {33, 12}};
    uint8_t image[33 * 31];
    for (size_t i = 0; i < 4; i++) {
        pool memory = {0};
        const scattering *s = make(3, 8, sizes[i][0], sizes[i][1], NULL, &memory);
        float *found = test_calloc(s->n_coefficients, sizeof *found);
        memset(image, 200, sizeof image);
        const uint8_t *images[] = {image};
        ck_assert(s->loops->transform(s, 1, images, found));
        const size_t n_places = s->n_down * s->n_across;
        for (size_t j = 0; j < s->n_coefficients; j++)
            ck_assert_double_eq_tol((double)found[j], j < n_places ? 200 / 255.0 : 0, 2e-6);
        free(found);
        pool_free(&memory);
    }
}
END_TEST

/* Moving a digit by a pixel changes the picture by more than half, but its coefficients by less than a sixth. */
START_TEST(a_shift_moves_it_little)
{
    data *d = data_mnist(20);
    pool memory = {0};
    const scattering *s = make(3, 8, 28, 28, NULL, &memory);
    float *found = test_calloc(2 * s->n_coefficients, sizeof *found);
    for (size_t n = 0; n < 20; n++) {
        uint8_t moved[784] = {0};
        const uint8_t *image = d->bytes + n * 784, *images[] = {image, moved};
        memcpy(moved + 1, image, 783);
        double distance = 0, norm = 0;
        for (size_t i = 0; i < 784; i++) {
            distance += pow(image[i] - moved[i], 2);
            norm += pow(image[i], 2);
        }
        ck_assert(s->loops->transform(s, 2, images, found));
        const double before = square_norm(s->n_coefficients, found);
        for (size_t i = 0; i < s->n_coefficients; i++)
            found[i] -= found[s->n_coefficients + i];
        ck_assert_double_gt(sqrt(distance / norm), 0.3);
        ck_assert_double_lt(sqrt(square_norm(s->n_coefficients, found) / before), sqrt(distance / norm) / 3);
    }
    free(found);
    pool_free(&memory);
    data_free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* On every instruction set, and at any position in a block. */
START_TEST(it_has_the_same_bits_everywhere)
{
    const size_t shapes[][4] = {{3, 8, 28, 28}, {2, 3, 13, 21}, {1, 16, 4, 40}};
    enum { N = 16 };
    sm_random random = {8};
    for (size_t i = 0; i < 3; i++) {
        const size_t n_pixels = shapes[i][2] * shapes[i][3];
        uint8_t *pixels = test_calloc(N, n_pixels);
        const uint8_t *images[N];
        fill(&random, N * n_pixels, pixels);
        for (size_t n = 0; n < N; n++)
            images[n] = pixels + n * n_pixels;
        pool memory = {0};
        const size_t *shape = shapes[i];
        const scattering *reference = make(shape[0], shape[1], shape[2], shape[3], "scalar", &memory);
        const size_t n_values = reference->n_coefficients;
        float *expected = test_calloc(N * n_values, sizeof *expected),
              *found = test_calloc(N * n_values, sizeof *found);
        float *slopes = test_calloc(N * n_pixels, sizeof *slopes),
              *others = test_calloc(N * n_pixels, sizeof *others);
        ck_assert(reference->loops->transform(reference, N, images, expected));
        ck_assert(reference->loops->vjp(reference, N, images, expected, slopes));
        for (size_t j = 0; j < N_ISAS; j++) {
            if (!sm_isa_name(isas[j]))
                continue;
            const scattering *s = make(shape[0], shape[1], shape[2], shape[3], isas[j], &memory);
            ck_assert(s->loops->transform(s, N, images, found));
            ck_assert_mem_eq(found, expected, N * n_values * sizeof *found);
            ck_assert(s->loops->transform(s, 1, images + 3, found));
            ck_assert_mem_eq(found, expected + 3 * n_values, n_values * sizeof *found);
            ck_assert(s->loops->vjp(s, N, images, expected, others));
            ck_assert_mem_eq(others, slopes, N * n_pixels * sizeof *others);
        }
        free(others);
        free(slopes);
        free(found);
        free(expected);
        free(pixels);
        pool_free(&memory);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

/* The feature computed from a coefficient. */
static double root_of(double coefficient)
{
    return sqrt(coefficient + 0x1p-10) - 0x1p-5;
}

static double product(const scattering_oracle *o, size_t n, const double *pixels, const float *vector,
                      bool is_scaled)
{
    double *coefficients = test_calloc(n, sizeof *coefficients), sum = 0, square = 0;
    scattering_oracle_transform(o, pixels, coefficients);
    for (size_t i = 0; i < n; i++) {
        const double value = is_scaled ? root_of(coefficients[i]) : coefficients[i];
        sum += value * (double)vector[i];
        square += value * value;
    }
    free(coefficients);
    return is_scaled ? 100 * sum / sqrt(square) : sum;
}

/* For the coefficients, and for the map that scales their roots to a norm of 100. */
static void check_gradient(size_t n_scales, size_t n_angles, size_t n_rows, size_t n_columns, bool is_scaled)
{
    const size_t n_pixels = n_rows * n_columns;
    uint8_t image[200];
    const uint8_t *images[] = {image};
    double pixels[200];
    float gradient[200];
    sm_random random = {n_scales};
    pool memory = {0};
    const scattering *s = make(n_scales, n_angles, n_rows, n_columns, NULL, &memory);
    scattering_oracle *o = scattering_oracle_create(s);
    float *vector = test_calloc(s->n_coefficients, sizeof *vector);
    const float *vectors[] = {vector};
    fill(&random, n_pixels, image);
    for (size_t i = 0; i < n_pixels; i++)
        pixels[i] = image[i] / 255.0;
    for (size_t i = 0; i < s->n_coefficients; i++)
        vector[i] = (float)random_between(&random, -1, 1);
    if (is_scaled) {
        feature_choice choice;
        feature_transform t;
        failure f = {""};
        char text[64];
        (void)snprintf(text, sizeof text, "scattering:J=%zu,L=%zu", n_scales, n_angles);
        CHECK_OK(features_parse(text, &choice, &f), &f);
        CHECK_OK(features_open(&choice, n_rows, n_columns, NULL, &t, &f), &f);
        ck_assert(t.map->vjp(&t, 1, images, vectors, gradient));
        features_close(&t);
    } else {
        ck_assert(s->loops->vjp(s, 1, images, vector, gradient));
    }
    const double step = 1e-6;
    for (size_t i = 0; i < n_pixels; i++) {
        const double here = pixels[i];
        pixels[i] = here + step;
        const double above = product(o, s->n_coefficients, pixels, vector, is_scaled);
        pixels[i] = here - step;
        const double slope = (above - product(o, s->n_coefficients, pixels, vector, is_scaled)) / (2 * step);
        pixels[i] = here;
        ck_assert_double_eq_tol((double)gradient[i], slope, 2e-4 * (is_scaled ? 100 : 1));
    }
    free(vector);
    scattering_oracle_free(o);
    pool_free(&memory);
}

START_TEST(the_gradient_agrees_with_finite_differences)
{
    for (size_t i = 0; i < 2; i++) {
        check_gradient(1, 3, 5, 6, i);
        check_gradient(2, 3, 9, 7, i);
        check_gradient(3, 1, 8, 8, i);
    }
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

static void open_map(const char *text, size_t n_rows, size_t n_columns, feature_transform *t)
{
    feature_choice choice;
    failure f = {""};
    CHECK_OK(features_parse(text, &choice, &f), &f);
    CHECK_OK(features_open(&choice, n_rows, n_columns, NULL, t, &f), &f);
}

START_TEST(features_are_roots_of_coefficients_of_norm_100)
{
    data *d = data_mnist(20);
    const uint8_t *images[20], blank[784] = {0};
    feature_transform t;
    open_map("scattering", 28, 28, &t);
    ck_assert_uint_eq(t.n_features, 3472);
    const scattering *s = t.prepared;
    uint16_t *halves = test_calloc(20 * t.n_features, sizeof *halves);
    float *coefficients = test_calloc(t.n_features, sizeof *coefficients),
          *row = test_calloc(t.n_features, sizeof *row);
    for (size_t n = 0; n < 20; n++)
        images[n] = n == 7 ? blank : d->bytes + n * 784;
    ck_assert(t.map->transform(&t, 20, images, halves));
    for (size_t n = 0; n < 20; n++) {
        ck_assert(s->loops->transform(s, 1, images + n, coefficients));
        for (size_t i = 0; i < t.n_features; i++)
            coefficients[i] = (float)root_of((double)coefficients[i]);
        sm_from_halves(t.n_features, halves + n * t.n_features, row);
        const double norm = sqrt(square_norm(t.n_features, coefficients)), scale = n == 7 ? 0 : 100 / norm;
        for (size_t i = 0; i < t.n_features; i++)
            ck_assert_double_eq_tol((double)row[i], scale * (double)coefficients[i],
                                    0x1p-11 * (double)row[i] + 1e-4);
    }
    free(row);
    free(coefficients);
    free(halves);
    features_close(&t);
    data_free(d);
}
END_TEST

START_TEST(images_of_unsupported_size_are_refused)
{
    static const struct {
        const char *text;
        size_t n_rows, n_columns;
        const char *line;
    } cases[] = {
        {"scattering", 7, 28, "images of 28 x 7 pixels, expected 8 x 8 to 256 x 256 for scattering with J=3"},
        {"scattering", 28, 7, "images of 7 x 28 pixels"},
        {"scattering:J=5", 31, 32, "expected 32 x 32"},
        {"scattering:J=1", 1, 1, "expected 2 x 2"},
        {"scattering", 257, 8, "to 256 x 256"},
        {"scattering", SIZE_MAX, 8, "to 256 x 256"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        feature_choice choice;
        feature_transform t = {0};
        size_t n = 77;
        failure f = {""};
        CHECK_OK(features_parse(cases[i].text, &choice, &f), &f);
        check_failed(features_count(&choice, cases[i].n_rows, cases[i].n_columns, &n, &f), &f, NULL, cases[i].line,
                     NULL);
        f = (failure){""};
        check_failed(features_open(&choice, cases[i].n_rows, cases[i].n_columns, NULL, &t, &f), &f, NULL,
                     cases[i].line, NULL);
        ck_assert_uint_eq(n, 77);
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("scattering", it_agrees_with_direct_convolution,
                         it_agrees_with_direct_convolution_for_digits, the_filters_are_a_frame,
                         energy_does_not_grow, a_constant_image_is_its_mean_alone, a_shift_moves_it_little,
                         it_has_the_same_bits_everywhere, the_gradient_agrees_with_finite_differences,
                         features_are_roots_of_coefficients_of_norm_100, images_of_unsupported_size_are_refused);
}
