#include "show/heatmap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/sizes.h"

enum {
    TEXT_SCALE = 2,
    MIN_MARGIN = 72, /* left of the cells and above them, for the labels */
    HEADING = 28,    /* of which "predicted" and "true" take this */
    MIN_CELL = 36,
    LETTER = CANVAS_LETTER_WIDTH * TEXT_SCALE,
    LINE = (CANVAS_LETTER_HEIGHT + 2) * TEXT_SCALE
};

/* The side of a cell that has room for the largest count. */
static size_t cell_side(size_t n_classes, const size_t *confusion)
{
    size_t largest = 0;
    for (size_t i = 0; i < n_classes * n_classes; i++)
        largest = size_max(largest, confusion[i]);
    return size_max((size_t)(snprintf(NULL, 0, "%zu", largest) + 1) * LETTER, MIN_CELL);
}

/* The margin that has room for the longest name; `letter` is what each letter takes. */
static size_t label_margin(const class_names *names, size_t letter)
{
    size_t longest = 0;
    for (size_t k = 0; names && k < names->n; k++)
        longest = size_max(longest, strlen(names->names[k]));
    return size_max(HEADING + (longest + 1) * letter, MIN_MARGIN);
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

/* One letter below the other. */
static void draw_downwards(picture *p, size_t x, size_t middle, const char *text)
{
    const size_t height = strlen(text) * LINE;
    size_t top = middle > height / 2 ? middle - height / 2 : 0;
    for (; *text; text++, top += LINE)
        canvas_text(p, x, top, TEXT_SCALE, (const char[]){*text, '\0'}, colour_black);
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
static void draw_labels(picture *p, const class_names *names, size_t k, size_t left, size_t top, size_t cell)
{
    char label[CLASS_NAME_SIZE];
    write_label(names, k, label);
    const size_t x = left + k * cell + cell / 2, y = top + k * cell + cell / 2, n = strlen(label);
    canvas_text_centred(p, left - (names ? LETTER + n * LETTER / 2 : 2 * LETTER), y, TEXT_SCALE, label,
                        colour_black);
    if (names)
        draw_downwards(p, x - LETTER / 2, top - LETTER / 2 - n * LINE / 2, label);
    else
        canvas_text_centred(p, x, top - LETTER, TEXT_SCALE, label, colour_black);
}

picture heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names)
{
    const size_t cell = cell_side(n_classes, confusion), side = n_classes * cell;
    const size_t left = label_margin(names, LETTER), top = label_margin(names, LINE);
    picture p = canvas_create(left + side + LETTER, top + side + LETTER);
    canvas_fill(&p, left - 1, top - 1, side + 1, side + 1, (rgb){210, 210, 210});
    canvas_text_centred(&p, left + side / 2, 12, TEXT_SCALE, "predicted", colour_black);
    draw_downwards(&p, 8, top + side / 2, "true");
    for (size_t k = 0; k < n_classes; k++) {
        draw_labels(&p, names, k, left, top, cell);
        draw_row(&p, n_classes, confusion + k * n_classes, left, top + k * cell, cell);
    }
    return p;
}
