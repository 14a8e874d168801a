/* How training went, as training told it. */
#include <stdlib.h>

#include "show/chart.h"
#include "show/html.h"
#include "show/report/parts.h"

/* A column of the history: of a row, the number to draw. */
typedef double column(const history_row *row);

static double number(const history_row *row)
{
    return row->number;
}

static double objective(const history_row *row)
{
    return row->objective;
}

static double validation_loss(const history_row *row)
{
    return row->validation_loss;
}

static double training_percent(const history_row *row)
{
    return 100 * row->training_accuracy;
}

static double validation_percent(const history_row *row)
{
    return 100 * row->validation_accuracy;
}

static void take_column(const history *h, column *of, double *values)
{
    for (size_t i = 0; i < h->n_rows; i++)
        values[i] = of(&h->rows[i]);
}

/* A chart of one or two columns, the first on all images trained on, the second on those held out. */
typedef struct curves {
    const char *name, *description;
    column *training, *validation;
} curves;

/* Iterations come in whole numbers, and so do their marks. */
static size_t x_steps(const history *h)
{
    enum { N_STEPS = 6 };
    return h->n_rows > N_STEPS ? N_STEPS : h->n_rows > 1 ? h->n_rows - 1 : 1;
}

static void print_curves(const history *h, const curves *c, double *x, double *y, buffer *b)
{
    double *second = y + h->n_rows;
    take_column(h, number, x);
    take_column(h, c->training, y);
    take_column(h, c->validation, second);
    const chart ch = {axis_for(h->n_rows, x, x_steps(h)), axis_for(2 * h->n_rows, y, 5),
                      h->by_epoch ? "epoch" : "iteration", c->name, c->description};
    chart_begin(b, &ch);
    chart_line(b, &ch, "training", h->n_rows, x, y);
    chart_line(b, &ch, "validation", h->n_rows, x, second);
    chart_end(b);
}

static bool has_validation(const history *h)
{
    for (size_t i = 0; i < h->n_rows; i++)
        if (h->rows[i].validation_loss > 0 || h->rows[i].validation_accuracy > 0)
            return true;
    return false;
}

static void print_charts(const history *h, double *x, double *y, buffer *b)
{
    static const curves loss = {"objective and loss", "The objective, and the validation loss if there is one",
                                objective, validation_loss};
    static const curves accuracy = {"accuracy, %", "Training accuracy, and validation accuracy if there is one",
                                    training_percent, validation_percent};
    buffer_print(b, "<div class=pair>\n<figure>");
    print_curves(h, &loss, x, y, b);
    buffer_print(b, "</figure>\n<figure>");
    print_curves(h, &accuracy, x, y, b);
    buffer_print(b, "</figure>\n</div>\n<p class=keys><span class=\"key training\">training</span>");
    buffer_print(b, has_validation(h) ? " <span class=\"key validation\">validation</span></p>\n"
                                      : " <span class=note>no images were held out for validation</span></p>\n");
}

static void print_missing(const page *p, const char *what, buffer *b)
{
    buffer_print(b, "<p class=empty>");
    buffer_add_html(b, p->r->history_path);
    buffer_print(b, " %s</p>\n", what);
}

void print_curves_part(const page *p, buffer *b)
{
    const history *h = p->r->h;
    if (!h || h->n_rows == 0) {
        print_missing(p, h ? "has no rows." : "is not there: training leaves it beside the model.", b);
        return;
    }
    double *x = calloc(h->n_rows, sizeof *x), *y = calloc(2 * h->n_rows, sizeof *y);
    if (x && y)
        print_charts(h, x, y, b);
    else
        b->failed = true;
    free(y);
    free(x);
}
