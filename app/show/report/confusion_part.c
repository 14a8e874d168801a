/* The confusion matrix, as a table whose cells are coloured by their share of their row. */
#include <math.h>

#include "show/report/parts.h"

enum { N_SHADES = 9 };

/* The root lifts the few mistakes out of the white. */
static size_t shade_of(size_t count, size_t n_of_class)
{
    return (size_t)ceil(N_SHADES * sqrt((double)count / (double)n_of_class) - 0.5);
}

static void print_cell(buffer *b, size_t count, size_t n_of_class)
{
    const size_t shade = count > 0 ? shade_of(count, n_of_class) : 0;
    if (count == 0)
        buffer_print(b, "<td>");
    else if (shade == 0)
        buffer_print(b, "<td>%zu", count);
    else
        buffer_print(b, "<td class=h%zu>%zu", shade, count);
}

void print_confusion_part(const page *p, buffer *b)
{
    const scores *s = p->r->s;
    buffer_print(b,
                 "<table id=matrix%s><caption class=unseen>Confusion matrix: true classes are rows, predicted "
                 "classes columns</caption>\n<thead><tr><th>",
                 s->n_classes > PAGE_MANY_CLASSES ? " class=many" : "");
    for (size_t k = 0; k < s->n_classes; k++)
        buffer_print(b, "<th scope=col>%zu", k);
    buffer_print(b, "<tbody>\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        buffer_print(b, "<tr><th scope=row>%zu", i);
        for (size_t j = 0; j < s->n_classes; j++)
            print_cell(b, s->confusion[i * s->n_classes + j], s->classes[i].support);
        buffer_print(b, "\n");
    }
    buffer_print(b, "</table>\n");
}

/* Where each tile of the sheet is in the matrix: sample, label, prediction, confidence in thousandths. */
void print_image_data(const page *p, buffer *b)
{
    buffer_print(b, "{\"across\":%zu,\"tiles\":[", p->images.n_across);
    for (size_t i = 0; i < p->images.n_tiles; i++) {
        const size_t sample = p->samples[i];
        buffer_print(b, "%s[%zu,%u,%zu,%.0f]", i ? "," : "", sample, p->r->test->labels[sample],
                     report_prediction(p->r, sample), 1000 * report_confidence(p->r, sample));
    }
    buffer_print(b, "]}");
}
