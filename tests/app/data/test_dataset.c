/* Images with labels from files with any of the usual names, and holding out samples. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "support_app/idx_files.h"
#include "support_app/scratch.h"

enum { ROWS = 3, COLUMNS = 5, N_PIXELS = ROWS * COLUMNS };

static const uint8_t LABELS[] = {2, 0, 1, 1, 2, 2, 0};
enum { N_LABELS = sizeof LABELS };

/* The first pixel of image n is its label; all others are n. */
static void put_set(const char *folder, const char *images_name, const char *labels_name, const uint8_t *labels,
                    size_t n)
{
    idx_put_images(folder, images_name, labels, n, ROWS, COLUMNS);
    idx_put_labels(folder, labels_name, labels, n);
}

static void check_set(const dataset *data)
{
    ck_assert_uint_eq(data->n_samples, N_LABELS);
    ck_assert_uint_eq(data->n_rows, ROWS);
    ck_assert_uint_eq(data->n_columns, COLUMNS);
    ck_assert_uint_eq(data->n_classes, 3);
    ck_assert_mem_eq(data->labels, LABELS, N_LABELS);
    for (size_t n = 0; n < N_LABELS; n++) {
        ck_assert_uint_eq(data->pixels[n * N_PIXELS], LABELS[n]);
        for (size_t i = 1; i < N_PIXELS; i++)
            ck_assert_uint_eq(data->pixels[n * N_PIXELS + i], n);
    }
}

