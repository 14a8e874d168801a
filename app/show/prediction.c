#include "show/prediction.h"

#include <math.h>
#include <stdlib.h>

#include "model/pixel_model.h"
#include "show/terminal.h"

enum { PICTURE_COLUMNS = 28, MAX_BARS = 14, BAR_COLUMNS = 10 };

/* Eighths of a character fill a bar in colour. */
static void print_bar(FILE *out, bool colours, double share)
{
    static const char *const eighths[] = {"",
                                          "\xe2\x96\x8f",
                                          "\xe2\x96\x8e",
                                          "\xe2\x96\x8d",
                                          "\xe2\x96\x8c",
                                          "\xe2\x96\x8b",
                                          "\xe2\x96\x8a",
                                          "\xe2\x96\x89"};
    const size_t n_eighths = (size_t)(share * BAR_COLUMNS * 8 + 0.5);
    const size_t n_full = colours ? n_eighths / 8 : (size_t)(share * BAR_COLUMNS + 0.5);
    size_t n_printed = n_full;
    for (size_t i = 0; i < n_full; i++)
        fputs(colours ? "\xe2\x96\x88" : "#", out);
    if (colours && n_eighths % 8 > 0) {
        fputs(eighths[n_eighths % 8], out);
        n_printed++;
    }
    for (; n_printed < BAR_COLUMNS; n_printed++)
        fputc(' ', out);
}

/* ---------------------------------------------------------------------------------------------- */

/* The classes whose bars are shown, in order: all, or where there are too many the likeliest ones. */
static size_t choose_classes(const model *m, const float *probabilities, size_t shown[MAX_BARS])
{
    if (m->n_classes <= MAX_BARS) {
        for (size_t k = 0; k < m->n_classes; k++)
            shown[k] = k;
        return m->n_classes;
    }
    for (size_t n = 0; n < MAX_BARS; n++) {
        size_t best = m->n_classes;
        for (size_t k = 0; k < m->n_classes; k++) {
            bool is_taken = false;
            for (size_t i = 0; i < n; i++)
                is_taken = is_taken || shown[i] == k;
            if (!is_taken && (best == m->n_classes || probabilities[k] > probabilities[best]))
                best = k;
        }
        shown[n] = best;
    }
    return MAX_BARS;
}

static void print_class(FILE *out, bool colours, size_t k, double probability, bool is_answer)
{
    fprintf(out, "%s%3zu ", colours && is_answer ? "\033[1m" : "", k);
    print_bar(out, colours, probability);
    fprintf(out, "%6.1f %%%s", 100 * probability, colours && is_answer ? "\033[0m" : "");
}

/* How far the weights of class k are above the mean of all classes; above [n_features]. */
static void compare_weights(const model *m, size_t k, float *above)
{
    for (size_t d = 0; d < m->n_features; d++) {
        double mean = 0;
        for (size_t j = 0; j < m->n_classes; j++)
            mean += (double)m->weight[j * m->n_features + d] / (double)m->n_classes;
        above[d] = (float)((double)m->weight[k * m->n_features + d] - mean);
    }
}

/* What spoke for class k, over its largest magnitude; values [n_rows, n_columns]. */
static bool find_evidence(const model *m, const uint8_t *pixels, size_t k, double *values)
{
    const size_t n_pixels = m->n_rows * m->n_columns;
    float *above = calloc(m->n_features, sizeof *above), *gradient = calloc(n_pixels, sizeof *gradient);
    failure f = {""};
    bool ok = above && gradient;
    if (ok) {
        compare_weights(m, k, above);
        ok = pixel_gradient(m, pixels, above, gradient, &f) == STATUS_OK;
    }
    double most = 0;
    for (size_t d = 0; ok && d < n_pixels; d++) {
        values[d] = pixels[d] / 255.0 * (double)gradient[d];
        most = fabs(values[d]) > most ? fabs(values[d]) : most;
    }
    for (size_t d = 0; most > 0 && d < n_pixels; d++)
        values[d] /= most;
    free(gradient);
    free(above);
    return ok;
}

static void print_rows(FILE *out, bool colours, const terminal_picture *image, const terminal_picture *evidence,
                       const model *m, const float *probabilities)
{
    size_t shown[MAX_BARS];
    const size_t n_shown = choose_classes(m, probabilities, shown), height = terminal_picture_height(image);
    const size_t answer = sm_argmax(m->n_classes, probabilities);
    const int width = (int)image->n_columns;
    fprintf(out, "%-*.*s  %.*s\n", width, width, "what the model saw", width,
            colours ? "what spoke for and against" : "for (#+) and against (=-)");
    for (size_t row = 0; row < (n_shown > height ? n_shown : height); row++) {
        terminal_picture_print_row(out, colours, image, row, TERMINAL_INK);
        fputs("  ", out);
        terminal_picture_print_row(out, colours, evidence, row, TERMINAL_SIGNED);
        if (row < n_shown)
            print_class(out, colours, shown[row], (double)probabilities[shown[row]], shown[row] == answer);
        fputc('\n', out);
    }
}

bool print_prediction(FILE *out, bool colours, const model *m, const uint8_t *pixels, const float *probabilities)
{
    const size_t n_pixels = m->n_rows * m->n_columns;
    double *values = calloc(n_pixels, sizeof *values);
    terminal_picture image = {0}, evidence = {0};
    for (size_t d = 0; values && d < n_pixels; d++)
        values[d] = pixels[d] / 255.0;
    bool ok = values && terminal_picture_create(m->n_rows, m->n_columns, values, PICTURE_COLUMNS, &image);
    if (ok)
        ok = find_evidence(m, pixels, sm_argmax(m->n_classes, probabilities), values) &&
             terminal_picture_create(m->n_rows, m->n_columns, values, PICTURE_COLUMNS, &evidence);
    if (ok)
        print_rows(out, colours, &image, &evidence, m, probabilities);
    free(evidence.cells);
    free(image.cells);
    free(values);
    return ok;
}
