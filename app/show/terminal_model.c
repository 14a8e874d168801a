#include "show/terminal_model.h"

#include <math.h>

#include "base/pool.h"
#include "base/sizes.h"
#include "model/pixel_model.h"
#include "model/prediction.h"
#include "show/terminal.h"

/* Pictures side by side are GAP columns apart; none is narrower than MIN_COLUMNS for the sake of the next one. */
enum { GAP = 2, MIN_COLUMNS = 25, MAX_ACROSS = 64 };

/* How pictures of weights are laid out. */
typedef struct layout {
    size_t n_across, max_columns; /* of a picture */
    double range;                 /* that all classes share; 0 if each has its own */
} layout;

static terminal_picture picture_of(const model *m, size_t k, const layout *l)
{
    terminal_picture p = {.n_rows = m->n_rows,
                          .n_columns = m->n_columns,
                          .weights = m->weight + k * m->n_features,
                          .max_columns = l->max_columns};
    p.range = l->range > 0 ? l->range : terminal_picture_peak(&p);
    return p;
}

static layout make_layout(const model *m, size_t columns, bool each)
{
    const size_t n_fitting = (columns + GAP) / (MIN_COLUMNS + GAP);
    layout l = {.n_across = size_max(size_min(size_min(n_fitting, m->n_classes), MAX_ACROSS), 1)};
    l.max_columns = size_max((columns + GAP) / l.n_across, GAP + 1) - GAP;
    double range = 0;
    for (size_t k = 0; !each && k < m->n_classes; k++)
        range = fmax(range, picture_of(m, k, &l).range);
    l.range = range;
    return l;
}

/* A row of pictures, of the classes from `first` on. */
static void print_row(FILE *out, terminal_depth colours, const model *m, size_t first, const layout *l)
{
    terminal_picture pictures[MAX_ACROSS];
    const size_t n = size_min(m->n_classes - first, l->n_across);
    for (size_t i = 0; i < n; i++) {
        char number[CLASS_NAME_SIZE];
        pictures[i] = picture_of(m, first + i, l);
        const int width = (int)terminal_picture_width(&pictures[i]);
        fprintf(out, "%s%-*.*s", i > 0 ? "  " : "", i + 1 < n ? width : 0, width,
                class_label(m->names, first + i, number));
    }
    for (size_t line = 0; line < terminal_picture_height(&pictures[0]); line++) {
        fputc('\n', out);
        for (size_t i = 0; i < n; i++) {
            fputs(i > 0 ? "  " : "", out);
            terminal_picture_print_line(out, colours, &pictures[i], line);
        }
    }
    fputs("\n\n", out);
}

void print_weights(FILE *out, terminal_depth colours, size_t columns, const model *m, bool each)
{
    const layout l = make_layout(m, columns, each);
    for (size_t first = 0; first < m->n_classes; first += l.n_across)
        print_row(out, colours, m, first, &l);
    fprintf(out, "%s\n",
            !colours ? "# and + are evidence for a class, = and - against it; # and = are strong"
            : each   ? "blue is evidence for a class, red against it; each class has its own scale"
                     : "blue is evidence for a class, red against it; all classes share a scale");
}

enum { PICTURE_COLUMNS = 28, MAX_BARS = 14, BAR_COLUMNS = 10 };

/* In whole columns, or in colour in eighths of a column: U+2588 is a whole block, U+258F the thinnest. */
static void print_bar(FILE *out, terminal_depth colours, double share)
{
    const size_t n_eighths = (size_t)(share * BAR_COLUMNS * 8 + 0.5), rest = colours ? n_eighths % 8 : 0;
    const size_t n_full = colours ? n_eighths / 8 : (size_t)(share * BAR_COLUMNS + 0.5);
    for (size_t i = 0; i < n_full; i++)
        fputs(colours ? "\xe2\x96\x88" : "#", out);
    if (rest > 0)
        fprintf(out, "\xe2\x96%c", 0x90 - (int)rest);
    fprintf(out, "%*s", (int)(BAR_COLUMNS - n_full - (rest > 0)), "");
}

static void print_class(FILE *out, terminal_depth colours, const char *label, double probability, bool is_likeliest)
{
    fprintf(out, "%s%3s ", colours && is_likeliest ? "\033[1m" : "", label);
    print_bar(out, colours, probability);
    fprintf(out, "%6.1f %%%s", 100 * probability, colours && is_likeliest ? "\033[0m" : "");
}

/* The classes whose bars are shown: all in order, or the likeliest of many; returns how many. */
static size_t choose_classes(const model *m, const float *probabilities, size_t classes[MAX_BARS])
{
    if (m->n_classes > MAX_BARS)
        return likeliest_classes(m->n_classes, probabilities, MAX_BARS, classes);
    for (size_t k = 0; k < m->n_classes; k++)
        classes[k] = k;
    return m->n_classes;
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

static void print_lines(FILE *out, terminal_depth colours, const terminal_picture *image,
                        const terminal_picture *evidence, const model *m, const float *probabilities)
{
    char number[CLASS_NAME_SIZE];
    size_t classes[MAX_BARS];
    const size_t n = choose_classes(m, probabilities, classes), height = terminal_picture_height(image);
    const size_t likeliest = sm_argmax(m->n_classes, probabilities);
    const int width = (int)terminal_picture_width(image);
    fprintf(out, "%-*.*s  %.*s\n", width, width, "what the model sees", width,
            colours ? "evidence for and against" : "for (#+) and against (=-)");
    for (size_t line = 0; line < size_max(n, height); line++) {
        terminal_picture_print_line(out, colours, image, line);
        fputs("  ", out);
        terminal_picture_print_line(out, colours, evidence, line);
        if (line < n)
            print_class(out, colours, class_label(m->names, classes[line], number),
                        (double)probabilities[classes[line]], classes[line] == likeliest);
        fputc('\n', out);
    }
}

status print_prediction(FILE *out, terminal_depth colours, const model *m, const uint8_t *pixels,
                        const float *probabilities, failure *f)
{
    pool memory = {0};
    float *above = pool_take(&memory, m->n_features, sizeof *above);
    float *gradient = pool_take(&memory, m->n_rows * m->n_columns, sizeof *gradient);
    status result = memory.has_failed ? fail_memory(f) : STATUS_OK;
    if (result == STATUS_OK) {
        compare_weights(m, sm_argmax(m->n_classes, probabilities), above);
        result = pixel_gradient(m, pixels, above, gradient, f);
    }
    if (result == STATUS_OK) {
        const terminal_picture image = {m->n_rows, m->n_columns, pixels, NULL, 1, PICTURE_COLUMNS};
        terminal_picture evidence = image;
        evidence.weights = gradient;
        evidence.range = terminal_picture_peak(&evidence);
        print_lines(out, colours, &image, &evidence, m, probabilities);
    }
    pool_free(&memory);
    return result;
}
