#include "show/mistakes.h"

#include <stdio.h>
#include <stdlib.h>

#include "show/examples.h"

enum {
    N_ACROSS = 28,
    IMAGE_SIDE = 74, /* or a little less: each pixel of an image is drawn as a whole number of them */
    GAP = 10,
    TITLE_HEIGHT = 36,
    CAPTION_HEIGHT = 44,
    TITLE_SCALE = 2
};

static size_t scale_of(const dataset *data)
{
    const size_t side = data->n_rows > data->n_columns ? data->n_rows : data->n_columns;
    return side < IMAGE_SIDE ? IMAGE_SIDE / side : 1;
}

static size_t cell_width_of(const dataset *data)
{
    const size_t width = data->n_columns * scale_of(data);
    return GAP + (width > IMAGE_SIDE ? width : IMAGE_SIDE);
}

static void draw_image(picture *p, size_t left, size_t top, const dataset *data, size_t sample)
{
    const size_t scale = scale_of(data);
    const uint8_t *pixels = data->pixels + sample * data->n_rows * data->n_columns;
    for (size_t row = 0; row < data->n_rows; row++) {
        for (size_t column = 0; column < data->n_columns; column++) {
            const uint8_t grey = (uint8_t)(255 - pixels[row * data->n_columns + column]);
            canvas_fill(p, left + column * scale, top + row * scale, scale, scale, (rgb){grey, grey, grey});
        }
    }
}

/* In letters as large as there is room for. */
static void draw_caption(picture *p, size_t middle, size_t top, const char *text, rgb colour)
{
    canvas_text_centred(p, middle, top, canvas_text_width(text, 2) <= IMAGE_SIDE ? 2 : 1, text, colour);
}

static void draw_mistake(picture *p, size_t left, size_t top, const dataset *data, const example *e)
{
    char text[64];
    const size_t width = data->n_columns * scale_of(data), height = data->n_rows * scale_of(data);
    canvas_fill(p, left - 1, top - 1, width + 2, height + 2, (rgb){200, 200, 200});
    draw_image(p, left, top, data, e->sample);
    (void)snprintf(text, sizeof text, "%d as %zu", data->labels[e->sample], e->prediction);
    draw_caption(p, left + width / 2, top + height + 12, text, colour_black);
    (void)snprintf(text, sizeof text, "%.1f %%", 100 * e->confidence);
    draw_caption(p, left + width / 2, top + height + 31, text, (rgb){90, 90, 90});
}

static status draw_sheet(const dataset *data, size_t n_mistakes, const example *found, picture *p, failure *f)
{
    char title[128];
    const size_t n = n_mistakes < MAX_MISTAKES ? n_mistakes : MAX_MISTAKES;
    const size_t cell_width = cell_width_of(data),
                 indent = (cell_width - GAP - data->n_columns * scale_of(data)) / 2;
    const size_t cell_height = data->n_rows * scale_of(data) + CAPTION_HEIGHT + GAP;
    if (n < n_mistakes)
        (void)snprintf(title, sizeof title, "the surest %zu of %zu mistakes, true class first", n, n_mistakes);
    else
        (void)snprintf(title, sizeof title, n > 0 ? "all %zu mistakes, true class first" : "no mistakes", n);
    const size_t title_width = canvas_text_width(title, TITLE_SCALE), cells_width = N_ACROSS * cell_width;
    const size_t width = GAP + (cells_width > title_width ? cells_width : title_width + GAP);
    const status result =
        canvas_create(width, TITLE_HEIGHT + (n + N_ACROSS - 1) / N_ACROSS * cell_height + GAP, p, f);
    if (result != STATUS_OK)
        return result;
    canvas_text(p, GAP, GAP, TITLE_SCALE, title, colour_black);
    for (size_t i = 0; i < n; i++)
        draw_mistake(p, GAP + indent + i % N_ACROSS * cell_width, TITLE_HEIGHT + GAP + i / N_ACROSS * cell_height,
                     data, &found[i]);
    return STATUS_OK;
}

status draw_mistakes(const dataset *data, size_t n_classes, const float *probabilities, picture *p, failure *f)
{
    example *mistakes;
    size_t n;
    status result = rank_examples(data, n_classes, probabilities, false, &mistakes, &n, f);
    if (result != STATUS_OK)
        return result;
    result = draw_sheet(data, n, mistakes, p, f);
    free(mistakes);
    return result;
}
