#include "show/mistakes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sizes.h"
#include "show/examples.h"

enum {
    N_ACROSS = 28,
    IMAGE_SIDE = 74, /* or a little less, since the scale is a whole number */
    GAP = 22,        /* captions in large letters are wider than images */
    TITLE_HEIGHT = 36,
    CAPTION_HEIGHT = 44
};

/* The images of a data set as they are drawn, `scale` pixels for each of theirs. */
typedef struct images {
    const dataset *data;
    size_t scale, width, height;
} images;

static void draw_image(picture *p, size_t left, size_t top, const images *im, size_t sample)
{
    const size_t n_columns = im->data->n_columns, n_pixels = im->data->n_rows * n_columns;
    const uint8_t *pixels = im->data->pixels + sample * n_pixels;
    canvas_fill(p, left - 1, top - 1, im->width + 2, im->height + 2, (rgb){200, 200, 200});
    for (size_t d = 0; d < n_pixels; d++) {
        const uint8_t grey = (uint8_t)(255 - pixels[d]);
        canvas_fill(p, left + d % n_columns * im->scale, top + d / n_columns * im->scale, im->scale, im->scale,
                    (rgb){grey, grey, grey});
    }
}

/* In large letters if they fit, else in small ones. */
static void draw_caption(picture *p, size_t middle, size_t top, const char *text, rgb colour)
{
    canvas_text_centred(p, middle, top,
                        canvas_text_width(text, LETTERS_LARGE) <= IMAGE_SIDE + GAP / 2 ? LETTERS_LARGE
                                                                                       : LETTERS_SMALL,
                        text, colour);
}

static void draw_mistake(picture *p, size_t left, size_t top, const images *im, const example *e)
{
    char text[2 * CLASS_NAME_SIZE + 8], numbers[2][CLASS_NAME_SIZE];
    const class_names *names = im->data->names;
    draw_image(p, left, top, im, e->sample);
    (void)snprintf(text, sizeof text, "%s as %s", class_label(names, im->data->labels[e->sample], numbers[0]),
                   class_label(names, e->prediction, numbers[1]));
    draw_caption(p, left + im->width / 2, top + im->height + 12, text, colour_black);
    (void)snprintf(text, sizeof text, "%.1f %%", 100 * e->confidence);
    draw_caption(p, left + im->width / 2, top + im->height + 31, text, (rgb){90, 90, 90});
}

static picture draw_sheet(const images *im, size_t n_mistakes, const example *mistakes)
{
    char title[128];
    const size_t n = size_min(n_mistakes, MAX_MISTAKES);
    if (n < n_mistakes)
        (void)snprintf(title, sizeof title, "the %zu most confident of %zu mistakes, true class first", n,
                       n_mistakes);
    else
        (void)snprintf(title, sizeof title, n > 0 ? "all %zu mistakes, true class first" : "no mistakes", n);
    const size_t room = size_max(im->width, IMAGE_SIDE);
    const size_t cell_width = room + GAP, cell_height = im->height + CAPTION_HEIGHT + GAP;
    const size_t cells_width = N_ACROSS * cell_width, title_width = canvas_text_width(title, LETTERS_LARGE) + GAP;
    const size_t n_down = (n + N_ACROSS - 1) / N_ACROSS;
    picture p = canvas_create(GAP + size_max(cells_width, title_width), TITLE_HEIGHT + n_down * cell_height + GAP);
    canvas_text(&p, GAP, GAP, LETTERS_LARGE, title, colour_black);
    for (size_t i = 0; i < n; i++)
        draw_mistake(&p, GAP + (room - im->width) / 2 + i % N_ACROSS * cell_width,
                     TITLE_HEIGHT + GAP + i / N_ACROSS * cell_height, im, &mistakes[i]);
    return p;
}

picture draw_mistakes(const dataset *data, size_t n_classes, const float *probabilities)
{
    const size_t scale = size_max(IMAGE_SIDE / size_max(data->n_rows, data->n_columns), 1);
    const images im = {data, scale, data->n_columns * scale, data->n_rows * scale};
    size_t n;
    example *mistakes = rank_examples(data, n_classes, probabilities, false, &n);
    const picture p = mistakes ? draw_sheet(&im, n, mistakes) : (picture){0};
    free(mistakes);
    return p;
}
