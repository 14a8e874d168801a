/* Augmentation: the order of the copies, and the promises about them. */
#include <math.h>
#include <string.h>

#include "data/augmentation.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { SIDE = 28, N_PIXELS = SIDE * SIDE, N_IMAGES = 60, N_ORIGINALS = 40 };

static const sm_execution reference = {1, "scalar"};

/* A disc of radius 6 in the middle; image n is brighter than n - 1. */
static dataset make_discs(void)
{
    dataset set = {.n_samples = N_IMAGES, .n_rows = SIDE, .n_columns = SIDE, .n_classes = N_IMAGES};
    uint8_t *pixels = test_calloc(N_IMAGES, N_PIXELS), *labels = test_calloc(N_IMAGES, 1);
    for (size_t n = 0; n < N_IMAGES; n++) {
        labels[n] = (uint8_t)n;
        for (size_t i = 0; i < N_PIXELS; i++) {
            const double y = (double)(i / SIDE) - 13.5, x = (double)(i % SIDE) - 13.5;
            pixels[n * N_PIXELS + i] = hypot(x, y) <= 6 ? (uint8_t)(100 + n) : 0;
        }
    }
    dataset_replace(&set, N_IMAGES, pixels, labels);
    return set;
}

static dataset make_copies(size_t n_copies, uint64_t seed, sm_execution execution)
{
    dataset set = make_discs();
    failure f = {""};
    CHECK_OK(dataset_add_copies(&set, N_ORIGINALS, n_copies, seed, &execution, &f), &f);
    return set;
}

START_TEST(copies_follow_their_originals)
{
    dataset discs = make_discs(), set = make_copies(3, 1, reference);
    const size_t n_trained = 4 * N_ORIGINALS;
    ck_assert_uint_eq(set.n_samples, N_IMAGES + 3 * N_ORIGINALS);
    ck_assert_mem_eq(set.pixels, discs.pixels, (size_t)N_ORIGINALS * N_PIXELS);
    for (size_t n = 0; n < n_trained; n++)
        ck_assert_uint_eq(set.labels[n], n % N_ORIGINALS);
    for (size_t n = N_ORIGINALS; n < N_IMAGES; n++)
        ck_assert_uint_eq(set.labels[n_trained + n - N_ORIGINALS], n);
    ck_assert_mem_eq(set.pixels + n_trained * N_PIXELS, discs.pixels + (size_t)N_ORIGINALS * N_PIXELS,
                     (size_t)(N_IMAGES - N_ORIGINALS) * N_PIXELS);
    dataset_destroy(&set);
    dataset_destroy(&discs);
}
END_TEST

START_TEST(without_copies_nothing_changes)
{
    dataset discs = make_discs(), set = make_copies(0, 1, reference);
    ck_assert_uint_eq(set.n_samples, N_IMAGES);
    ck_assert_mem_eq(set.pixels, discs.pixels, (size_t)N_IMAGES * N_PIXELS);
    dataset_destroy(&set);
    dataset_destroy(&discs);
}
END_TEST

/* The moments of a picture: its mass, its centre and the square root of its second moment. */
typedef struct moments {
    double mass, y, x, spread;
} moments;

static moments find_moments(const uint8_t *pixels)
{
    moments m = {0};
    for (size_t i = 0; i < N_PIXELS; i++) {
        m.mass += pixels[i];
        m.y += pixels[i] * (double)(i / SIDE);
        m.x += pixels[i] * (double)(i % SIDE);
    }
    m.y /= m.mass;
    m.x /= m.mass;
    for (size_t i = 0; i < N_PIXELS; i++)
        m.spread += pixels[i] * (pow((double)(i / SIDE) - m.y, 2) + pow((double)(i % SIDE) - m.x, 2));
    m.spread = sqrt(m.spread / m.mass);
    return m;
}

/* A copy of a disc is still nearly a disc: shifted by at most a pixel plus the elastic deformation, at most a tenth
 * wider, and equally bright; but no copy equals the image or another copy. */
