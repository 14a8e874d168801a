/* What the model has learned, a picture a class. */
#include <math.h>

#include "model/pixel_model.h"
#include "show/report/parts.h"

/* The lowest and highest weight of a class. */
static void print_range(const model *m, size_t k, buffer *b)
{
    const float *weight = m->weight + k * m->n_features;
    float low = weight[0], high = weight[0];
    for (size_t i = 1; i < m->n_features; i++) {
        low = fminf(low, weight[i]);
        high = fmaxf(high, weight[i]);
    }
    buffer_print(b, "from %.3g to %.3g", (double)low, (double)high);
}

void print_weights_part(const page *p, buffer *b)
{
    const model *m = p->r->shown;
    buffer_print(b,
                 "<p>%s Blue pixels speak for the class, red ones against it; all classes share one scale.</p>\n",
                 pixel_model_needs_data(p->r->m)
                     ? "How the score of each class moves with each pixel, the mean over its test images."
                     : "Each class sees its own weights.");
    buffer_print(b, "<div class=\"weights%s\">\n", m->n_classes > PAGE_MANY_CLASSES ? " many" : "");
    for (size_t k = 0; k < m->n_classes; k++) {
        buffer_print(
            b, "<figure><i class=weight style=\"--x:%zu;--y:%zu\" role=img aria-label=\"Weights of class %zu, ",
            k % p->weights.n_across, k / p->weights.n_across, k);
        print_range(m, k, b);
        buffer_print(b, "\"></i><figcaption>%zu <small>bias %.3g</small></figcaption></figure>\n", k,
                     (double)m->bias[k]);
    }
    buffer_print(b,
                 "</div>\n<div class=legend><span>%.3g<br>against</span><i class=scale></i><span>+%.3g<br>for"
                 "</span></div>\n",
                 -p->weight_range, p->weight_range);
}
