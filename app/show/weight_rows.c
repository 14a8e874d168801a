#include "show/weight_rows.h"

#include <math.h>
#include <stdlib.h>

#include "show/terminal.h"

/* Pictures side by side, with a gap of two, in 80 columns. */
enum { N_ACROSS = 3, PICTURE_COLUMNS = 25 };

static double max_magnitude(const float *values, size_t n)
{
    float max = 0;
    for (size_t i = 0; i < n; i++)
        max = fabsf(values[i]) > max ? fabsf(values[i]) : max;
    return (double)max;
}

/* The weights of class k as shares of a range; values [n_features] is scratch. */
static bool make_picture(const model *m, size_t k, double range, double *values, terminal_picture *p)
{
    for (size_t d = 0; d < m->n_features; d++)
        values[d] = range > 0 ? (double)m->weight[k * m->n_features + d] / range : 0;
    return terminal_picture_create(m->n_rows, m->n_columns, values, PICTURE_COLUMNS, p);
}

/* Up to N_ACROSS classes from `first` on. */
static bool print_group(FILE *out, bool colours, const model *m, size_t first, double range, double *values)
{
    terminal_picture pictures[N_ACROSS] = {{0}};
    const size_t n = m->n_classes - first < N_ACROSS ? m->n_classes - first : N_ACROSS;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        const double own = max_magnitude(m->weight + (first + i) * m->n_features, m->n_features);
        ok = make_picture(m, first + i, range > 0 ? range : own, values, &pictures[i]);
    }
    for (size_t i = 0; ok && i < n; i++)
        fprintf(out, "%s%-*zu", i > 0 ? "  " : "", i + 1 < n ? (int)pictures[i].n_columns : 0, first + i);
    for (size_t row = 0; ok && row < terminal_picture_height(&pictures[0]); row++) {
        fputc('\n', out);
        for (size_t i = 0; i < n; i++) {
            fputs(i > 0 ? "  " : "", out);
            terminal_picture_print_row(out, colours, &pictures[i], row, TERMINAL_SIGNED);
        }
    }
    for (size_t i = 0; i < n; i++)
        free(pictures[i].cells);
    if (ok)
        fputs("\n\n", out);
    return ok;
}

bool print_weights(FILE *out, bool colours, const model *m, bool each)
{
    const double range = each ? 0 : max_magnitude(m->weight, m->n_classes * m->n_features);
    double *values = calloc(m->n_features, sizeof *values);
    bool ok = values;
    for (size_t first = 0; ok && first < m->n_classes; first += N_ACROSS)
        ok = print_group(out, colours, m, first, range, values);
    if (ok)
        fprintf(out, "%s\n",
                !colours ? "# and + speak for a class, = and - against it, # and = the most"
                : each   ? "blue speaks for a class, red against it; each class has its own scale"
                         : "blue speaks for a class, red against it; all classes share a scale");
    free(values);
    return ok;
}
