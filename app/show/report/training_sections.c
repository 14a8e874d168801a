#include "show/report/page.h"

#include <stdlib.h>

#include "show/chart.h"

/* x and y have room for n_rows and 2 n_rows numbers: the curve of the training set, then that of the validation set. */
static void print_chart(const history *h, bool of_accuracy, double *x, double *y, buffer *b)
{
    enum { MAX_STEPS = 6 };
    for (size_t i = 0; i < h->n_rows; i++) {
        const history_row *row = &h->rows[i];
        x[i] = row->number;
        y[i] = of_accuracy ? 100 * row->training_accuracy : row->objective;
        y[h->n_rows + i] = of_accuracy ? 100 * row->validation_accuracy : row->validation_loss;
    }
    /* at most one mark for each iteration */
    const size_t n_steps = h->n_rows > MAX_STEPS ? MAX_STEPS : h->n_rows > 1 ? h->n_rows - 1 : 1;
    const chart c = {axis_for(h->n_rows, x, n_steps), axis_for(2 * h->n_rows, y, 5),
                     h->by_epoch ? "epoch" : "iteration", of_accuracy ? "accuracy, %" : "objective and loss",
                     of_accuracy ? "Training accuracy, and validation accuracy if there is one"
                                 : "The objective, and the validation loss if there is one"};
    chart_begin(b, &c);
    chart_line(b, &c, "training", h->n_rows, x, y);
    chart_line(b, &c, "validation", h->n_rows, x, y + h->n_rows);
    chart_end(b);
}

static bool has_validation(const history *h)
{
    for (size_t i = 0; i < h->n_rows; i++)
        if (h->rows[i].validation_loss > 0 || h->rows[i].validation_accuracy > 0)
            return true;
    return false;
}

static void print_charts(const history *h, buffer *b)
{
    double *x = calloc(h->n_rows, sizeof *x), *y = calloc(2 * h->n_rows, sizeof *y);
    b->failed = b->failed || !x || !y;
    if (!b->failed) {
        buffer_print(b, "<div class=pair>\n<figure>");
        print_chart(h, false, x, y, b);
        buffer_print(b, "</figure>\n<figure>");
        print_chart(h, true, x, y, b);
        buffer_print(b, "</figure>\n</div>\n<p class=keys><span class=\"key training\">training</span>");
        buffer_print(b, has_validation(h) ? " <span class=\"key validation\">validation</span></p>\n"
                                          : " <span class=note>there is no validation set</span></p>\n");
    }
    free(y);
    free(x);
}

void print_curves_section(const page *p, buffer *b)
{
    const history *h = &p->in->h;
    if (h->n_rows > 0) {
        print_charts(h, b);
        return;
    }
    buffer_print(b, "<p class=empty>");
    buffer_add_html(b, p->in->folder);
    buffer_print(b, "/history.csv %s</p>\n",
                 p->in->has_history ? "has no rows." : "does not exist: training writes it beside the model.");
}

/* A row of a table; both texts may hold any bytes. */
static void print_row(buffer *b, const char *name, const char *text)
{
    buffer_print(b, "<tr><th scope=row>");
    buffer_add_html(b, name);
    buffer_print(b, "<td>");
    buffer_add_html(b, text);
    buffer_print(b, "\n");
}

void print_notes_section(const page *p, buffer *b)
{
    const model *m = &p->in->m;
    buffer_print(b, m->n_notes > 0 ? "<table class=facts><tbody>\n"
                                   : "<p class=empty>The model file does not describe it.</p>\n");
    for (size_t i = 0; i < m->n_notes; i++)
        print_row(b, m->notes[i].key, m->notes[i].value);
    buffer_print(b, m->n_notes > 0 ? "</table>\n" : "");
}

void print_run_section(const page *p, buffer *b)
{
    const report_input *in = p->in;
    const model *m = &in->m;
    char features[FEATURES_TEXT_SIZE];
    features_print(&m->features, features);
    buffer_print(b, "<tr><th scope=row>Model file<td>");
    buffer_add_html(b, in->folder);
    buffer_print(b, "/model.safetensors\n<tr><th scope=row>SHA-256<td><code>%s</code>\n", in->model_sha256);
    buffer_print(b, "<tr><th scope=row>Shape<td>%zu classes, images of %zu &times; %zu, %zu parameters\n",
                 m->n_classes, m->n_rows, m->n_columns, m->n_classes * (m->n_features + 1));
    print_row(b, "Features", features);
    print_row(b, "Data folder", in->data_folder);
    buffer_print(b, "<tr><th scope=row>Images in it<td>%zu for testing", in->test.n_samples);
    if (in->n_training_images > 0)
        buffer_print(b, ", %zu for training", in->n_training_images);
    buffer_print(b, "\n<tr><th scope=row>Program<td>mnist %s\n", MNIST_VERSION);
}
