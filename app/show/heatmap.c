#include "show/heatmap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "show/colours.h"

enum {
    TEXT_SCALE = 2,
    MARGIN = 72,  /* around the cells, with room for numbers */
    HEADING = 28, /* of that, for "predicted" and "true" */
    LETTER = CANVAS_LETTER_WIDTH * TEXT_SCALE,
    LINE = (CANVAS_LETTER_HEIGHT + 2) * TEXT_SCALE
};

static size_t count_digits(size_t n)
{
    size_t digits = 1;
    for (; n >= 10; n /= 10)
        digits++;
    return digits;
}

static size_t row_sum(size_t n_classes, const size_t *row)
{
    size_t sum = 0;
    for (size_t j = 0; j < n_classes; j++)
        sum += row[j];
    return sum;
}

/* Wide enough for the longest count. */
static size_t cell_size(size_t n_classes, const size_t *confusion)
{
    size_t highest = 0;
    for (size_t i = 0; i < n_classes * n_classes; i++)
        highest = confusion[i] > highest ? confusion[i] : highest;
    const size_t width = (count_digits(highest) + 1) * LETTER;
    return width > 36 ? width : 36;
}

static void draw_number(picture *p, size_t x, size_t y, size_t n, rgb colour)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%zu", n);
    canvas_text_centred(p, x, y, TEXT_SCALE, text, colour);
}

/* What class k is called, in the letters that a canvas has. */
static void write_label(const class_names *names, size_t k, char label[CLASS_NAME_SIZE])
{
    char number[CLASS_NAME_SIZE];
    const char *from = class_label(names, k, number);
    size_t i = 0;
    for (; from[i]; i++)
        label[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a' : from[i]);
    label[i] = '\0';
}

/* The room for the classes on the left; for their names, at the top, too. */
static size_t label_margin(size_t n_classes, const class_names *names, size_t letter)
{
    size_t longest = 0;
    for (size_t k = 0; names && k < n_classes; k++)
        longest = strlen(names->names[k]) > longest ? strlen(names->names[k]) : longest;
    const size_t needed = HEADING + (longest + 1) * letter;
    return needed > MARGIN ? needed : MARGIN;
}

static void draw_row(picture *p, size_t n_classes, const size_t *row, size_t x, size_t y, size_t cell)
{
    const size_t sum = row_sum(n_classes, row);
    for (size_t j = 0; j < n_classes; j++) {
        /* The root lifts the few mistakes out of the white. */
        const rgb colour = colour_sequential(sum ? sqrt((double)row[j] / (double)sum) : 0);
        const size_t left = x + j * cell;
        canvas_fill(p, left, y, cell - 1, cell - 1, colour);
        if (row[j] > 0)
            draw_number(p, left + cell / 2, y + cell / 2, row[j], colour_legible_on(colour));
    }
}

/* A text from top to bottom, a letter a line. */
static void draw_downwards(picture *p, size_t x, size_t middle, const char *text)
{
    const size_t height = strlen(text) * LINE;
    size_t top = middle > height / 2 ? middle - height / 2 : 0;
    for (; *text; text++, top += LINE)
        canvas_text(p, x, top, TEXT_SCALE, (const char[]){*text, '\0'}, colour_black);
}

/* At the head of row and column k: a number in the middle, a name up to the edge of the cells. */
static void draw_class(picture *p, const class_names *names, size_t k, size_t left, size_t top, size_t cell)
{
    char label[CLASS_NAME_SIZE];
    write_label(names, k, label);
    const size_t x = left + k * cell + cell / 2, y = top + k * cell + cell / 2;
    if (!names) {
        canvas_text_centred(p, left - 2 * LETTER, y, TEXT_SCALE, label, colour_black);
        canvas_text_centred(p, x, top - LETTER, TEXT_SCALE, label, colour_black);
        return;
    }
    const size_t width = strlen(label) * LETTER, height = strlen(label) * LINE;
    canvas_text_centred(p, left - LETTER - width / 2, y, TEXT_SCALE, label, colour_black);
    draw_downwards(p, x - LETTER / 2, top - LETTER / 2 - height / 2, label);
}

status heatmap_draw(size_t n_classes, const size_t *confusion, const class_names *names, picture *p, failure *f)
{
    const size_t cell = cell_size(n_classes, confusion), side = n_classes * cell;
    const size_t left = label_margin(n_classes, names, LETTER), top = label_margin(n_classes, names, LINE);
    const status result = canvas_create(left + side + LETTER, top + side + LETTER, p, f);
    if (result != STATUS_OK)
        return result;
    canvas_fill(p, left - 1, top - 1, side + 1, side + 1, (rgb){210, 210, 210});
    canvas_text_centred(p, left + side / 2, 12, TEXT_SCALE, "predicted", colour_black);
    draw_downwards(p, 8, top + side / 2, "true");
    for (size_t k = 0; k < n_classes; k++) {
        draw_class(p, names, k, left, top, cell);
        draw_row(p, n_classes, confusion + k * n_classes, left, top + k * cell, cell);
    }
    return STATUS_OK;
}
