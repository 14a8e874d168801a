/* Precision, recall and F1 a class. */
#include "show/report/parts.h"

static void print_share(buffer *b, double share)
{
    buffer_print(b, "<td><i class=bar style=\"--share:%.4f\"></i>%.2f", share, 100 * share);
}

void print_classes_part(const page *p, buffer *b)
{
    const scores *s = p->r->s;
    buffer_print(
        b, "<table class=classes><thead><tr><th scope=col>Class<th scope=col>Precision, %%<th scope=col>Recall, "
           "%%<th scope=col>F1, %%<th scope=col>Images\n<tbody>\n");
    for (size_t k = 0; k < s->n_classes; k++) {
        const sm_class_metrics *c = &s->classes[k];
        buffer_print(b, "<tr><th scope=row>%zu", k);
        print_share(b, c->precision);
        print_share(b, c->recall);
        print_share(b, c->f1);
        buffer_print(b, "<td>%zu\n", c->support);
    }
    buffer_print(b, "</table>\n");
}
