#include "show/heatmap.h"

#include <math.h>
#include <stdio.h>

#include "show/colours.h"

enum { TEXT_SCALE = 2, MARGIN = 72, LETTER = CANVAS_LETTER_WIDTH * TEXT_SCALE };

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

static void draw_row(picture *p, size_t n_classes, const size_t *row, size_t label, size_t cell)
{
    const size_t sum = row_sum(n_classes, row), top = MARGIN + label * cell;
    draw_number(p, MARGIN - 2 * LETTER, top + cell / 2, label, colour_black);
    for (size_t j = 0; j < n_classes; j++) {
        /* The root lifts the few mistakes out of the white. */
        const rgb colour = colour_sequential(sum ? sqrt((double)row[j] / (double)sum) : 0);
        const size_t left = MARGIN + j * cell;
        canvas_fill(p, left, top, cell - 1, cell - 1, colour);
        if (row[j] > 0)
            draw_number(p, left + cell / 2, top + cell / 2, row[j], colour_legible_on(colour));
    }
}

/* A text from top to bottom, a letter a line. */
static void draw_downwards(picture *p, size_t x, size_t middle, const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    const size_t line = (CANVAS_LETTER_HEIGHT + 2) * TEXT_SCALE, height = length * line;
    size_t top = middle > height / 2 ? middle - height / 2 : 0;
    for (; *text; text++, top += line)
        canvas_text(p, x, top, TEXT_SCALE, (const char[]){*text, '\0'}, colour_black);
}

status heatmap_draw(size_t n_classes, const size_t *confusion, picture *p, failure *f)
{
    const size_t cell = cell_size(n_classes, confusion), side = n_classes * cell;
    const status result = canvas_create(MARGIN + side + LETTER, MARGIN + side + LETTER, p, f);
    if (result != STATUS_OK)
        return result;
    canvas_fill(p, MARGIN - 1, MARGIN - 1, side + 1, side + 1, (rgb){210, 210, 210});
    canvas_text_centred(p, MARGIN + side / 2, 12, TEXT_SCALE, "predicted", colour_black);
    draw_downwards(p, 8, MARGIN + side / 2, "true");
    for (size_t k = 0; k < n_classes; k++) {
        draw_number(p, MARGIN + k * cell + cell / 2, MARGIN - LETTER, k, colour_black);
        draw_row(p, n_classes, confusion + k * n_classes, k, cell);
    }
    return STATUS_OK;
}
