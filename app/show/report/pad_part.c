/* The drawing pad, and the model for it. */
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "model/pixel_model.h"
#include "show/report/page_files.h"
#include "show/report/parts.h"

void print_pad_part(const page *p, buffer *b)
{
    if (p->has_pad)
        buffer_add(b, page_pad.data, page_pad.size);
    else if (pixel_model_needs_data(p->r->m))
        buffer_print(b,
                     "<p class=empty>The model reads %s features, which a page does not compute: "
                     "<code>mnist predict</code> reads pictures with it.</p>\n",
                     features_map(&p->r->m->features)->name);
    else
        buffer_print(b,
                     "<p class=empty>The model has %zu weights, too many for a page to hold: "
                     "<code>mnist predict</code> reads pictures with it.</p>\n",
                     p->r->m->n_classes * p->r->m->n_features);
}

/* Floats as they are in the model's file, lowest byte first, in base64. A multiple of 3 at a time needs no padding. */
static void print_floats(const float *values, size_t n, buffer *b)
{
    enum { N_AT_ONCE = 192 };
    for (size_t first = 0; first < n; first += N_AT_ONCE) {
        const size_t count = n - first < N_AT_ONCE ? n - first : N_AT_ONCE;
        uint8_t packed[N_AT_ONCE * sizeof(float)];
        for (size_t i = 0; i < count; i++) {
            uint32_t bits;
            memcpy(&bits, &values[first + i], sizeof bits);
            for (size_t j = 0; j < sizeof bits; j++)
                packed[i * sizeof bits + j] = (uint8_t)(bits >> 8 * j);
        }
        buffer_add_base64(b, packed, count * sizeof(float));
    }
}

void print_model_data(const page *p, buffer *b)
{
    const model *m = p->r->m;
    if (!p->has_pad)
        return;
    buffer_print(b, "{\"classes\":%zu,\"rows\":%zu,\"columns\":%zu,\"temperature\":%.17g,\"weight\":\"",
                 m->n_classes, m->n_rows, m->n_columns, m->temperature);
    print_floats(m->weight, m->n_classes * m->n_features, b);
    buffer_print(b, "\",\"bias\":\"");
    print_floats(m->bias, m->n_classes, b);
    buffer_print(b, "\"}");
}
