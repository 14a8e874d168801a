#include "show/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show/canvas.h"

/* Columns and rows of characters at most; a row holds two pixels, one above the other. */
enum { MAX_COLUMNS = 28, MAX_ROWS = 14, BAR_COLUMNS = 10 };

bool terminal_has_colours(FILE *stream)
{
    const char *depth = getenv("COLORTERM"), *refused = getenv("NO_COLOR");
    const bool is_deep = depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0);
    if (!is_deep || (refused && refused[0] != '\0') || !isatty(fileno(stream)))
        return false;
    const char *language = getenv("LC_ALL");
    if (!language || language[0] == '\0')
        language = getenv("LC_CTYPE");
    if (!language || language[0] == '\0')
        language = getenv("LANG");
    return language && (strstr(language, "UTF-8") || strstr(language, "utf8") || strstr(language, "UTF8"));
}

/* ---------------------------------------------------------------------------------------------- */

/* A picture as a grid of values that fits the terminal, -1 to 1. */
typedef struct grid {
    size_t n_columns, n_rows; /* of cells, two rows of which make a row of characters */
    double *cells;            /* [n_rows, n_columns] */
} grid;

/* The mean of the values [n_rows, n_columns] that a cell covers; at least one. */
static double mean_of_cell(const grid *g, size_t row, size_t column, size_t n_rows, size_t n_columns,
                           const double *values)
{
    const size_t top = row * n_rows / g->n_rows, left = column * n_columns / g->n_columns;
    const size_t bottom = (row + 1) * n_rows / g->n_rows, right = (column + 1) * n_columns / g->n_columns;
    double sum = 0;
    size_t n = 0;
    for (size_t i = top; i < (bottom > top ? bottom : top + 1); i++) {
        for (size_t j = left; j < (right > left ? right : left + 1); j++) {
            sum += values[i * n_columns + j];
            n++;
        }
    }
    return sum / (double)n;
}

/* Room for values of an image; the cells are the caller's. False if memory ran out. */
static bool make_grid(const model *m, const double *values, grid *g)
{
    const double shrink = fmax(1, fmax((double)m->n_columns / MAX_COLUMNS, (double)m->n_rows / (2 * MAX_ROWS)));
    g->n_columns = (size_t)fmax(1, floor((double)m->n_columns / shrink));
    g->n_rows = (size_t)fmax(1, floor((double)m->n_rows / shrink));
    g->cells = calloc(g->n_rows * g->n_columns, sizeof *g->cells);
    for (size_t row = 0; g->cells && row < g->n_rows; row++)
        for (size_t column = 0; column < g->n_columns; column++)
            g->cells[row * g->n_columns + column] = mean_of_cell(g, row, column, m->n_rows, m->n_columns, values);
    return g->cells;
}

static double cell(const grid *g, size_t row, size_t column)
{
    return row < g->n_rows ? g->cells[row * g->n_columns + column] : 0;
}

/* ---------------------------------------------------------------------------------------------- */

/* White for ink; blue for what spoke for the class and red for what spoke against it. */
static rgb colour_of(double value, bool is_evidence)
{
    const double strength = sqrt(fmin(fabs(value), 1));
    const rgb full = !is_evidence ? (rgb){255, 255, 255} : value > 0 ? (rgb){90, 170, 255} : (rgb){255, 90, 80};
    const rgb paper = {24, 24, 28};
    const double share = is_evidence ? strength : fmin(fabs(value), 1);
    return (rgb){(uint8_t)(paper.red + share * (full.red - paper.red)),
                 (uint8_t)(paper.green + share * (full.green - paper.green)),
                 (uint8_t)(paper.blue + share * (full.blue - paper.blue))};
}

static char letter_of(double value, bool is_evidence)
{
    static const char ramp[] = " .:-=+*#%@";
    const double strength = fmin(fabs(value), 1);
    if (!is_evidence)
        return ramp[(size_t)(strength * 9 + 0.5)];
    if (strength < 0.1)
        return ' ';
    return value > 0 ? (strength > 0.4 ? '#' : '+') : (strength > 0.4 ? '=' : '-');
}

