/* Classifies images with the library, as `mnist predict` and `mnist eval` do: reads raw bytes from standard input, and
 * prints a line for each image with the class and the probabilities. Usage: reference MODEL */
#include <stdio.h>
#include <stdlib.h>

#include "model/model_file.h"

/* One image at a time, as a source of samples. */
typedef struct image_rows {
    feature_transform t;
    const uint8_t *pixels;
} image_rows;

static const void *read_row(void *context, size_t first, size_t n, void *scratch)
{
    const image_rows *r = context;
    (void)first;
    if (!r->t.map->transform)
        return r->pixels;
    return r->t.map->transform(&r->t, n, &r->pixels, scratch) ? scratch : NULL;
}

static sm_status print_image(const model *m, image_rows *rows, float *probabilities)
{
    const sm_source source = {
        .n_samples = 1,
        .n_features = m->n_features,
        .n_classes = m->n_classes,
        .type = rows->t.map->type,
        .unit = rows->t.map->unit,
        .rows = read_row,
        .scratch_row_bytes = m->n_features * sizeof(float),
        .context = rows,
    };
    const sm_model view = model_view(m);
    const sm_execution execution = {.n_threads = 1};
    const sm_status predicted = sm_predict(&view, &source, &execution, probabilities, NULL);
    printf("%zu", sm_argmax(m->n_classes, probabilities));
    for (size_t k = 0; k < m->n_classes; k++)
        printf(" %.8f", (double)probabilities[k]);
    printf("\n");
    return predicted;
}

int main(int argc, char **argv)
{
    model m = {0};
    failure f = {""};
    image_rows rows = {.pixels = NULL};
    if (argc != 2 || model_read(argv[1], &m, NULL, &f) != STATUS_OK ||
        features_open(&m.features, m.n_rows, m.n_columns, NULL, &rows.t, &f) != STATUS_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? f.text : "Usage: reference MODEL");
        return EXIT_FAILURE;
    }
    const size_t n_pixels = m.n_rows * m.n_columns;
    uint8_t *pixels = calloc(n_pixels, 1);
    float *probabilities = calloc(m.n_classes, sizeof *probabilities);
    sm_status result = pixels && probabilities ? SM_OK : SM_ERROR_MEMORY;
    rows.pixels = pixels;
    while (result == SM_OK && fread(pixels, 1, n_pixels, stdin) == n_pixels)
        result = print_image(&m, &rows, probabilities);
    free(probabilities);
    free(pixels);
    features_close(&rows.t);
    model_destroy(&m);
    return result == SM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
