#include "show/report/page.h"

#include <math.h>
#include <stdlib.h>

#include "base/sizes.h"
#include "model/pixel_model.h"
#include "show/report/report.h"

/* Adds the rule for the tiles of a sheet, each enlarged by a whole factor to at most `side` pixels of the screen. */
static void print_sheet_style(const sheet *sh, const char *name, size_t side, buffer *b)
{
    const size_t longer = size_max(sh->tile_height, sh->tile_width);
    const size_t zoom = size_max(side / longer, 1);
    if (sh->n_tiles == 0)
        return;
    buffer_print(b, ".%s{--w:%zupx;--h:%zupx;--across:%zu;background-image:url(data:image/png;base64,", name,
                 zoom * sh->tile_width, zoom * sh->tile_height, sh->n_across);
    buffer_add_base64(b, sh->png.data, sh->png.size);
    buffer_print(b, ")}\n");
}

void print_sheet_styles(const page *p, buffer *b)
{
    enum { IMAGE_SIDE = 56, WEIGHT_SIDE = 140 };
    print_sheet_style(&p->image_sheet, "tile", IMAGE_SIDE, b);
    print_sheet_style(&p->weight_sheet, "weight", p->in->m.n_classes > PAGE_MANY_CLASSES ? IMAGE_SIDE : WEIGHT_SIDE,
                      b);
}

void print_missing_pad(const page *p, buffer *b)
{
    const model *m = &p->in->m;
    if (report_has_reader())
        buffer_print(b, "<p class=empty>The model has %zu weights, too many for a page to hold",
                     m->n_classes * m->n_features);
    else
        buffer_print(
            b, "<p class=empty>The program that wrote this page was built without a compiler for WebAssembly");
    buffer_print(b, ": <code>mnist predict</code> reads pictures with this model.</p>\n");
}

void print_module_data(const page *p, buffer *b)
{
    buffer_add_base64(b, p->module.data, p->module.size);
}

void print_model_data(const page *p, buffer *b)
{
    buffer_add_base64(b, p->model.data, p->model.size);
}

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

void print_weights_section(const page *p, buffer *b)
{
    const model *m = &p->in->shown;
    buffer_print(
        b,
        "<p>%s Blue pixels are evidence for the class, red pixels evidence against it; all classes share "
        "one scale.</p>\n",
        pixel_model_needs_data(&p->in->m)
            ? "The gradient of the score of each class with respect to each pixel, the mean over its test images."
            : "The weights of each class.");
    buffer_print(b, "<div class=\"weights%s\">\n", m->n_classes > PAGE_MANY_CLASSES ? " many" : "");
    for (size_t k = 0; k < m->n_classes; k++) {
        buffer_print(
            b, "<figure><i class=weight style=\"--x:%zu;--y:%zu\" role=img aria-label=\"Weights of class %zu, ",
            k % p->weight_sheet.n_across, k / p->weight_sheet.n_across, k);
        print_range(m, k, b);
        buffer_print(b, "\"></i><figcaption>%zu <small>bias %.3g</small></figcaption></figure>\n", k,
                     (double)m->bias[k]);
    }
    buffer_print(b,
                 "</div>\n<div class=legend><span>%.3g<br>against</span><i class=scale></i><span>+%.3g<br>for"
                 "</span></div>\n",
                 -p->weight_range, p->weight_range);
}

static int compare_samples(const void *a, const void *b)
{
    const example *x = a, *y = b;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

static void print_example(const page *p, const example *e, buffer *b)
{
    const example *shown = bsearch(e, p->images->shown, p->images->n_shown, sizeof *e, compare_samples);
    const size_t tile = (size_t)(shown - p->images->shown), label = p->in->test.labels[e->sample];
    buffer_print(b,
                 "<figure><i class=tile style=\"--x:%zu;--y:%zu\" role=img aria-label=\"Test image %zu\"></i>"
                 "<figcaption><b>%zu</b>",
                 tile % p->image_sheet.n_across, tile / p->image_sheet.n_across, e->sample, label);
    if (label == e->prediction)
        buffer_print(b, " %.1f&nbsp;%%<br>", 100 * e->confidence);
    else
        buffer_print(b, " read as <b>%zu</b><br>%.1f&nbsp;%% ", e->prediction, 100 * e->confidence);
    buffer_print(b, "<small>#%zu</small></figcaption></figure>\n", e->sample);
}

static void print_examples(const page *p, size_t n, const example *examples, const char *if_none, buffer *b)
{
    if (n == 0) {
        buffer_print(b, "<p class=empty>%s</p>\n", if_none);
        return;
    }
    buffer_print(b, "<div class=shots>\n");
    for (size_t i = 0; i < n; i++)
        print_example(p, &examples[i], b);
    buffer_print(b, "</div>\n");
}

void print_mistakes_section(const page *p, buffer *b)
{
    print_examples(p, p->images->n_mistakes, p->images->mistakes, "No image was misread.", b);
}

void print_hits_section(const page *p, buffer *b)
{
    print_examples(p, p->images->n_hits, p->images->hits, "No image was read correctly.", b);
}

/* For each tile: sample, label, prediction, confidence in thousandths. */
void print_image_data(const page *p, buffer *b)
{
    buffer_print(b, "{\"across\":%zu,\"tiles\":[", p->image_sheet.n_across);
    for (size_t i = 0; i < p->images->n_shown; i++) {
        const example *e = &p->images->shown[i];
        buffer_print(b, "%s[%zu,%u,%zu,%.0f]", i ? "," : "", e->sample, p->in->test.labels[e->sample],
                     e->prediction, 1000 * e->confidence);
    }
    buffer_print(b, "]}");
}
