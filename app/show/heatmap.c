#include "show/heatmap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sizes.h"

enum {
    TEXT_SCALE = 2,
    MIN_MARGIN = 72, /* left of the cells and above them, for the labels */
    HEADING = 34,    /* of which "predicted" and "true" take this */
    MIN_CELL = 36,
    LETTER = CANVAS_LETTER_WIDTH * TEXT_SCALE,
    HEIGHT = CANVAS_LETTER_HEIGHT * TEXT_SCALE
};

/* The side of a cell that has room for the largest count. */
static size_t cell_side(size_t n_classes, const size_t *confusion)
{
    size_t largest = 0;
    for (size_t i = 0; i < n_classes * n_classes; i++)
        largest = size_max(largest, confusion[i]);
    return size_max((size_t)(snprintf(NULL, 0, "%zu", largest) + 1) * LETTER, MIN_CELL);
}

/* The margin that has room for the longest name. */
static size_t label_margin(const class_names *names)
{
    size_t longest = 0;
    for (size_t k = 0; names && k < names->n; k++)
        longest = size_max(longest, strlen(names->names[k]));
    return size_max(HEADING + (longest + 1) * LETTER, MIN_MARGIN);
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
            canvas_text_centred(p, left + cell / 2, y + cell / 2, TEXT_SCALE, count, colour_legible_on(colour));
    }
}

/* The label of class k in the letters that a canvas has. */
static void write_label(const class_names *names, size_t k, char label[CLASS_NAME_SIZE])
{
    char number[CLASS_NAME_SIZE];
    const char *from = class_label(names, k, number);
    do
        *label++ = (char)(*from >= 'A' && *from <= 'Z' ? *from - 'A' + 'a' : *from);
    while (*from++);
}

/* Labels row and column k: a number in the middle of the margin, a name next to the cells. */
static void draw_labels(picture *p, const class_names *names, size_t k, size_t margin, size_t cell)
{
    char label[CLASS_NAME_SIZE];
    write_label(names, k, label);
    const size_t middle = margin + k * cell + cell / 2, width = canvas_text_width(label, TEXT_SCALE);
    if (names) {
        canvas_text(p, margin - LETTER - width, middle - HEIGHT / 2, TEXT_SCALE, label, colour_black);
        canvas_text_upwards(p, middle - HEIGHT / 2, margin - LETTER, TEXT_SCALE, label, colour_black);
    } else {
        canvas_text_centred(p, margin - 2 * LETTER, middle, TEXT_SCALE, label, colour_black);
        canvas_text_centred(p, middle, margin - LETTER, TEXT_SCALE, label, colour_black);
    }
}

picture heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names)
{
    const size_t cell = cell_side(n_classes, confusion), side = n_classes * cell;
    const size_t margin = label_margin(names), middle = margin + side / 2;
    picture p = canvas_create(margin + side + LETTER, margin + side + LETTER);
    canvas_fill(&p, margin - 1, margin - 1, side + 1, side + 1, (rgb){210, 210, 210});
    canvas_text_centred(&p, middle, 12, TEXT_SCALE, "predicted", colour_black);
    canvas_text_upwards(&p, 8, middle + canvas_text_width("true", TEXT_SCALE) / 2, TEXT_SCALE, "true",
                        colour_black);
    for (size_t k = 0; k < n_classes; k++) {
        draw_labels(&p, names, k, margin, cell);
        draw_row(&p, n_classes, confusion + k * n_classes, margin, margin + k * cell, cell);
    }
    return p;
}
