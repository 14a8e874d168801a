/* Single test images that tell something of the model. */
#include "show/report/parts.h"

/* The tile of a sample, by halving; n_tiles if it is on none. */
static size_t find_tile(const page *p, size_t sample)
{
    size_t low = 0, high = p->images.n_tiles;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (p->samples[middle] < sample)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->images.n_tiles && p->samples[low] == sample ? low : p->images.n_tiles;
}

static void print_image(const page *p, size_t sample, buffer *b)
{
    const size_t tile = find_tile(p, sample), label = p->r->test->labels[sample];
    const size_t prediction = report_prediction(p->r, sample);
    const double percent = 100 * report_confidence(p->r, sample);
    buffer_print(b, "<figure>");
    if (tile < p->images.n_tiles)
        buffer_print(b, "<i class=tile style=\"--x:%zu;--y:%zu\" role=img aria-label=\"Test image %zu\"></i>",
                     tile % p->images.n_across, tile / p->images.n_across, sample);
    if (label == prediction)
        buffer_print(b, "<figcaption><b>%zu</b> %.1f&nbsp;%%<br>", label, percent);
    else
        buffer_print(b, "<figcaption><b>%zu</b> read as <b>%zu</b><br>%.1f&nbsp;%% ", label, prediction, percent);
    buffer_print(b, "<small>#%zu</small></figcaption></figure>\n", sample);
}

static void print_examples(const page *p, const examples *e, const char *none, buffer *b)
{
    if (e->n == 0) {
        buffer_print(b, "<p class=empty>%s</p>\n", none);
        return;
    }
    buffer_print(b, "<div class=shots>\n");
    for (size_t i = 0; i < e->n; i++)
        print_image(p, e->samples[i], b);
    buffer_print(b, "</div>\n");
}

void print_mistakes_part(const page *p, buffer *b)
{
    print_examples(p, &p->mistakes, "No image was misread.", b);
}

void print_hits_part(const page *p, buffer *b)
{
    print_examples(p, &p->hits, "No image was read right.", b);
}
