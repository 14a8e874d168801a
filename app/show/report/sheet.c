#include "show/report/sheet.h"

#include <math.h>
#include <stdlib.h>

#include "base/grey_image.h"
#include "base/sizes.h"
#include "show/canvas.h"

/* Tiles are large enough to be seen, and together small enough for the page. */
enum { MAX_IMAGE_SIDE = 64, MAX_WEIGHT_SIDE = 128, MAX_WEIGHT_PIXELS = 220000 };

/* The images to draw, [n_rows, n_columns] each: those of the examples, or the weights of each class. */
typedef struct source {
    bool are_weights;
    size_t n_rows, n_columns;
    const uint8_t *pixels;
    const example *examples;
    const float *weights;
    double range; /* of the weights */
} source;

static float value_at(const source *from, size_t i, size_t d)
{
    const size_t n_pixels = from->n_rows * from->n_columns;
    return from->are_weights ? from->weights[i * n_pixels + d]
                             : from->pixels[from->examples[i].sample * n_pixels + d];
}

static size_t fit_side(size_t side, size_t longer_side, size_t most)
{
    return longer_side <= most ? side : size_max((side * most + longer_side / 2) / longer_side, 1);
}

static sheet lay_out(const source *from, size_t n, size_t most)
{
    const size_t longer = size_max(from->n_rows, from->n_columns), n_across = (size_t)ceil(sqrt((double)n));
    return (sheet){.n_tiles = n,
                   .n_across = n_across,
                   .n_down = n > 0 ? (n + n_across - 1) / n_across : 0,
                   .tile_height = fit_side(from->n_rows, longer, most),
                   .tile_width = fit_side(from->n_columns, longer, most)};
}

static void copy_tile(const source *from, const grey_image *tile, size_t left, size_t top, picture *p)
{
    for (size_t i = 0; i < tile->width * tile->height; i++) {
        const size_t x = left + i % tile->width, y = top + i / tile->width;
        const double value = (double)tile->values[i];
        if (from->are_weights)
            canvas_fill(p, x, y, 1, 1, colour_diverging(from->range > 0 ? value / from->range : 0));
        else
            p->values[y * p->width + x] = (uint8_t)lrint(value);
    }
}

/* Draws all tiles on a picture of the size of the sheet, and packs it. */
static status fill_sheet(const source *from, const char *name, picture *p, sheet *sh, failure *f)
{
    const region whole = {0, 0, (double)from->n_columns, (double)from->n_rows};
    const size_t n_pixels = from->n_rows * from->n_columns;
    grey_image image = {0}, tile = {0};
    status result = grey_image_create(from->n_columns, from->n_rows, &image, f);
    if (result == STATUS_OK)
        result = grey_image_create(sh->tile_width, sh->tile_height, &tile, f);
    for (size_t i = 0; result == STATUS_OK && i < sh->n_tiles; i++) {
        for (size_t d = 0; d < n_pixels; d++)
            image.values[d] = value_at(from, i, d);
        resample(&image, &whole, &tile);
        copy_tile(from, &tile, i % sh->n_across * sh->tile_width, i / sh->n_across * sh->tile_height, p);
    }
    free(tile.values);
    free(image.values);
    return result == STATUS_OK ? png_pack(name, p, &sh->png, f) : result;
}

status sheet_of_images(const dataset *data, size_t n, const example *examples, sheet *sh, failure *f)
{
    const source from = {false, data->n_rows, data->n_columns, data->pixels, examples, NULL, 0};
    *sh = lay_out(&from, n, MAX_IMAGE_SIDE);
    if (n == 0)
        return STATUS_OK;
    picture p = {sh->n_across * sh->tile_width, sh->n_down * sh->tile_height, 1, NULL};
    p.values = calloc(p.width, p.height);
    const status result = p.values ? fill_sheet(&from, "the test images", &p, sh, f) : fail_memory(f);
    free(p.values);
    return result;
}

status sheet_of_weights(const model *m, double range, sheet *sh, failure *f)
{
    const source from = {true, m->n_rows, m->n_columns, NULL, NULL, m->weight, range};
    const size_t room = (size_t)sqrt((double)MAX_WEIGHT_PIXELS / (double)m->n_classes);
    *sh = lay_out(&from, m->n_classes, size_min(room, MAX_WEIGHT_SIDE));
    picture p = canvas_create(sh->n_across * sh->tile_width, sh->n_down * sh->tile_height);
    status result = canvas_check(&p, f);
    if (result == STATUS_OK)
        result = fill_sheet(&from, "the weights", &p, sh, f);
    free(p.values);
    return result;
}

void sheet_destroy(sheet *sh)
{
    free(sh->png.data);
    *sh = (sheet){0};
}
