#include "data.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MNIST_FOLDER MNIST_SOURCE_FOLDER "/datasets/mnist/"

void *test_calloc(size_t n, size_t value_bytes)
{
    void *memory = calloc(n ? n : 1, value_bytes);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

double random_between(sm_random *random, double low, double high)
{
    return low + (high - low) * ((double)(sm_random_next(random) >> 11) * 0x1p-53);
}

void random_fill(sm_random *random, double low, double high, size_t n, double *values)
{
    for (size_t i = 0; i < n; i++)
        values[i] = random_between(random, low, high);
}

static data *create(size_t n_samples, size_t n_features, size_t n_classes)
{
    data *d = test_calloc(1, sizeof *d);
    const size_t n_values = n_samples * n_features;
    d->n_samples = n_samples;
    d->n_features = n_features;
    d->n_classes = n_classes;
    d->n_parameters = n_classes * (n_features + 1);
    d->unit = 1.0 / 255;
    d->labels = test_calloc(n_samples, sizeof *d->labels);
    d->bytes = test_calloc(n_values, sizeof *d->bytes);
    d->floats = test_calloc(n_values, sizeof *d->floats);
    d->halves = test_calloc(n_values, sizeof *d->halves);
    d->features = test_calloc(n_values, sizeof *d->features);
    d->parameters = test_calloc(d->n_parameters, sizeof *d->parameters);
    d->byte_matrix = (sm_matrix){d->bytes, n_features};
    d->float_matrix = (sm_matrix){d->floats, n_features * sizeof *d->floats};
    d->half_matrix = (sm_matrix){d->halves, n_features * sizeof *d->halves};
    d->double_matrix = (sm_matrix){d->features, n_features * sizeof *d->features};
    return d;
}

static void scale(data *d)
{
    for (size_t i = 0; i < d->n_samples * d->n_features; i++) {
        d->features[i] = d->bytes[i] * d->unit;
        d->floats[i] = (float)d->features[i];
    }
}

data *data_random(size_t n_samples, size_t n_features, size_t n_classes, uint64_t seed)
{
    data *d = create(n_samples, n_features, n_classes);
    sm_random random = {seed};
    for (size_t n = 0; n < n_samples; n++)
        d->labels[n] = (uint8_t)sm_random_below(&random, n_classes);
    for (size_t i = 0; i < n_samples * n_features; i++)
        if (sm_random_below(&random, 5) == 0)
            d->bytes[i] = (uint8_t)sm_random_below(&random, 256);
    const double size = 4 / sqrt((double)n_features + 1);
    random_fill(&random, -size, size, d->n_parameters, d->parameters);
    scale(d);
    return d;
}

/* The class whose random linear function is the highest. */
static uint8_t classify(const data *d, const double *row, const double *functions)
{
    size_t best = 0;
    double highest = -HUGE_VAL;
    for (size_t k = 0; k < d->n_classes; k++) {
        double score = 0;
        for (size_t i = 0; i < d->n_features; i++)
            score += functions[k * d->n_features + i] * row[i];
        best = score > highest ? k : best;
        highest = fmax(highest, score);
    }
    return (uint8_t)best;
}

data *data_table(size_t n_samples, size_t n_features, size_t n_classes, double magnitude, double noise,
                 uint64_t seed)
{
    data *d = create(n_samples, n_features, n_classes);
    sm_random random = {seed};
    random_fill(&random, -1, 1, n_samples * n_features, d->features);
    random_fill(&random, -1, 1, d->n_parameters, d->parameters);
    for (size_t n = 0; n < n_samples; n++) {
        const bool is_chosen = n < n_classes || random_between(&random, 0, 1) < noise;
        const size_t chosen = n < n_classes ? n : (size_t)sm_random_below(&random, n_classes);
        d->labels[n] = is_chosen ? (uint8_t)chosen : classify(d, d->features + n * n_features, d->parameters);
    }
    for (size_t i = 0; i < n_features; i++) {
        const double size = pow(magnitude, random_between(&random, -1, 1));
        const double mean = size * pow(random_between(&random, -2.15, 2.15), 3);
        for (size_t n = 0; n < n_samples; n++)
            d->features[n * n_features + i] = size * d->features[n * n_features + i] + mean;
    }
    memset(d->parameters, 0, d->n_parameters * sizeof *d->parameters);
    data_round(d, SM_F64);
    return d;
}

void data_round(data *d, sm_type type)
{
    const size_t n = d->n_samples * d->n_features;
    for (size_t i = 0; i < n; i++)
        d->floats[i] = (float)d->features[i];
    if (type == SM_F16) {
        sm_to_halves(n, d->floats, d->halves);
        sm_from_halves(n, d->halves, d->floats);
    }
    for (size_t i = 0; type != SM_F64 && i < n; i++)
        d->features[i] = (double)d->floats[i];
}

/* Skips the header of an IDX file and reads n bytes after it. */
static void read_bytes(const char *path, unsigned header_bytes, size_t n, uint8_t *bytes)
{
    unsigned char header[16];
    gzFile file = gzopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    ck_assert_int_eq(gzread(file, header, header_bytes), (int)header_bytes);
    ck_assert_int_eq(gzread(file, bytes, (unsigned)n), (int)n);
    gzclose(file);
}

data *data_mnist(size_t n_samples)
{
    data *d = create(n_samples, 784, 10);
    read_bytes(MNIST_FOLDER "train-images-idx3-ubyte.gz", 16, n_samples * 784, d->bytes);
    read_bytes(MNIST_FOLDER "train-labels-idx1-ubyte.gz", 8, n_samples, d->labels);
    scale(d);
    return d;
}

data *data_gather(const data *from, size_t n, const size_t *indices)
{
    const size_t width = from->n_features;
    data *d = create(n, width, from->n_classes);
    for (size_t i = 0; i < n; i++) {
        d->labels[i] = from->labels[indices[i]];
        memcpy(d->bytes + i * width, from->bytes + indices[i] * width, width);
    }
    memcpy(d->parameters, from->parameters, d->n_parameters * sizeof *d->parameters);
    scale(d);
    return d;
}

void data_set_unit(data *d, double unit)
{
    d->unit = unit;
    scale(d);
}

void data_free(data *d)
{
    if (!d)
        return;
    free(d->parameters);
    free(d->features);
    free(d->halves);
    free(d->floats);
    free(d->bytes);
    free(d->labels);
    free(d);
}

static sm_matrix *matrix_of(data *d, sm_type type)
{
    switch (type) {
    case SM_U8:
        return &d->byte_matrix;
    case SM_F32:
        return &d->float_matrix;
    case SM_F16:
        sm_to_halves(d->n_samples * d->n_features, d->floats, d->halves);
        return &d->half_matrix;
    case SM_F64:
        break;
    }
    return &d->double_matrix;
}

sm_source data_source(data *d, sm_type type)
{
    return (sm_source){
        .n_samples = d->n_samples,
        .n_features = d->n_features,
        .n_classes = d->n_classes,
        .type = type,
        .unit = d->unit,
        .labels = d->labels,
        .rows = sm_matrix_rows,
        .context = matrix_of(d, type),
    };
}

sm_batch data_batch(const data *d)
{
    return (sm_batch){d->n_samples, d->n_features, d->n_classes, d->features, d->labels};
}
