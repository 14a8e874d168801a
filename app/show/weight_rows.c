#include "show/weight_rows.h"

#include <math.h>

#include "base/sizes.h"
#include "show/terminal.h"

/* Pictures side by side, two columns apart, fit 80 columns. */
enum { N_ACROSS = 3, PICTURE_COLUMNS = 25 };

/* The weights of class k, on a scale of their own. */
static terminal_picture picture_of(const model *m, size_t k)
{
    terminal_picture p = {.n_rows = m->n_rows,
                          .n_columns = m->n_columns,
                          .weights = m->weight + k * m->n_features,
                          .max_columns = PICTURE_COLUMNS};
    p.range = terminal_picture_peak(&p);
    return p;
}

/* Up to N_ACROSS classes from `first` on, on scales of their own if range is 0. */
static void print_group(FILE *out, bool colours, const model *m, size_t first, double range)
{
    terminal_picture pictures[N_ACROSS];
    const size_t n = size_min(m->n_classes - first, N_ACROSS);
    for (size_t i = 0; i < n; i++) {
        pictures[i] = picture_of(m, first + i);
        pictures[i].range = range > 0 ? range : pictures[i].range;
        fprintf(out, "%s%-*zu", i > 0 ? "  " : "", i + 1 < n ? (int)terminal_picture_width(&pictures[i]) : 0,
                first + i);
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

void print_weights(FILE *out, bool colours, const model *m, bool each)
{
    double range = 0;
    for (size_t k = 0; !each && k < m->n_classes; k++)
        range = fmax(range, picture_of(m, k).range);
    for (size_t first = 0; first < m->n_classes; first += N_ACROSS)
        print_group(out, colours, m, first, range);
    fprintf(out, "%s\n",
            !colours ? "# and + are evidence for a class, = and - against it; # and = are strong"
            : each   ? "blue is evidence for a class, red against it; each class has its own scale"
                     : "blue is evidence for a class, red against it; all classes share a scale");
}
