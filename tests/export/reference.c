/* Classifies images with the library, as `mnist predict` and `mnist eval` do: reads raw bytes from standard input, and
 * prints a line for each image with the class and the probabilities. Usage: reference MODEL */
#include <stdio.h>
#include <stdlib.h>

#include "model/model_file.h"

static bool read_image(const model *m, uint8_t *pixels)
{
    return fread(pixels, 1, m->n_features, stdin) == m->n_features;
}

static sm_status print_image(const model *m, const uint8_t *pixels, float *probabilities)
{
    sm_matrix matrix = {pixels, m->n_features};
    const sm_source source = {
        .n_samples = 1,
        .n_features = m->n_features,
        .n_classes = m->n_classes,
        .type = SM_U8,
        .unit = 1.0 / 255,
        .rows = sm_matrix_rows,
        .context = &matrix,
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
    if (argc != 2 || model_read(argv[1], &m, NULL, &f) != STATUS_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? f.text : "Usage: reference MODEL");
        return EXIT_FAILURE;
    }
    uint8_t *pixels = calloc(m.n_features, 1);
    float *probabilities = calloc(m.n_classes, sizeof *probabilities);
    sm_status result = pixels && probabilities ? SM_OK : SM_ERROR_MEMORY;
    while (result == SM_OK && read_image(&m, pixels))
        result = print_image(&m, pixels, probabilities);
    free(probabilities);
    free(pixels);
    model_destroy(&m);
    return result == SM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
