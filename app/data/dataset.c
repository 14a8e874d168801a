#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/idx.h"
#include "base/digest.h"
#include "base/pool.h"
#include "base/read.h"
#include "base/sizes.h"

/* A file of a data set may be at most this large. */
static const size_t MAX_FILE_BYTES = (size_t)16 << 30;

_Static_assert((int)IDX_MAX_HEADER_BYTES <= (int)HEAD_BYTES, "the head of a file has room for a header");

/* Reads the header of a file that can hold what it announces. */
static status read_header(const char *path, size_t n_dimensions, idx *header, failure *f)
{
    file_head head;
    status result = read_head(path, &head, f);
    if (result == STATUS_OK)
        result =
            idx_parse_header(path, head.data, head.size, n_dimensions, head.content_size, head.is_exact, header, f);
    return result;
}

/* Reads the labels or the images of a split, and no more than the header of their file announces. */
static status load_array(const char *folder, split which, bool labels, char **path, uint8_t **file, idx *array,
                         failure *f)
{
    const size_t n_dimensions = labels ? 1 : 3;
    bytes content = {0};
    status result = locate_file(folder, which, labels, true, path, f);
    if (result == STATUS_OK)
        result = read_header(*path, n_dimensions, array, f);
    if (result == STATUS_OK)
        result = read_file(*path, size_min(idx_file_bytes(array), MAX_FILE_BYTES), &content, f);
    if (result != STATUS_OK)
        return result;
    *file = content.data;
    return idx_parse(*path, content.data, content.size, n_dimensions, array, f);
}

status dataset_load(const char *wanted_folder, split which, dataset *data, failure *f)
{
    dataset d = {0};
    idx images = {0}, labels = {0};
    char *folder = NULL;
    status result = locate_folder(wanted_folder, &folder, f);
    if (result == STATUS_OK)
        result = load_array(folder, which, false, &d.images_path, &d.files[0], &images, f);
    if (result == STATUS_OK)
        result = load_array(folder, which, true, &d.labels_path, &d.files[1], &labels, f);
    free(folder);
    if (result == STATUS_OK && images.dimensions[0] != labels.dimensions[0])
        result = fail(f, "%s: has %zu images, but %s has %zu labels", d.images_path, images.dimensions[0],
                      d.labels_path, labels.dimensions[0]);
    if (result != STATUS_OK) {
        dataset_destroy(&d);
        return result;
    }
    d.n_samples = images.dimensions[0];
    d.n_rows = images.dimensions[1];
    d.n_columns = images.dimensions[2];
    d.pixels = images.values;
    d.labels = labels.values;
    for (size_t n = 0; n < d.n_samples; n++)
        d.n_classes = size_max(d.n_classes, (size_t)d.labels[n] + 1);
    *data = d;
    return STATUS_OK;
}

status dataset_count(const char *folder, split which, size_t *n_samples, failure *f)
{
    char *path;
    idx header = {.n_values = 0};
    status result = locate_file(folder, which, true, false, &path, f);
    if (result == STATUS_OK && path)
        result = read_header(path, 1, &header, f);
    if (result == STATUS_OK)
        *n_samples = header.n_values;
    free(path);
    return result;
}

void dataset_destroy(dataset *data)
{
    free(data->names);
    free(data->values);
    free(data->labels_path);
    free(data->images_path);
    free(data->files[1]);
    free(data->files[0]);
    *data = (dataset){0};
}

void dataset_replace(dataset *data, size_t n_samples, uint8_t *pixels, uint8_t *labels)
{
    free(data->files[1]);
    free(data->files[0]);
    data->n_samples = n_samples;
    data->files[0] = data->pixels = pixels;
    data->files[1] = data->labels = labels;
}

status dataset_append(dataset *data, const dataset *more, failure *f)
{
    const size_t n = data->n_samples + more->n_samples, n_pixels = data->n_rows * data->n_columns;
    uint8_t *pixels = calloc(n, n_pixels), *labels = calloc(n, 1);
    if (!pixels || !labels) {
        free(labels);
        free(pixels);
        return fail_memory(f);
    }
    memcpy(pixels, data->pixels, data->n_samples * n_pixels);
    memcpy(pixels + data->n_samples * n_pixels, more->pixels, more->n_samples * n_pixels);
    memcpy(labels, data->labels, data->n_samples);
    memcpy(labels + data->n_samples, more->labels, more->n_samples);
    dataset_replace(data, n, pixels, labels);
    return STATUS_OK;
}

