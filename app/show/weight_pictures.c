#include "show/weight_pictures.h"

#include <math.h>
#include <stdio.h>

#include "base/sizes.h"

enum {
    GAP = 16,
    LABEL_HEIGHT = 24,
    LEGEND_HEIGHT = 56,
    LEGEND_BAR_HEIGHT = 14,
    MAX_LEGEND_WIDTH = 480,
    MIN_SHEET_WIDTH = 200 /* room for the legend */
};

static const letter_size SIZE = LETTERS_LARGE;

/* The magnitude of a weight of class k that is drawn in full colour. */
static double range_of(const model *m, size_t k, bool each)
{
    return each ? colour_range(m->n_features, m->weight + k * m->n_features)
                : colour_range(m->n_classes * m->n_features, m->weight);
}

static void draw_at(picture *p, size_t left, size_t top, const model *m, size_t k, const weight_options *options)
{
    const double range = range_of(m, k, options->each);
    const size_t scale = options->scale;
    for (size_t d = 0; d < m->n_features; d++) {
        const double w = (double)m->weight[k * m->n_features + d];
        canvas_fill(p, left + d % m->n_columns * scale, top + d / m->n_columns * scale, scale, scale,
                    colour_diverging(range > 0 ? w / range : 0));
    }
}

picture draw_class_weights(const model *m, size_t k, const weight_options *options)
{
    picture p = canvas_create(m->n_columns * options->scale, m->n_rows * options->scale);
    draw_at(&p, 0, 0, m, k, options);
    return p;
}

/* A bar of all colours, above the weights at its ends and its middle. */
static void draw_legend(picture *p, size_t left, size_t top, size_t width, double range, bool each)
{
    char low[32], high[32];
    (void)snprintf(low, sizeof low, each ? "-max" : "-%.3g", range);
    (void)snprintf(high, sizeof high, each ? "+max" : "+%.3g", range);
    for (size_t x = 0; x < width; x++)
        canvas_fill(p, left + x, top, 1, LEGEND_BAR_HEIGHT,
                    colour_diverging(2 * (double)x / (double)size_max(width - 1, 1) - 1));
    const size_t below = top + LEGEND_BAR_HEIGHT + 6;
    canvas_text(p, left, below, SIZE, low, colour_black);
    canvas_text_centred(p, left + width / 2, below + letter_height(SIZE) / 2, SIZE, "0", colour_black);
    canvas_text(p, left + width - canvas_text_width(high, SIZE), below, SIZE, high, colour_black);
}

/* The weights of class k in a frame, below their label. */
static void draw_labelled(picture *p, size_t left, size_t top, const model *m, size_t k,
                          const weight_options *options)
{
    const size_t width = m->n_columns * options->scale, height = m->n_rows * options->scale;
    char number[CLASS_NAME_SIZE];
    canvas_text_centred(p, left + width / 2, top + LABEL_HEIGHT / 2 - 2, SIZE, class_label(m->names, k, number),
                        colour_black);
    canvas_fill(p, left - 1, top + LABEL_HEIGHT - 1, width + 2, height + 2, (rgb){190, 190, 190});
    draw_at(p, left, top + LABEL_HEIGHT, m, k, options);
}

picture draw_weight_sheet(const model *m, const weight_options *options)
{
    const size_t n_across = (size_t)ceil(sqrt(2.5 * (double)m->n_classes));
    const size_t n_down = (m->n_classes + n_across - 1) / n_across;
    const size_t cell_width = m->n_columns * options->scale + GAP;
    const size_t cell_height = LABEL_HEIGHT + m->n_rows * options->scale + GAP;
    const size_t cells_width = GAP + n_across * cell_width, cells_height = GAP + n_down * cell_height;
    const size_t width = size_max(cells_width, MIN_SHEET_WIDTH);
    picture p = canvas_create(width, cells_height + LEGEND_HEIGHT);
    for (size_t k = 0; k < m->n_classes; k++)
        draw_labelled(&p, GAP + k % n_across * cell_width, GAP + k / n_across * cell_height, m, k, options);
    const size_t legend_width = size_min(width - 2 * GAP, MAX_LEGEND_WIDTH);
    draw_legend(&p, (width - legend_width) / 2, cells_height, legend_width, range_of(m, 0, options->each),
                options->each);
    return p;
}