START_TEST(files_are_found_by_each_of_their_names)
{
    static const struct {
        const char *images, *labels;
        split which;
    } names[] = {
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", SPLIT_TRAIN},
        {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", SPLIT_TRAIN},
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz", SPLIT_TRAIN},
        {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte", SPLIT_TEST},
        {"t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte", SPLIT_TEST},
        {"test-images-idx3-ubyte.gz", "test-labels-idx1-ubyte.gz", SPLIT_TEST},
        {"test-images.idx3-ubyte.gz", "test-labels-idx1-ubyte", SPLIT_TEST},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *folder = scratch_folder();
        put_set(folder, names[i].images, names[i].labels, LABELS, N_LABELS);
        dataset data = {0};
        failure f = {""};
        CHECK_OK(dataset_load(folder, names[i].which, &data, &f), &f);
        check_set(&data);
        ck_assert_ptr_nonnull(strstr(data.labels_path, names[i].labels));
        dataset_destroy(&data);
        /* The other split must not be used. */
        const split other = names[i].which == SPLIT_TRAIN ? SPLIT_TEST : SPLIT_TRAIN;
        check_failed(dataset_load(folder, other, &data, &f), &f, folder, "no images", NULL);
        ck_assert_ptr_null(data.pixels);
    }
}
END_TEST

START_TEST(images_and_labels_must_be_equally_many)
{
    const char *folder = scratch_folder();
    idx_put_images(folder, "train-images-idx3-ubyte", LABELS, N_LABELS, ROWS, COLUMNS);
    idx_put_labels(folder, "train-labels-idx1-ubyte", LABELS, N_LABELS - 1);
    dataset data = {0};
    failure f = {""};
    check_failed(dataset_load(folder, SPLIT_TRAIN, &data, &f), &f, NULL, "train-images", "train-labels", "7 images",
                 "6 labels", NULL);
    ck_assert_ptr_null(data.pixels);
}
END_TEST

/* Images instead of labels, and labels instead of images. */
START_TEST(files_of_the_wrong_kind_are_refused)
{
    const char *folder = scratch_folder();
    static const uint8_t many[100];
    idx_put_labels(folder, "train-images-idx3-ubyte", many, sizeof many);
    idx_put_labels(folder, "train-labels-idx1-ubyte", LABELS, N_LABELS);
    dataset data = {0};
    failure f = {""};
    check_failed(dataset_load(folder, SPLIT_TRAIN, &data, &f), &f, NULL, "train-images", "expected 3", NULL);
    idx_put_images(folder, "train-images-idx3-ubyte", LABELS, N_LABELS, ROWS, COLUMNS);
    idx_put_images(folder, "train-labels-idx1-ubyte", LABELS, N_LABELS, ROWS, COLUMNS);
    check_failed(dataset_load(folder, SPLIT_TRAIN, &data, &f), &f, NULL, "train-labels", "expected 1", NULL);
    const char *empty = scratch_folder();
    idx_put_images(empty, "train-images-idx3-ubyte", LABELS, N_LABELS, ROWS, COLUMNS);
    check_failed(dataset_load(empty, SPLIT_TRAIN, &data, &f), &f, empty, "no labels", "train-labels-idx1-ubyte.gz",
                 NULL);
    ck_assert_ptr_null(data.pixels);
}
END_TEST

START_TEST(nothing_is_left_of_a_destroyed_dataset)
{
    dataset data = {0};
    dataset_destroy(&data);
    const char *folder = scratch_folder();
    put_set(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", LABELS, N_LABELS);
    failure f = {""};
    CHECK_OK(dataset_load(folder, SPLIT_TRAIN, &data, &f), &f);
    dataset_destroy(&data);
    ck_assert_ptr_null(data.pixels);
    ck_assert_ptr_null(data.labels);
    ck_assert_uint_eq(data.n_samples, 0);
    dataset_destroy(&data);
}
END_TEST

START_TEST(images_and_labels_that_a_model_does_not_know_are_found)
{
    const char *folder = scratch_folder();
    put_set(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", LABELS, N_LABELS);
    dataset data = {0};
    failure f = {""};
    CHECK_OK(dataset_load(folder, SPLIT_TRAIN, &data, &f), &f);
    CHECK_OK(dataset_check(&data, ROWS, COLUMNS, 3, &f), &f);
    CHECK_OK(dataset_check(&data, ROWS, COLUMNS, 256, &f), &f);
    check_failed(dataset_check(&data, ROWS, COLUMNS, 2, &f), &f, data.labels_path, "label 2", "2 classes", NULL);
    check_failed(dataset_check(&data, ROWS, COLUMNS, 1, &f), &f, data.labels_path, "1 classes", NULL);
    check_failed(dataset_check(&data, COLUMNS, ROWS, 3, &f), &f, NULL, "train-images-idx3-ubyte: ", "5 x 3",
                 "3 x 5", NULL);
    check_failed(dataset_check(&data, ROWS, COLUMNS + 1, 3, &f), &f, NULL, "5 x 3", "6 x 3", NULL);
    check_failed(dataset_check(&data, ROWS + 1, COLUMNS, 3, &f), &f, NULL, "5 x 3", "5 x 4", NULL);
    dataset_destroy(&data);
}
END_TEST

START_TEST(a_source_gives_the_pixels_and_labels_of_its_range)
{
    const char *folder = scratch_folder();
    put_set(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", LABELS, N_LABELS);
    dataset data = {0};
    failure f = {""};
    CHECK_OK(dataset_load(folder, SPLIT_TRAIN, &data, &f), &f);
    sm_matrix matrix;
    const sm_source source = dataset_source(&data, 2, 4, 3, &matrix);
    ck_assert_uint_eq(source.n_samples, 4);
    ck_assert_uint_eq(source.n_features, N_PIXELS);
    ck_assert_uint_eq(source.n_classes, 3);
    ck_assert(source.type == SM_U8);
    ck_assert_double_eq_tol(255 * source.unit, 1, 1e-15);
    ck_assert_uint_eq(source.scratch_row_bytes, 0);
    ck_assert_mem_eq(source.labels, LABELS + 2, 4);
    const uint8_t *rows = source.rows(source.context, 1, 2, NULL);
    ck_assert_ptr_eq(rows, data.pixels + (size_t)3 * N_PIXELS);
    dataset_destroy(&data);
}
END_TEST

START_TEST(classes_without_an_image_are_dropped_and_remembered)
{
    uint8_t labels[] = {7, 2, 7, 4}, names[SM_MAX_CLASSES] = {0};
    const uint8_t renumbered[] = {2, 0, 2, 1}, expected[] = {2, 4, 7};
    dataset data = {.n_samples = 4, .n_rows = 1, .n_columns = 1, .n_classes = 8, .labels = labels};
    dataset_drop_empty_classes(&data, names);
    ck_assert_uint_eq(data.n_classes, 3);
    ck_assert_mem_eq(labels, renumbered, sizeof labels);
    ck_assert_mem_eq(names, expected, sizeof expected);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* The digest                                                                                      */

enum { DIGEST_SAMPLES = 9, DIGEST_PIXELS = 8, N_DIGESTS = DIGEST_SAMPLES * DIGEST_PIXELS };

/* Images of 2 x 4 pixels, or of another shape with as many, in separately allocated memory. Half of each is
 * background. */
typedef struct digested {
    uint8_t pixels[N_DIGESTS], labels[DIGEST_SAMPLES];
    dataset data;
} digested;

static digested *make_digested(void)
{
    digested *d = malloc(sizeof *d);
    ck_assert_ptr_nonnull(d);
    for (size_t i = 0; i < N_DIGESTS; i++)
        d->pixels[i] = i % DIGEST_PIXELS < DIGEST_PIXELS / 2 ? (uint8_t)(i * 37) : 0;
    for (size_t n = 0; n < DIGEST_SAMPLES; n++)
        d->labels[n] = (uint8_t)(n % 4);
    d->data = (dataset){.n_samples = DIGEST_SAMPLES, .n_rows = 2, .n_columns = 4, .n_classes = 4};
    d->data.pixels = d->pixels;
    d->data.labels = d->labels;
    return d;
}

/* The digest does not depend on anything outside the files: addresses, or the number of classes. */
START_TEST(equal_data_have_equal_digests)
{
    digested *a = make_digested(), *b = make_digested();
    b->data.n_classes = 7;
    ck_assert_uint_eq(dataset_digest(&a->data), dataset_digest(&b->data));
    ck_assert_uint_eq(dataset_digest(&a->data), dataset_digest(&a->data));
    free(b);
    free(a);
}
END_TEST

/* Every bit of every pixel and label counts. */
START_TEST(a_changed_bit_gives_a_different_digest)
{
    digested *d = make_digested();
    const uint64_t digest = dataset_digest(&d->data);
    for (size_t i = 0; i < 8 * (N_DIGESTS + DIGEST_SAMPLES); i++) {
        const size_t at = i / 8;
        uint8_t *byte = at < N_DIGESTS ? &d->pixels[at] : &d->labels[at - N_DIGESTS];
        *byte = (uint8_t)(*byte ^ 1U << i % 8);
        ck_assert_uint_ne(dataset_digest(&d->data), digest);
        *byte = (uint8_t)(*byte ^ 1U << i % 8);
    }
    ck_assert_uint_eq(dataset_digest(&d->data), digest);
    free(d);
}
END_TEST

START_TEST(a_different_shape_number_or_order_gives_a_different_digest)
{
    const size_t shapes[][2] = {{1, 8}, {8, 1}, {4, 2}, {2, 4}};
    digested *d = make_digested();
    uint64_t digests[4 + DIGEST_SAMPLES + 2];
    size_t n = 0;
    for (; n < 4; n++) {
        d->data.n_rows = shapes[n][0], d->data.n_columns = shapes[n][1];
        digests[n] = dataset_digest(&d->data);
    }
    for (d->data.n_samples = 0; d->data.n_samples < DIGEST_SAMPLES; d->data.n_samples++)
        digests[n++] = dataset_digest(&d->data);
    d->labels[0] = 1, d->labels[1] = 0; /* exchange the labels of two images, then the images */
    digests[n++] = dataset_digest(&d->data);
    for (size_t i = 0; i < DIGEST_PIXELS; i++) {
        const uint8_t pixel = d->pixels[i];
        d->pixels[i] = d->pixels[DIGEST_PIXELS + i];
        d->pixels[DIGEST_PIXELS + i] = pixel;
    }
    digests[n++] = dataset_digest(&d->data);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(digests[i], digests[j]);
    free(d);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Holding out                                                                                     */

enum { MAX_SAMPLES = 250 };

/* A data set with the given number of samples of each class, mixed; the last pixel of an image is its number. */
static void load_mixed(const size_t *n_per_class, size_t n_classes, dataset *data)
{
    uint8_t labels[MAX_SAMPLES];
    size_t n = 0, left[SM_MAX_CLASSES], n_left = 0;
    for (size_t k = 0; k < n_classes; k++)
        n_left += left[k] = n_per_class[k];
    for (size_t k = 0; n_left > 0; k = (k * 5 + 1) % n_classes) {
        size_t j = k;
        while (left[j] == 0)
            j = (j + 1) % n_classes;
        left[j]--, n_left--;
        labels[n++] = (uint8_t)j;
    }
    const char *folder = scratch_folder();
    put_set(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", labels, n);
    failure f = {""};
    CHECK_OK(dataset_load(folder, SPLIT_TRAIN, data, &f), &f);
}

static size_t number_of(const dataset *data, size_t n)
{
    return data->pixels[n * N_PIXELS + N_PIXELS - 1];
}

/* Images keep their labels, both splits keep the order, and no image is lost. */
static void check_parts(const dataset *data, size_t n_held_out)
{
    const size_t n_kept = data->n_samples - n_held_out;
    bool is_there[MAX_SAMPLES] = {false};
    for (size_t n = 0; n < data->n_samples; n++) {
        const size_t number = number_of(data, n);
        ck_assert_uint_eq(data->pixels[n * N_PIXELS], data->labels[n]);
        for (size_t i = 1; i < N_PIXELS; i++)
            ck_assert_uint_eq(data->pixels[n * N_PIXELS + i], number);
        ck_assert(!is_there[number]);
        is_there[number] = true;
        if (n != 0 && n != n_kept)
            ck_assert_uint_lt(number_of(data, n - 1), number);
    }
}

static void count_held_out(const dataset *data, size_t n_held_out, size_t *counts)
{
    for (size_t k = 0; k < data->n_classes; k++)
        counts[k] = 0;
    for (size_t n = data->n_samples - n_held_out; n < data->n_samples; n++)
        counts[data->labels[n]]++;
}

/* Classes of 40, 60 and 100 among 200: exactly 10 % of each. */
START_TEST(each_class_gives_its_share)
{
    dataset data = {0};
    failure f = {""};
    load_mixed((const size_t[]){40, 60, 100}, 3, &data);
    CHECK_OK(dataset_hold_out(&data, 20, 7, &f), &f);
    check_parts(&data, 20);
    size_t counts[3];
    count_held_out(&data, 20, counts);
    ck_assert_uint_eq(counts[0], 4);
    ck_assert_uint_eq(counts[1], 6);
    ck_assert_uint_eq(counts[2], 10);
    ck_assert_uint_eq(data.n_samples, 200);
    ck_assert_uint_eq(data.n_classes, 3);
    dataset_destroy(&data);
}
END_TEST

/* 10 of 47, 16 and 37 samples: 4.7, 1.6 and 3.7. Whole numbers give 4, 1 and 3; the two that are left go to the
 * largest remainders, the first and the third. */
START_TEST(the_largest_remainders_fill_up)
{
    dataset data = {0};
    failure f = {""};
    load_mixed((const size_t[]){47, 16, 37}, 3, &data);
    CHECK_OK(dataset_hold_out(&data, 10, 1, &f), &f);
    check_parts(&data, 10);
    size_t counts[3];
    count_held_out(&data, 10, counts);
    ck_assert_uint_eq(counts[0], 5);
    ck_assert_uint_eq(counts[1], 1);
    ck_assert_uint_eq(counts[2], 4);
    dataset_destroy(&data);
}
END_TEST

START_TEST(the_number_held_out_is_exact)
{
    const size_t n_per_class[] = {1, 0, 30, 7, 2, 13};
    for (size_t n_held_out = 0; n_held_out <= 48; n_held_out++) {
        dataset data = {0};
        failure f = {""};
        load_mixed(n_per_class, 6, &data);
        CHECK_OK(dataset_hold_out(&data, n_held_out, n_held_out, &f), &f);
        check_parts(&data, n_held_out);
        size_t counts[6];
        count_held_out(&data, n_held_out, counts);
        for (size_t k = 0; k < 6; k++) {
            const double share = (double)(n_per_class[k] * n_held_out) / 53;
            const size_t most = n_per_class[k] > 0 ? n_per_class[k] - 1 : 0; /* one is kept */
            ck_assert((double)counts[k] > fmin(share, (double)most) - 1 && counts[k] <= most);
            ck_assert((double)counts[k] < share + 1 || n_held_out > 43); /* which other classes cannot give */
        }
        dataset_destroy(&data);
    }
}
END_TEST

START_TEST(each_class_keeps_a_sample)
{
    dataset data = {0};
    failure f = {""};
    size_t counts[4];
    load_mixed((const size_t[]){1, 50, 0, 2}, 4, &data);
    ck_assert_uint_eq(dataset_count_classes(&data), 3);
    CHECK_OK(dataset_hold_out(&data, 50, 1, &f), &f);
    check_parts(&data, 50);
    count_held_out(&data, 50, counts);
    ck_assert(counts[0] == 0 && counts[1] == 49 && counts[2] == 0 && counts[3] == 1);
    dataset_destroy(&data);
}
END_TEST

/* Of each class, folds have equal shares up to one sample, and so they have of all. */
START_TEST(folds_are_stratified)
{
    const size_t n_per_class[] = {1, 0, 30, 7, 2, 13};
    for (size_t n_folds = 2; n_folds <= 20; n_folds++) {
        uint8_t folds[53], again[53];
        size_t counts[6][21] = {{0}}, totals[21] = {0}, n_in_folds = 0;
        dataset data = {0};
        failure f = {""};
        load_mixed(n_per_class, 6, &data);
        CHECK_OK(dataset_make_folds(&data, n_folds, n_folds, folds, &n_in_folds, &f), &f);
        ck_assert_uint_eq(n_in_folds, 52);
        for (size_t n = 0; n < 53; n++) {
            ck_assert_uint_le(folds[n], n_folds);
            counts[data.labels[n]][folds[n]]++;
            totals[folds[n]]++;
        }
        ck_assert(counts[0][n_folds] == 1 && totals[n_folds] == 1); /* the only one of its class */
        for (size_t fold = 0; fold < n_folds; fold++) {
            ck_assert(totals[fold] == 52 / n_folds || totals[fold] == 52 / n_folds + 1);
            for (size_t k = 1; k < 6; k++)
                ck_assert(counts[k][fold] == n_per_class[k] / n_folds ||
                          counts[k][fold] == n_per_class[k] / n_folds + 1);
        }
        CHECK_OK(dataset_make_folds(&data, n_folds, n_folds, again, &n_in_folds, &f), &f);
        ck_assert_mem_eq(folds, again, sizeof folds);
        CHECK_OK(dataset_make_folds(&data, n_folds, n_folds + 1, again, &n_in_folds, &f), &f);
        ck_assert_mem_ne(folds, again, sizeof folds);
        dataset_destroy(&data);
    }
}
END_TEST

START_TEST(the_seed_decides_which)
{
    size_t chosen[3][60];
    const uint64_t seeds[3] = {5, 5, 6};
    for (size_t i = 0; i < 3; i++) {
        dataset data = {0};
        failure f = {""};
        load_mixed((const size_t[]){100, 100}, 2, &data);
        CHECK_OK(dataset_hold_out(&data, 60, seeds[i], &f), &f);
        for (size_t n = 0; n < 60; n++)
            chosen[i][n] = number_of(&data, 140 + n);
        dataset_destroy(&data);
    }
    ck_assert_mem_eq(chosen[0], chosen[1], sizeof chosen[0]);
    ck_assert_mem_ne(chosen[0], chosen[2], sizeof chosen[0]);
}
END_TEST

/* Over many seeds each sample of a class is held out as often as any other. */
START_TEST(every_sample_has_its_chance)
{
    enum { N_SEEDS = 2000, N = 40, N_HELD_OUT = 8 };
    size_t counts[N] = {0};
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        uint8_t pixels[N], labels[N];
        for (size_t n = 0; n < N; n++)
            pixels[n] = (uint8_t)n, labels[n] = n % 4 == 3;
        dataset data = {
            .n_samples = N, .n_rows = 1, .n_columns = 1, .n_classes = 2, .pixels = pixels, .labels = labels};
        failure f = {""};
        CHECK_OK(dataset_hold_out(&data, N_HELD_OUT, seed, &f), &f);
        for (size_t n = N - N_HELD_OUT; n < N; n++)
            counts[pixels[n]]++;
    }
    /* 400 each with a standard deviation of 18 */
    for (size_t n = 0; n < N; n++)
        ck_assert_msg(counts[n] > 310 && counts[n] < 490, "sample %zu was held out %zu times", n, counts[n]);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN(
        "dataset", files_are_found_by_each_of_their_names, images_and_labels_must_be_equally_many,
        files_of_the_wrong_kind_are_refused, nothing_is_left_of_a_destroyed_dataset,
        images_and_labels_that_a_model_does_not_know_are_found, a_source_gives_the_pixels_and_labels_of_its_range,
        classes_without_an_image_are_dropped_and_remembered, equal_data_have_equal_digests,
        a_changed_bit_gives_a_different_digest, a_different_shape_number_or_order_gives_a_different_digest,
        each_class_gives_its_share, the_largest_remainders_fill_up, the_number_held_out_is_exact,
        each_class_keeps_a_sample, folds_are_stratified, the_seed_decides_which, every_sample_has_its_chance);
}
