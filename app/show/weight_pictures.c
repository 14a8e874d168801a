#include "show/weight_pictures.h"

#include <math.h>
#include <stdio.h>

#include "show/colours.h"

enum {
    GAP = 16,
    LABEL_HEIGHT = 24,
    LEGEND_HEIGHT = 56,
    LEGEND_BAR_HEIGHT = 14,
    MAX_LEGEND_WIDTH = 480,
    TEXT_SCALE = 2
};

/* The magnitude of a weight that is drawn in full colour, for class k. */
static double range_of(const model *m, size_t k, bool each)
{
    return each ? colour_range(m->n_features, m->weight + k * m->n_features)
                : colour_range(m->n_classes * m->n_features, m->weight);
}

static void draw_at(picture *p, size_t left, size_t top, const model *m, size_t k, const weight_options *options)
{
    const double range = range_of(m, k, options->each);
    const float *weight = m->weight + k * m->n_features;
    for (size_t row = 0; row < m->n_rows; row++) {
        for (size_t column = 0; column < m->n_columns; column++) {
            const double w = (double)weight[row * m->n_columns + column];
            canvas_fill(p, left + column * options->scale, top + row * options->scale, options->scale,
                        options->scale, colour_diverging(range > 0 ? w / range : 0));
        }
    }
}

status draw_class_weights(const model *m, size_t k, const weight_options *options, picture *p, failure *f)
{
    const status result = canvas_create(m->n_columns * options->scale, m->n_rows * options->scale, p, f);
    if (result == STATUS_OK)
        draw_at(p, 0, 0, m, k, options);
    return result;
}

/* A bar of the colours with the weights they stand for below it. */
static void draw_legend(picture *p, size_t left, size_t top, size_t width, double range, bool each)
{
    char low[32], high[32];
    (void)snprintf(low, sizeof low, each ? "-max" : "-%.3g", range);
    (void)snprintf(high, sizeof high, each ? "+max" : "+%.3g", range);
    for (size_t x = 0; x < width; x++)
        canvas_fill(p, left + x, top, 1, LEGEND_BAR_HEIGHT,
                    colour_diverging(2 * (double)x / (double)(width > 1 ? width - 1 : 1) - 1));
    const size_t below = top + LEGEND_BAR_HEIGHT + 6;
    canvas_text(p, left, below, TEXT_SCALE, low, colour_black);
    canvas_text_centred(p, left + width / 2, below + CANVAS_LETTER_HEIGHT * TEXT_SCALE / 2, TEXT_SCALE, "0",
                        colour_black);
    canvas_text(p, left + width - canvas_text_width(high, TEXT_SCALE), below, TEXT_SCALE, high, colour_black);
}

status draw_weight_sheet(const model *m, const weight_options *options, picture *p, failure *f)
{
    const size_t n_across = (size_t)ceil(sqrt(2.5 * (double)m->n_classes));
    const size_t n_down = (m->n_classes + n_across - 1) / n_across;
    const size_t cell_width = m->n_columns * options->scale + GAP;
    const size_t cell_height = LABEL_HEIGHT + m->n_rows * options->scale + GAP;
    const size_t sheet_width = GAP + n_across * cell_width;
    const size_t width = sheet_width > 200 ? sheet_width : 200; /* room for the legend */
    const status result = canvas_create(width, GAP + n_down * cell_height + LEGEND_HEIGHT, p, f);
    if (result != STATUS_OK)
        return result;
    for (size_t k = 0; k < m->n_classes; k++) {
        const size_t left = GAP + k % n_across * cell_width, top = GAP + k / n_across * cell_height;
        char label[24];
        (void)snprintf(label, sizeof label, "%zu", k);
        canvas_text_centred(p, left + m->n_columns * options->scale / 2, top + LABEL_HEIGHT / 2 - 2, TEXT_SCALE,
                            label, colour_black);
        canvas_fill(p, left - 1, top + LABEL_HEIGHT - 1, cell_width - GAP + 2, m->n_rows * options->scale + 2,
                    (rgb){190, 190, 190});
        draw_at(p, left, top + LABEL_HEIGHT, m, k, options);
    }
    const size_t room = width - 2 * GAP, legend_width = room < MAX_LEGEND_WIDTH ? room : MAX_LEGEND_WIDTH;
    draw_legend(p, (width - legend_width) / 2, GAP + n_down * cell_height, legend_width,
                range_of(m, 0, options->each), options->each);
    return STATUS_OK;
}
