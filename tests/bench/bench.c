/*
 * Times each stage of training and prediction on the real training set: the minimum and median of many runs in
 * milliseconds, and their share of the multiply-adds and of the memory bandwidth that the program measures at its
 * start.
 *
 * Usage: bench [--json] [--data DIR] [--repeats N]
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "data/dataset.h"
#include "base/machine.h"
#include "commands/command.h"
#include "machine.h"
#include "softmax.h"

enum { MAX_REPEATS = 1000 };

/* The data and the objective to measure, and the number of threads. */
typedef struct bench {
    dataset data;
    sm_matrix matrix;
    sm_source source;
    sm_execution execution;
    sm_objective *objective;
    sm_problem problem;
    sm_blocks blocks;
    double *x, *gradient;
    double n_values; /* values in chunks that are not all 0 */
    size_t repeats;
} bench;

typedef struct timing {
    const char *name;
    size_t n_threads;
    double minimum, median;      /* milliseconds */
    double multiply_adds, bytes; /* that the work takes; 0 if unknown */
} timing;

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---------------------------------------------------------------------------------------------- */

/* Times all samples in one kernel, on one thread. */
typedef enum kernel { KERNEL_SCORES, KERNEL_SOFTMAX, KERNEL_GRADIENT } kernel;

static double time_kernel(bench *b, kernel which)
{
    const sm_blocks *blocks = &b->blocks;
    sm_workspace *w = &blocks->workspaces[0];
    double seconds = 0;
    for (size_t first = 0; first < b->source.n_samples; first += SM_BLOCK_SAMPLES) {
        const size_t left = b->source.n_samples - first, n = left < SM_BLOCK_SAMPLES ? left : SM_BLOCK_SAMPLES;
        (void)sm_rows_get(&blocks->rows, NULL, first, n, w->scratch, w->rows);
        if (which != KERNEL_SCORES) /* in training the scores bring the rows into the caches */
            blocks->kernels->scores(&blocks->shape, n, w->rows, blocks->model,
                                    blocks->model + blocks->shape.n_weights, w->scores);
        const double start = bench_seconds();
        if (which == KERNEL_SCORES)
            blocks->kernels->scores(&blocks->shape, n, w->rows, blocks->model,
                                    blocks->model + blocks->shape.n_weights, w->scores);
        else if (which == KERNEL_SOFTMAX)
            blocks->kernels->softmax(n, blocks->shape.n_classes, blocks->shape.n_lanes, b->source.labels + first,
                                     w->scores, w->predictions, w->losses);
        else
            blocks->kernels->gradient(&blocks->shape, n, w->rows, w->scores, w->gradient);
        seconds += bench_seconds() - start;
    }
    return seconds;
}

static double run_scores(bench *b)
{
    return time_kernel(b, KERNEL_SCORES);
}

static double run_softmax(bench *b)
{
    return time_kernel(b, KERNEL_SOFTMAX);
}

static double run_gradient(bench *b)
{
    return time_kernel(b, KERNEL_GRADIENT);
}

static double run_objective(bench *b)
{
    const double start = bench_seconds();
    double value;
    (void)b->problem.evaluate(b->problem.context, &(sm_terms){NULL, 0}, b->x, &value, b->gradient);
    return bench_seconds() - start;
}

static double run_create(bench *b)
{
    sm_objective *objective = NULL;
    const double start = bench_seconds();
    (void)sm_objective_create(&b->source, &(sm_objective_options){.l2 = 1e-4, .execution = b->execution},
                              &objective);
    const double seconds = bench_seconds() - start;
    sm_objective_free(objective);
    return seconds;
}

static double run_warm_start(bench *b)
{
    memset(b->x, 0, b->problem.n_parameters * sizeof *b->x);
    const double start = bench_seconds();
    (void)b->problem.start(b->problem.context, false, b->x);
    return bench_seconds() - start;
}

static double run_preconditioner(bench *b)
{
    const double start = bench_seconds();
    (void)b->problem.renew(b->problem.context, b->x, &(sm_renewal){0, 1, 1});
    return bench_seconds() - start;
}

static double run_precondition(bench *b)
{
    const double start = bench_seconds();
    b->problem.precondition(b->problem.context, b->gradient, b->gradient);
    return bench_seconds() - start;
}

static double run_training(bench *b)
{
    sm_lbfgs_options options = sm_lbfgs_defaults();
    options.tolerance = 1e-4;
    memset(b->x, 0, b->problem.n_parameters * sizeof *b->x);
    const double start = bench_seconds();
    (void)sm_lbfgs(&b->problem, &options, b->x, NULL);
    return bench_seconds() - start;
}

static double run_sgd(bench *b)
{
    sm_sgd_options options = sm_sgd_defaults();
    options.n_epochs = 1;
    memset(b->x, 0, b->problem.n_parameters * sizeof *b->x);
    const double start = bench_seconds();
    (void)sm_sgd(&b->problem, &options, b->x, NULL);
    return bench_seconds() - start;
}

/* ---------------------------------------------------------------------------------------------- */

static timing measure(bench *b, const char *name, double (*run)(bench *), double multiply_adds, double n_bytes)
{
    double seconds[MAX_REPEATS];
    (void)run(b);
    for (size_t i = 0; i < b->repeats; i++)
        seconds[i] = run(b);
    qsort(seconds, b->repeats, sizeof *seconds, compare_doubles);
    return (timing){name,   b->execution.n_threads, 1e3 * seconds[0], 1e3 * seconds[b->repeats / 2], multiply_adds,
                    n_bytes};
}