status dataset_check(const dataset *data, size_t n_rows, size_t n_columns, size_t n_classes, failure *f)
{
    if (data->values && data->n_columns != n_columns)
        return fail(f, "%s: has %zu columns of features, the model reads %zu", data->images_path, data->n_columns,
                    n_columns);
    if (data->n_rows != n_rows || data->n_columns != n_columns)
        return fail(f, "%s: has images of %zu x %zu pixels, the model's are %zu x %zu", data->images_path,
                    data->n_columns, data->n_rows, n_columns, n_rows);
    for (size_t n = 0; n < data->n_samples; n++)
        if (data->labels[n] >= n_classes)
            return fail(f, "%s: label %u of image %zu is beyond the model's %zu classes", data->labels_path,
                        (unsigned)data->labels[n], n, n_classes);
    return STATUS_OK;
}

void dataset_drop_empty_classes(dataset *data, uint8_t *labels)
{
    bool has_sample[SM_MAX_CLASSES] = {false};
    uint8_t number[SM_MAX_CLASSES] = {0};
    size_t n_classes = 0;
    for (size_t n = 0; n < data->n_samples; n++)
        has_sample[data->labels[n]] = true;
    for (size_t k = 0; k < data->n_classes; k++) {
        if (!has_sample[k])
            continue;
        number[k] = (uint8_t)n_classes;
        labels[n_classes++] = (uint8_t)k;
    }
    for (size_t n = 0; n < data->n_samples; n++)
        data->labels[n] = number[data->labels[n]];
    data->n_classes = n_classes;
}

sm_source dataset_source(const dataset *data, size_t first, size_t n, size_t n_classes, sm_matrix *matrix)
{
    const size_t n_values = data->n_rows * data->n_columns;
    *matrix = data->values ? (sm_matrix){data->values + first * n_values, n_values * sizeof *data->values}
                           : (sm_matrix){data->pixels + first * n_values, n_values};
    return (sm_source){
        .n_samples = n,
        .n_features = n_values,
        .n_classes = n_classes,
        .type = data->values ? SM_F64 : SM_U8,
        .unit = 1.0 / 255,
        .labels = data->labels ? data->labels + first : NULL,
        .rows = sm_matrix_rows,
        .context = matrix,
    };
}

/* counts [SM_MAX_CLASSES] of the samples of each class. */
static void count_classes(const dataset *data, size_t *counts)
{
    memset(counts, 0, SM_MAX_CLASSES * sizeof *counts);
    for (size_t n = 0; n < data->n_samples; n++)
        counts[data->labels[n]]++;
}

size_t dataset_count_classes(const dataset *data)
{
    size_t counts[SM_MAX_CLASSES], n = 0;
    count_classes(data, counts);
    for (size_t k = 0; k < data->n_classes; k++)
        n += counts[k] > 0;
    return n;
}

/* The class that may give another sample, and lacks most of its share of those held out. */
static size_t find_most_lacking(const dataset *data, size_t n_held_out, const size_t *counts, const size_t *quotas)
{
    double most = -HUGE_VAL;
    size_t found = 0;
    for (size_t k = 0; k < data->n_classes; k++) {
        const double lacking = (double)counts[k] * (double)n_held_out - (double)quotas[k] * (double)data->n_samples;
        if (quotas[k] + 1 < counts[k] && lacking > most) {
            most = lacking;
            found = k;
        }
    }
    return found;
}

/* How many samples of each class are held out, n_held_out in all: their share rounded down, and one more for the
 * largest remainders; but never all. */
static void share_out(const dataset *data, size_t n_held_out, size_t quotas[SM_MAX_CLASSES])
{
    size_t counts[SM_MAX_CLASSES], n_left = n_held_out;
    count_classes(data, counts);
    for (size_t k = 0; k < data->n_classes && data->n_samples > 0; k++) {
        const size_t share = counts[k] * n_held_out / data->n_samples;
        quotas[k] = counts[k] > 0 ? size_min(share, counts[k] - 1) : 0;
        n_left -= quotas[k];
    }
    for (; n_left > 0; n_left--)
        quotas[find_most_lacking(data, n_held_out, counts, quotas)]++;
}

