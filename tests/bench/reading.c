/*
 * Measures how fast a model reads images, features included: images a second on one thread and on two, and bytes of
 * features a second beside what the machine reads from memory. Each number is the fastest of several runs over the test
 * images; pixels are read from a copy that is larger than the caches.
 *
 * Usage: reading [MAP ...]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "machine.h"
#include "model/feature_store.h"

enum { N_CLASSES = 10, N_REPEATS = 7 };

/* The minimum time in seconds for all images. */
static double time_reading(const sm_model *m, const sm_source *source, size_t n_threads, float *probabilities)
{
    double fastest = HUGE_VAL;
    for (size_t i = 0; i < N_REPEATS; i++) {
        const double start = bench_seconds();
        if (sm_predict(m, source, &(sm_execution){.n_threads = n_threads}, probabilities, NULL) != SM_OK)
            exit(EXIT_FAILURE);
        fastest = fmin(fastest, bench_seconds() - start);
    }
    return fastest;
}

static sm_model random_model(size_t n_features)
{
    float *weights = malloc((n_features + 1) * N_CLASSES * sizeof *weights);
    sm_random random = {1};
    if (!weights)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < (n_features + 1) * N_CLASSES; i++)
        weights[i] = (float)(sm_random_next(&random) >> 40) * 0x1p-24f - 0.5f;
    return (sm_model){N_CLASSES, n_features, weights, weights + n_features * N_CLASSES, 1};
}

static status measure(const char *name, const dataset *data, failure *f)
{
    feature_choice choice;
    feature_store store = {0};
    status result = features_parse(name, &choice, f);
    if (result == STATUS_OK)
        result = feature_store_create(data, &choice, &(sm_execution){0}, 0, &store, f);
    if (result == STATUS_OK) {
        feature_range range;
        sm_source source = feature_store_source(&store, 0, data->n_samples, N_CLASSES, &range);
        const sm_model m = random_model(source.n_features);
        float *probabilities = malloc(data->n_samples * N_CLASSES * sizeof *probabilities);
        if (!probabilities)
            exit(EXIT_FAILURE);
        source.labels = NULL;
        const double row_bytes = (double)(source.n_features * sm_type_bytes(source.type));
        for (size_t n_threads = 1; n_threads <= 2; n_threads++) {
            const double rate = (double)data->n_samples / time_reading(&m, &source, n_threads, probabilities);
            printf("%-30s %7zu %10.0f %10.2f %10.1f\n", name, n_threads, rate, 1e6 / rate, 1e-6 * rate * row_bytes);
        }
        free(probabilities);
        free((void *)(uintptr_t)m.weight);
    }
    feature_store_destroy(&store);
    return result;
}

int main(int argc, char **argv)
{
    static char *all[] = {"pixels", "deskew", "scattering:L=6", "scattering", "patches:filters=224,views=1",
                          "patches"};
    const size_t n = argc > 1 ? (size_t)argc - 1 : sizeof all / sizeof *all;
    char **names = argc > 1 ? argv + 1 : all;
    failure f = {""};
    dataset train = {0}, test = {0};
    status result = dataset_load(NULL, SPLIT_TRAIN, &train, &f);
    if (result == STATUS_OK)
        result = dataset_load(NULL, SPLIT_TEST, &test, &f);
    printf("memory: %.0f MB/s on one thread, %.0f on two\n", 1e-6 * bench_bandwidth(1), 1e-6 * bench_bandwidth(2));
    printf("%-30s %7s %10s %10s %10s\n", "map", "threads", "images/s", "us/image", "MB/s");
    for (size_t i = 0; result == STATUS_OK && i < n; i++)
        result = measure(names[i], strcmp(names[i], "pixels") == 0 ? &train : &test, &f);
    if (f.text[0] != '\0')
        fprintf(stderr, "reading: %s\n", f.text);
    dataset_destroy(&test);
    dataset_destroy(&train);
    return (int)result;
}
