/*
 * Measures the speed of training on dense features in each form, compared with pixels and with the machine's peak, and that
 * of the preconditioner: the products of 2048 rows with each other, and a factor of 2048 rows.
 * Usage: dense [N_FEATURES [N_SAMPLES]]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "cholesky.h"
#include "data/dataset.h"
#include "gram.h"
#include "machine.h"
#include "memory.h"

enum { N_CLASSES = 10, N_REPEATS = 15 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The minimum time in seconds of several evaluations of an objective with its gradient, and their multiply-adds. */
static double time_objective(const sm_source *source, size_t n_threads, double *multiply_adds)
{
    const sm_objective_options options = {.l2 = 1e-4, .execution = {.n_threads = n_threads}};
    sm_objective *objective = NULL;
    sm_blocks blocks;
    if (sm_objective_create(source, &options, &objective) != SM_OK ||
        sm_blocks_create(source, &options.execution, false, &blocks) != SM_OK)
        exit(EXIT_FAILURE);
    *multiply_adds = 2.0 * (double)blocks.rows.n_chunks_held * SM_LANES * (double)source->n_classes;
    sm_blocks_destroy(&blocks);
    const sm_problem problem = sm_objective_problem(objective);
    double *x = calloc(problem.n_parameters, 2 * sizeof *x), value, seconds[N_REPEATS];
    for (size_t i = 0; x && i < N_REPEATS; i++) {
        const double start = bench_seconds();
        (void)problem.evaluate(problem.context, &(sm_terms){NULL, 0}, x, &value, x + problem.n_parameters);
        seconds[i] = bench_seconds() - start;
    }
    free(x);
    sm_objective_free(objective);
    qsort(seconds, N_REPEATS, sizeof *seconds, compare_doubles);
    return seconds[0];
}

static void report(const char *name, const sm_source *source, const double *peaks)
{
    for (size_t n_threads = 1; n_threads <= 2; n_threads++) {
        double multiply_adds;
        const double seconds = time_objective(source, n_threads, &multiply_adds);
        printf("%-8s %zu features, %zu threads: %8.2f ms, %6.1f G multiply-adds/s, %3.0f %%\n", name,
               source->n_features, n_threads, 1e3 * seconds, 1e-9 * multiply_adds / seconds,
               100 * multiply_adds / seconds / peaks[n_threads]);
    }
}

/* Random features: the same numbers as floats, halves or bytes. */
static void report_random(const char *name, sm_type type, size_t n_samples, size_t n_features, const double *peaks)
{
    const size_t n = n_samples * n_features;
    unsigned char *values = malloc(n * sm_type_bytes(type));
    uint8_t *labels = calloc(n_samples, 1);
    sm_random random = {1};
    if (!values || !labels)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < n_samples; i++)
        labels[i] = (uint8_t)sm_random_below(&random, N_CLASSES);
    for (size_t i = 0; i < n; i++) {
        const uint64_t bits = sm_random_next(&random);
        const float x = (float)(bits >> 40) * 0x1p-24f;
        if (type == SM_U8)
            values[i] = (uint8_t)bits;
        else if (type == SM_F32)
            ((float *)(void *)values)[i] = x;
        else
            sm_to_halves(1, &x, (uint16_t *)(void *)values + i);
    }
    sm_matrix matrix = {values, n_features * sm_type_bytes(type)};
    const sm_source source = {.n_samples = n_samples,
                              .n_features = n_features,
                              .n_classes = N_CLASSES,
                              .type = type,
                              .unit = 1.0 / 255,
                              .labels = labels,
                              .rows = sm_matrix_rows,
                              .context = &matrix};
    report(name, &source, peaks);
    free(labels);
    free(values);
}

static void report_step(const char *name, double seconds, double multiply_adds, double peak)
{
    printf("%-8s %zu threads: %8.2f ms, %6.1f G multiply-adds/s, %3.0f %%\n", name, (size_t)1, 1e3 * seconds,
           1e-9 * multiply_adds / seconds, 100 * multiply_adds / seconds / peak);
}

/* The products of rows and the factor of a preconditioner of low rank, each the fastest of several. */
static void report_preconditioner(size_t n_features, double peak)
{
    enum { N_ROWS = 2048, N_TRIES = 3 };
    const double n = N_ROWS;
    const sm_kernels *kernels = sm_kernels_find(NULL);
    float *columns = sm_calloc(n_features, N_ROWS * sizeof *columns);
    float *products = sm_calloc(N_ROWS, N_ROWS * sizeof *products);
    double product_seconds = HUGE_VAL, factor_seconds = HUGE_VAL;
    if (!columns || !products)
        exit(EXIT_FAILURE);
    sm_random random = {1};
    for (size_t i = 0; i < n_features * N_ROWS; i++)
        columns[i] = (float)(sm_random_next(&random) >> 40) * 0x1p-24f;
    for (size_t i = 0; i < N_TRIES; i++) {
        memset(products, 0, N_ROWS * N_ROWS * sizeof *products);
        const double start = bench_seconds();
        (void)sm_gram(kernels, 1, n_features, N_ROWS, columns, products);
        product_seconds = fmin(product_seconds, bench_seconds() - start);
        for (size_t j = 0; j < N_ROWS; j++)
            products[j * N_ROWS + j] += (float)n_features;
        const double middle = bench_seconds();
        (void)sm_cholesky_factor(kernels, N_ROWS, N_ROWS, products);
        factor_seconds = fmin(factor_seconds, bench_seconds() - middle);
    }
    report_step("products", product_seconds, n * n / 2 * (double)n_features, peak);
    report_step("factor", factor_seconds, n * n * n / 6, peak);
    free(products);
    free(columns);
}

int main(int argc, char **argv)
{
    const size_t n_features = argc > 1 ? strtoul(argv[1], NULL, 10) : 3472;
    const size_t n_samples = argc > 2 ? strtoul(argv[2], NULL, 10) : 60000;
    double peaks[3] = {0};
    failure f = {""};
    dataset data = {0};
    for (size_t t = 1; t <= 2; t++)
        peaks[t] = bench_multiply_adds(sm_isa_name(NULL), t);
    printf("peak: %.1f and %.1f G multiply-adds/s, %.1f and %.1f GB/s\n", 1e-9 * peaks[1], 1e-9 * peaks[2],
           1e-9 * bench_bandwidth(1), 1e-9 * bench_bandwidth(2));
    if (dataset_load(NULL, SPLIT_TRAIN, &data, &f) == STATUS_OK) {
        sm_matrix matrix;
        const sm_source source = dataset_source(&data, 0, data.n_samples, data.n_classes, &matrix);
        report("MNIST", &source, peaks);
    }
    dataset_destroy(&data);
    report_random("bytes", SM_U8, n_samples, n_features, peaks);
    report_random("halves", SM_F16, n_samples, n_features, peaks);
    report_random("floats", SM_F32, n_samples, n_features, peaks);
    report_preconditioner(n_features, peaks[1]);
    return EXIT_SUCCESS;
}