/* One row of characters. */
static void print_grid_row(FILE *out, bool colours, const grid *g, size_t row, bool is_evidence)
{
    for (size_t column = 0; column < g->n_columns; column++) {
        const double upper = cell(g, 2 * row, column), lower = cell(g, 2 * row + 1, column);
        if (!colours) {
            const double both = is_evidence && fabs(lower) > fabs(upper) ? lower
                                : is_evidence                            ? upper
                                                                         : (upper + lower) / 2;
            fputc(letter_of(both, is_evidence), out);
            continue;
        }
        const rgb front = colour_of(upper, is_evidence), back = colour_of(lower, is_evidence);
        fprintf(out, "\033[38;2;%d;%d;%dm\033[48;2;%d;%d;%dm\xe2\x96\x80", front.red, front.green, front.blue,
                back.red, back.green, back.blue);
    }
    if (colours)
        fputs("\033[0m", out);
}

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
static size_t choose_classes(const model *m, const float *probabilities, size_t shown[MAX_ROWS])
{
    if (m->n_classes <= MAX_ROWS) {
        for (size_t k = 0; k < m->n_classes; k++)
            shown[k] = k;
        return m->n_classes;
    }
    for (size_t n = 0; n < MAX_ROWS; n++) {
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
    return MAX_ROWS;
}

static void print_class(FILE *out, bool colours, size_t k, double probability, bool is_answer)
{
    fprintf(out, "%s%3zu ", colours && is_answer ? "\033[1m" : "", k);
    print_bar(out, colours, probability);
    fprintf(out, "%6.1f %%%s", 100 * probability, colours && is_answer ? "\033[0m" : "");
}

/* What spoke for class k, over its largest magnitude; values [n_features]. */
static void find_evidence(const model *m, const uint8_t *pixels, size_t k, double *values)
{
    double most = 0;
    for (size_t d = 0; d < m->n_features; d++) {
        double mean = 0;
        for (size_t j = 0; j < m->n_classes; j++)
            mean += (double)m->weight[j * m->n_features + d] / (double)m->n_classes;
        values[d] = pixels[d] / 255.0 * ((double)m->weight[k * m->n_features + d] - mean);
        most = fabs(values[d]) > most ? fabs(values[d]) : most;
    }
    for (size_t d = 0; most > 0 && d < m->n_features; d++)
        values[d] /= most;
}

static void print_rows(FILE *out, bool colours, const grid *image, const grid *evidence, const model *m,
                       const float *probabilities)
{
    size_t shown[MAX_ROWS];
    const size_t n_shown = choose_classes(m, probabilities, shown), n_image_rows = (image->n_rows + 1) / 2;
    const size_t answer = sm_argmax(m->n_classes, probabilities);
    const int width = (int)image->n_columns;
    fprintf(out, "%-*.*s  %-*.*s\n", width, width, "what the model saw", width, width, "for (#) and against (=)");
    for (size_t row = 0; row < (n_shown > n_image_rows ? n_shown : n_image_rows); row++) {
        if (row < n_image_rows) {
            print_grid_row(out, colours, image, row, false);
            fputs("  ", out);
            print_grid_row(out, colours, evidence, row, true);
        } else {
            fprintf(out, "%*s", 2 * width + 2, "");
        }
        if (row < n_shown)
            print_class(out, colours, shown[row], (double)probabilities[shown[row]], shown[row] == answer);
        fputc('\n', out);
    }
}

bool print_prediction(FILE *out, bool colours, const model *m, const uint8_t *pixels, const float *probabilities)
{
    double *values = calloc(m->n_features, sizeof *values);
    grid image = {0}, evidence = {0};
    for (size_t d = 0; values && d < m->n_features; d++)
        values[d] = pixels[d] / 255.0;
    bool ok = values && make_grid(m, values, &image);
    if (ok) {
        find_evidence(m, pixels, sm_argmax(m->n_classes, probabilities), values);
        ok = make_grid(m, values, &evidence);
    }
    if (ok)
        print_rows(out, colours, &image, &evidence, m, probabilities);
    free(evidence.cells);
    free(image.cells);
    free(values);
    return ok;
}