static bool open_bench(bench *b, size_t n_threads)
{
    b->execution.n_threads = n_threads;
    sm_objective_free(b->objective);
    sm_blocks_destroy(&b->blocks);
    b->objective = NULL;
    if (sm_objective_create(&b->source, &(sm_objective_options){.l2 = 1e-4, .execution = b->execution},
                            &b->objective) != SM_OK ||
        sm_blocks_create(&b->source, &b->execution, false, &b->blocks) != SM_OK)
        return false;
    b->problem = sm_objective_problem(b->objective);
    b->n_values = (double)b->blocks.rows.n_chunks_held * SM_LANES;
    return true;
}

static size_t measure_all(bench *b, size_t n_threads, timing *results)
{
    const double pass = b->n_values * (double)b->blocks.shape.n_classes, row_bytes = b->n_values;
    size_t n = 0;
    if (n_threads == 1) {
        results[n++] = measure(b, "scores of all samples", run_scores, pass, row_bytes);
        results[n++] = measure(b, "softmax of all samples", run_softmax, 0, 0);
        results[n++] = measure(b, "gradient of all samples", run_gradient, pass, row_bytes);
    }
    results[n++] = measure(b, "objective and gradient", run_objective, 2 * pass, row_bytes);
    results[n++] = measure(b, "looking through the samples", run_create, 0, 0);
    results[n++] = measure(b, "warm start", run_warm_start, 2 * pass, row_bytes);
    results[n++] = measure(b, "building the preconditioner", run_preconditioner, 0, 0);
    results[n++] = measure(b, "applying the preconditioner", run_precondition, 0, 0);
    results[n++] = measure(b, "training to 1e-4, certified", run_training, 0, 0);
    results[n++] = measure(b, "an epoch of sgd, batch 128", run_sgd, 0, 0);
    return n;
}

static void print_results(const char *isa, size_t n, const timing *results, const double *peaks,
                          const double *bandwidths)
{
    for (size_t t = 1; t <= 2; t++)
        printf("%zu thread%s: %.1f G multiply-adds/s (%s), %.1f GB/s from memory\n", t, t > 1 ? "s" : "",
               1e-9 * peaks[t], isa, 1e-9 * bandwidths[t]);
    printf("\n%-30s threads  min ms  median ms  of multiply-adds  of bandwidth\n", "");
    for (size_t i = 0; i < n; i++) {
        const timing *r = &results[i];
        printf("%-30s %7zu %7.2f %10.2f", r->name, r->n_threads, r->minimum, r->median);
        if (r->multiply_adds > 0)
            printf(" %16.0f %% %11.0f %%", 1e5 * r->multiply_adds / r->median / peaks[r->n_threads],
                   1e5 * r->bytes / r->median / bandwidths[r->n_threads]);
        printf("\n");
    }
}

static void print_json(const char *isa, size_t n, const timing *results, const double *peaks,
                       const double *bandwidths)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const timing *r = &results[i];
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:I, s:f, s:f, s:f, s:f}", "name", r->name, "threads",
                                              (json_int_t)r->n_threads, "minimum_ms", r->minimum, "median_ms",
                                              r->median, "multiply_adds", r->multiply_adds, "bytes", r->bytes));
    }
    json_t *all = json_pack("{s:s, s:[f,f], s:[f,f], s:o}", "isa", isa, "multiply_adds_per_second", peaks[1],
                            peaks[2], "bytes_per_second", bandwidths[1], bandwidths[2], "results", list);
    (void)json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(all);
}

static status run_benchmarks(bench *b, bool json, failure *f)
{
    double peaks[3] = {0}, bandwidths[3] = {0};
    timing results[32];
    size_t n = 0;
    const char *isa = sm_isa_name(b->execution.isa);
    for (size_t t = 1; t <= 2; t++) {
        peaks[t] = bench_multiply_adds(isa, t);
        bandwidths[t] = bench_bandwidth(t);
    }
    for (size_t t = 1; t <= 2; t++) {
        if (!open_bench(b, t))
            return fail_memory(f);
        n += measure_all(b, t, results + n);
    }
    (json ? print_json : print_results)(isa, n, results, peaks, bandwidths);
    return STATUS_OK;
}

static status run(int argc, char **argv, failure *f)
{
    static const command_usage usage = {.name = "bench", .summary = "Time each part of training"};
    bench b = {.repeats = 25, .execution = default_execution()};
    bool json = false;
    const char *folder = NULL;
    option_spec specs[] = {
        {"data", OPTION_TEXT, &folder, "DIR", .help = "folder of the IDX files"},
        {"repeats", OPTION_COUNT, &b.repeats, "N", .help = "runs of each", .low = 1, .high = MAX_REPEATS},
        {"json", OPTION_FLAG, &json, .help = "print JSON"},
        {0},
    };
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result != STATUS_OK)
        return result;
    result = dataset_load(folder, SPLIT_TRAIN, &b.data, f);
    if (result == STATUS_OK) {
        b.source = dataset_source(&b.data, 0, b.data.n_samples, b.data.n_classes, &b.matrix);
        const size_t n_parameters = b.data.n_classes * (b.source.n_features + 1);
        b.x = calloc(n_parameters, sizeof *b.x);
        b.gradient = calloc(n_parameters, sizeof *b.gradient);
        result = b.x && b.gradient ? run_benchmarks(&b, json, f) : fail_memory(f);
    }
    free(b.gradient);
    free(b.x);
    sm_blocks_destroy(&b.blocks);
    sm_objective_free(b.objective);
    dataset_destroy(&b.data);
    return result;
}

int main(int argc, char **argv)
{
    failure f = {""};
    const status result = run(argc, argv, &f);
    if (f.text[0] != '\0')
        fprintf(stderr, "bench: %s\n", f.text);
    return result == STATUS_HELP ? STATUS_OK : (int)result;
}
