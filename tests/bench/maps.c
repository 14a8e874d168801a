/*
 * Measures the feature maps: microseconds of a core for each image, images a second, and bytes of features a second.
 * Each number is the fastest of several runs over the same images, in the processor time of one thread.
 *
 * Usage: maps [--data DIR] [--repeats N] [--isa NAME] [MAP ...]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands/command.h"
#include "data/dataset.h"
#include "features/features.h"

enum { N_IMAGES = 512, AT_ONCE = 64 };

static const char *const isas[] = {"avx512", "avx2", "neon", "scalar"};
enum { N_ISAS = sizeof isas / sizeof *isas };

static double thread_seconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The time in seconds of the features of AT_ONCE images, in the fastest of n_repeats runs over all images. */
static double time_map(const feature_transform *t, const dataset *data, size_t n_repeats, void *rows)
{
    double fastest = HUGE_VAL;
    for (size_t i = 0; i < n_repeats * N_IMAGES / AT_ONCE; i++) {
        const uint8_t *images[AT_ONCE];
        for (size_t j = 0; j < AT_ONCE; j++)
            images[j] = data->pixels + (i * AT_ONCE + j) % data->n_samples * data->n_rows * data->n_columns;
        const double start = thread_seconds();
        if (!t->map->transform(t, AT_ONCE, images, rows))
            exit(EXIT_FAILURE);
        fastest = fmin(fastest, thread_seconds() - start);
    }
    return fastest;
}

static status measure(const char *name, const char *isa, const dataset *data, size_t n_repeats, failure *f)
{
    feature_choice choice;
    feature_transform t;
    status result = features_parse(name, &choice, f);
    if (result == STATUS_OK)
        result = features_open(&choice, data->n_rows, data->n_columns, isa, &t, f);
    if (result != STATUS_OK)
        return result;
    const size_t row_bytes = t.n_features * sm_type_bytes(t.map->type);
    void *rows = t.map->transform ? malloc(AT_ONCE * row_bytes) : NULL;
    if (rows) {
        const double seconds = time_map(&t, data, n_repeats, rows) / AT_ONCE;
        printf("%-20s %-7s %9.1f %10.0f %10.1f\n", name, isa, 1e6 * seconds, 1 / seconds,
               1e-6 * (double)row_bytes / seconds);
    }
    free(rows);
    features_close(&t);
    return STATUS_OK;
}

static status run(int argc, char **argv, failure *f)
{
    static const command_usage usage = {
        .name = "maps", .arguments = "[MAP ...]", .summary = "Time each feature map"};
    static char *all[] = {"deskew", "scattering:L=6", "scattering", "patches"};
    positional maps = {0};
    size_t n_repeats = 10;
    const char *folder = NULL, *only = NULL;
    option_spec specs[] = {
        {"data", OPTION_TEXT, &folder, "DIR", .help = "folder of the IDX files"},
        {"repeats", OPTION_COUNT, &n_repeats, "N", .help = "runs of each", .low = 1, .high = 1000},
        {"isa", OPTION_TEXT, &only, "NAME", .help = "one instruction set, instead of each"},
        {0},
    };
    dataset data = {0};
    status result = parse_options(&usage, specs, argc, argv, &maps, f);
    if (maps.n == 0)
        maps = (positional){all, sizeof all / sizeof *all};
    if (result == STATUS_OK)
        result = dataset_load(folder, SPLIT_TEST, &data, f);
    if (result == STATUS_OK)
        printf("%-20s %-7s %9s %10s %10s\n", "one thread", "", "us/image", "images/s", "MB/s");
    for (size_t i = 0; result == STATUS_OK && i < maps.n; i++)
        for (size_t k = 0; result == STATUS_OK && k < N_ISAS; k++)
            if (sm_isa_name(isas[k]) && (!only || strcmp(only, isas[k]) == 0))
                result = measure(maps.values[i], isas[k], &data, n_repeats, f);
    dataset_destroy(&data);
    return result;
}

int main(int argc, char **argv)
{
    failure f = {""};
    const status result = run(argc, argv, &f);
    if (f.text[0] != '\0')
        fprintf(stderr, "maps: %s\n", f.text);
    return result == STATUS_HELP ? STATUS_OK : (int)result;
}