/* Marks the samples that are held out: the first of each class in a shuffled order, as many as its quota. */
static void choose(const dataset *data, size_t n_held_out, uint64_t seed, size_t *order, bool *is_held_out)
{
    size_t quotas[SM_MAX_CLASSES] = {0};
    share_out(data, n_held_out, quotas);
    for (size_t n = 0; n < data->n_samples; n++)
        order[n] = n;
    sm_shuffle(&(sm_random){seed}, data->n_samples, order);
    for (size_t i = 0; i < data->n_samples; i++) {
        size_t *quota = &quotas[data->labels[order[i]]];
        is_held_out[order[i]] = *quota > 0;
        *quota -= *quota > 0;
    }
}

/* Moves the rows that are held out to the end; `held` has room for them. */
static void partition(void *all_rows, size_t row_size, size_t n_rows, const bool *is_held_out, uint8_t *held)
{
    uint8_t *rows = all_rows;
    size_t n_kept = 0, n_held = 0;
    for (size_t n = 0; n < n_rows; n++) {
        uint8_t *to = is_held_out[n] ? held + n_held++ * row_size : rows + n_kept++ * row_size;
        memmove(to, rows + n * row_size, row_size);
    }
    memcpy(rows + n_kept * row_size, held, n_held * row_size);
}

status dataset_hold_out(dataset *data, size_t n_held_out, uint64_t seed, failure *f)
{
    const size_t n_values = data->n_rows * data->n_columns;
    const size_t row_size = n_values * (data->values ? sizeof *data->values : 1);
    if (n_held_out == 0)
        return STATUS_OK;
    pool memory = {0};
    size_t *order = pool_take(&memory, data->n_samples, sizeof *order);
    bool *is_held_out = pool_take(&memory, data->n_samples, sizeof *is_held_out);
    uint8_t *held = pool_take(&memory, n_held_out, row_size);
    if (!memory.has_failed) {
        choose(data, n_held_out, seed, order, is_held_out);
        partition(data->values ? (void *)data->values : data->pixels, row_size, data->n_samples, is_held_out, held);
        partition(data->labels, 1, data->n_samples, is_held_out, held);
    }
    pool_free(&memory);
    return memory.has_failed ? fail_memory(f) : STATUS_OK;
}

status dataset_make_folds(const dataset *data, size_t n_folds, uint64_t seed, uint8_t *folds, size_t *n_in_folds,
                          failure *f)
{
    size_t counts[SM_MAX_CLASSES], next[SM_MAX_CLASSES], n_before = 0;
    size_t *order = calloc(data->n_samples, sizeof *order);
    if (!order)
        return fail_memory(f);
    count_classes(data, counts);
    for (size_t k = 0; k < data->n_classes; k++) {
        next[k] = n_before;
        n_before += counts[k] > 1 ? counts[k] : 0;
    }
    for (size_t n = 0; n < data->n_samples; n++)
        order[n] = n;
    sm_shuffle(&(sm_random){seed}, data->n_samples, order);
    for (size_t i = 0; i < data->n_samples; i++) {
        const size_t k = data->labels[order[i]];
        folds[order[i]] = (uint8_t)(counts[k] > 1 ? next[k]++ % n_folds : n_folds);
    }
    *n_in_folds = n_before;
    free(order);
    return STATUS_OK;
}

uint64_t dataset_digest(const dataset *data)
{
    const double sizes[] = {(double)data->n_samples, (double)data->n_rows, (double)data->n_columns};
    uint64_t digest = digest_values(0, sizeof sizes / sizeof *sizes, sizeof *sizes, sizes);
    if (data->values)
        digest = digest_values(digest, data->n_samples * data->n_columns, sizeof *data->values, data->values);
    else
        digest = digest_bytes(digest, data->n_samples * data->n_rows * data->n_columns, data->pixels);
    return digest_bytes(digest, data->n_samples, data->labels);
}
