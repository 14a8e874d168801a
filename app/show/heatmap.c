#include "show/heatmap.h"

#include <math.h>
#include <stdio.h>

#include "base/sizes.h"

static const letter_size SIZE = LETTERS_LARGE;

enum {
    MIN_MARGIN = 72, /* left of the cells and above them, for the labels */
    HEADING = 34,    /* of which "predicted" and "true" take this */
    MIN_CELL = 36,
    GAP = 12 /* between letters and what is beside them */
};

/* The side of a cell that has room for the largest count. */
static size_t cell_side(size_t n_classes, const size_t *confusion)
{
    char count[24];
    size_t largest = 0;
    for (size_t i = 0; i < n_classes * n_classes; i++)
        largest = size_max(largest, confusion[i]);
    (void)snprintf(count, sizeof count, "%zu", largest);
    return size_max(canvas_text_width(count, SIZE) + GAP, MIN_CELL);
}

/* The margin that has room for the longest name. */
static size_t label_margin(const class_names *names)
{
    size_t longest = 0;
    for (size_t k = 0; names && k < names->n; k++)
        longest = size_max(longest, canvas_text_width(names->names[k], SIZE));
    return size_max(HEADING + longest + GAP, MIN_MARGIN);
}

static void draw_row(picture *p, size_t n_classes, const size_t *row, size_t x, size_t y, size_t cell)
{
    size_t n_of_class = 0;
    for (size_t j = 0; j < n_classes; j++)
        n_of_class += row[j];
    for (size_t j = 0; j < n_classes; j++) {
        /* The square root makes rare mistakes visible. */
        const rgb colour = colour_sequential(n_of_class ? sqrt((double)row[j] / (double)n_of_class) : 0);
        const size_t left = x + j * cell;
        char count[24];
        (void)snprintf(count, sizeof count, "%zu", row[j]);
        canvas_fill(p, left, y, cell - 1, cell - 1, colour);
        if (row[j] > 0)
            canvas_text_centred(p, left + cell / 2, y + cell / 2, SIZE, count, colour_legible_on(colour));
    }
}

/* Labels row and column k: a number in the middle of the margin, a name next to the cells. */
static void draw_labels(picture *p, const class_names *names, size_t k, size_t margin, size_t cell)
{
    char number[CLASS_NAME_SIZE];
    const char *label = class_label(names, k, number);
    const size_t middle = margin + k * cell + cell / 2, width = canvas_text_width(label, SIZE);
    if (names) {
        canvas_text(p, margin - GAP - width, middle - letter_height(SIZE) / 2, SIZE, label, colour_black);
        canvas_text_upwards(p, middle - letter_height(SIZE) / 2, margin - GAP, SIZE, label, colour_black);
    } else {
        canvas_text_centred(p, margin - 2 * GAP, middle, SIZE, label, colour_black);
        canvas_text_centred(p, middle, margin - GAP, SIZE, label, colour_black);
    }
}

picture heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names)
{
    const size_t cell = cell_side(n_classes, confusion), side = n_classes * cell;
    const size_t margin = label_margin(names), middle = margin + side / 2;
    picture p = canvas_create(margin + side + GAP, margin + side + GAP);
    canvas_fill(&p, margin - 1, margin - 1, side + 1, side + 1, (rgb){210, 210, 210});
    canvas_text_centred(&p, middle, 12, SIZE, "predicted", colour_black);
    canvas_text_upwards(&p, 8, middle + canvas_text_width("true", SIZE) / 2, SIZE, "true", colour_black);
    for (size_t k = 0; k < n_classes; k++) {
        draw_labels(&p, names, k, margin, cell);
        draw_row(&p, n_classes, confusion + k * n_classes, margin, margin + k * cell, cell);
    }
    return p;
}