START_TEST(copies_are_like_their_images_and_differ)
{
    dataset set = make_copies(5, 3, reference);
    const moments disc = find_moments(set.pixels);
    double square_shift = 0, mean_shift = 0;
    for (size_t n = N_ORIGINALS; n < 6 * N_ORIGINALS; n++) {
        const uint8_t *copy = set.pixels + n * N_PIXELS, *original = set.pixels + n % N_ORIGINALS * N_PIXELS;
        const moments m = find_moments(copy);
        ck_assert_double_le(hypot(m.y - disc.y, m.x - disc.x), 3.5);
        ck_assert_double_le(fabs(log(m.spread / disc.spread)), 0.25);
        for (size_t i = 0; i < N_PIXELS; i++)
            ck_assert_uint_le(copy[i], 100 + n % N_ORIGINALS);
        for (size_t other = n % N_ORIGINALS; other < n; other += N_ORIGINALS)
            ck_assert_int_ne(memcmp(copy, set.pixels + other * N_PIXELS, N_PIXELS), 0);
        ck_assert_int_ne(memcmp(copy, original, N_PIXELS), 0);
        mean_shift += (m.y - disc.y + m.x - disc.x) / (5 * N_ORIGINALS);
        square_shift += (pow(m.y - disc.y, 2) + pow(m.x - disc.x, 2)) / (5 * N_ORIGINALS);
    }
    /* A uniform shift by up to 1 in either direction has a mean square of 2/3; the elastic deformation adds to it. */
    ck_assert_double_ge(square_shift, 0.5);
    ck_assert_double_le(square_shift, 1.6);
    ck_assert_double_le(fabs(mean_shift), 0.3);
    dataset_destroy(&set);
}
END_TEST

START_TEST(more_copies_leave_the_first_as_they_were)
{
    dataset one = make_copies(1, 3, reference), two = make_copies(2, 3, reference);
    ck_assert_mem_eq(one.pixels, two.pixels, (size_t)2 * N_ORIGINALS * N_PIXELS);
    dataset_destroy(&two);
    dataset_destroy(&one);
}
END_TEST

START_TEST(the_seed_decides_and_nothing_else)
{
    dataset expected = make_copies(2, 7, reference), other = make_copies(2, 8, reference);
    const size_t n_bytes = expected.n_samples * N_PIXELS;
    ck_assert_int_ne(memcmp(expected.pixels, other.pixels, n_bytes), 0);
    for (size_t n_threads = 1; n_threads <= 4; n_threads++) {
        dataset set = make_copies(2, 7, (sm_execution){n_threads, NULL});
        ck_assert_mem_eq(set.pixels, expected.pixels, n_bytes);
        dataset_destroy(&set);
    }
    dataset_destroy(&other);
    dataset_destroy(&expected);
}
END_TEST

/* Any size works, even a single pixel. */
START_TEST(images_of_every_shape_have_copies)
{
    const size_t shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {5, 40}, {64, 64}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t n_pixels = shapes[i][0] * shapes[i][1];
        dataset set = {.n_rows = shapes[i][0], .n_columns = shapes[i][1], .n_classes = 1};
        uint8_t *pixels = test_calloc(2, n_pixels);
        memset(pixels, 255, n_pixels);
        dataset_replace(&set, 2, pixels, test_calloc(2, 1));
        failure f = {""};
        CHECK_OK(dataset_add_copies(&set, 2, 2, 1, &reference, &f), &f);
        ck_assert_uint_eq(set.n_samples, 6);
        for (size_t n = 1; n < 6; n += 2) /* copies of the blank image */
            for (size_t j = 0; j < n_pixels; j++)
                ck_assert_uint_eq(set.pixels[n * n_pixels + j], 0);
        dataset_destroy(&set);
    }
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("augmentation", copies_follow_their_originals, without_copies_nothing_changes,
                         copies_are_like_their_images_and_differ, more_copies_leave_the_first_as_they_were,
                         the_seed_decides_and_nothing_else, images_of_every_shape_have_copies);
}
