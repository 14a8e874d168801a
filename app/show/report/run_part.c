/* What the numbers are of: the model, how it was trained, and the data. */
#include "show/html.h"
#include "show/report/parts.h"

/* A row of a name and a text, both from anywhere. */
static void print_row(buffer *b, const char *name, const char *text)
{
    buffer_print(b, "<tr><th scope=row>");
    buffer_add_html(b, name);
    buffer_print(b, "<td>");
    buffer_add_html(b, text);
    buffer_print(b, "\n");
}

static void print_notes(const model *m, buffer *b)
{
    for (size_t i = 0; i < m->n_notes; i++)
        print_row(b, m->notes[i].key, m->notes[i].value);
}

void print_run_part(const page *p, buffer *b)
{
    const report *r = p->r;
    const model *m = r->m;
    char features[FEATURES_TEXT_SIZE];
    buffer_print(b, "<table class=facts><tbody>\n");
    print_row(b, "Model file", r->model_path);
    buffer_print(b, "<tr><th scope=row>SHA-256<td><code>%s</code>\n", r->model_sha256);
    buffer_print(b, "<tr><th scope=row>Shape<td>%zu classes, images of %zu &times; %zu, %zu parameters\n",
                 m->n_classes, m->n_rows, m->n_columns, m->n_classes * (m->n_features + 1));
    features_print(&m->features, features);
    print_row(b, "Features", features);
    print_row(b, "Data folder", r->data_folder);
    buffer_print(b, "<tr><th scope=row>Images in it<td>%zu to test with", r->test->n_samples);
    if (r->n_training_images > 0)
        buffer_print(b, ", %zu to train with", r->n_training_images);
    buffer_print(b, "\n<tr><th scope=row>Program<td>mnist %s\n", MNIST_VERSION);
    buffer_print(b, "</table>\n<h3>As the model says it was trained</h3>\n");
    if (m->n_notes == 0)
        buffer_print(b, "<p class=empty>It says nothing.</p>\n");
    else
        buffer_print(b, "<table class=facts><tbody>\n");
    print_notes(m, b);
    buffer_print(b, m->n_notes == 0 ? "" : "</table>\n");
}
