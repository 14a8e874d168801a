#include "show/report/sheet.h"

#include <math.h>
#include <stdlib.h>

#include "base/grey_image.h"
#include "base/sizes.h"
#include "formats/png.h"
#include "show/colours.h"

/* Tiles are large enough to be seen, and together small enough for the page. */
enum { MAX_IMAGE_SIDE = 64, MAX_WEIGHT_SIDE = 128, MAX_WEIGHT_PIXELS = 220000 };

/* The images to draw, [n_rows, n_columns] each: those of the examples, or the weights of each class. */
typedef struct source {
    size_t n_rows, n_columns;
    const uint8_t *pixels;
    const example *examples; /* NULL for weights */
    const float *weights;
} source;

static float value_at(const source *from, size_t i, size_t d)
{
    const size_t n_pixels = from->n_rows * from->n_columns;
    return from->examples ? from->pixels[from->examples[i].sample * n_pixels + d] : from->weights[i * n_pixels + d];
}

static size_t fit_side(size_t side, size_t longer_side, size_t most)
{
    return longer_side <= most ? side : size_max((side * most + longer_side / 2) / longer_side, 1);
}

static sheet lay_out(const source *from, size_t n, size_t most)
{
    const size_t longer = size_max(from->n_rows, from->n_columns);
    return (sheet){.n_tiles = n,
                   .n_across = (size_t)ceil(sqrt((double)n)),
                   .tile_height = fit_side(from->n_rows, longer, most),
                   .tile_width = fit_side(from->n_columns, longer, most)};
}

static void copy_tile(const grey_image *tile, size_t left, size_t top, const grey_image *drawn)
{
    for (size_t row = 0; row < tile->height; row++)
        for (size_t column = 0; column < tile->width; column++)
            drawn->values[(top + row) * drawn->width + left + column] = tile->values[row * tile->width + column];
}

static grey_image make_image(size_t width, size_t height)
{
    return (grey_image){width, height, calloc(width, height * sizeof(float))};
}

/* Draws all tiles; the caller frees drawn->values, whatever the status. */
static status draw_tiles(const source *from, const sheet *sh, grey_image *drawn, failure *f)
{
    const size_t n_down = (sh->n_tiles + sh->n_across - 1) / sh->n_across;
    const region whole = {0, 0, (double)from->n_columns, (double)from->n_rows};
    grey_image image = make_image(from->n_columns, from->n_rows),
               tile = make_image(sh->tile_width, sh->tile_height);
    *drawn = make_image(sh->n_across * sh->tile_width, n_down * sh->tile_height);
    const bool ok = image.values && tile.values && drawn->values;
    for (size_t i = 0; ok && i < sh->n_tiles; i++) {
        for (size_t d = 0; d < from->n_rows * from->n_columns; d++)
            image.values[d] = value_at(from, i, d);
        resample(&image, &whole, &tile);
        copy_tile(&tile, i % sh->n_across * sh->tile_width, i / sh->n_across * sh->tile_height, drawn);
    }
    free(tile.values);
    free(image.values);
    return ok ? STATUS_OK : fail_memory(f);
}

status sheet_of_images(const dataset *data, size_t n, const example *examples, sheet *sh, failure *f)
{
    const source from = {data->n_rows, data->n_columns, data->pixels, examples, NULL};
    *sh = lay_out(&from, n, MAX_IMAGE_SIDE);
    if (n == 0)
        return STATUS_OK;
    grey_image drawn;
    status result = draw_tiles(&from, sh, &drawn, f);
    uint8_t *grey = calloc(drawn.width, drawn.height);
    if (result == STATUS_OK && !grey)
        result = fail_memory(f);
    for (size_t i = 0; result == STATUS_OK && i < drawn.width * drawn.height; i++)
        grey[i] = (uint8_t)lrintf(drawn.values[i]);
    if (result == STATUS_OK)
        result = png_pack("the test images", &(picture){drawn.width, drawn.height, 1, grey}, &sh->png, f);
    free(grey);
    free(drawn.values);
    return result;
}

status sheet_of_weights(const model *m, double range, sheet *sh, failure *f)
{
    const source from = {m->n_rows, m->n_columns, NULL, NULL, m->weight};
    const size_t room = (size_t)sqrt((double)MAX_WEIGHT_PIXELS / (double)m->n_classes);
    *sh = lay_out(&from, m->n_classes, room < MAX_WEIGHT_SIDE ? room : MAX_WEIGHT_SIDE);
    grey_image drawn;
    picture p = {0};
    status result = draw_tiles(&from, sh, &drawn, f);
    if (result == STATUS_OK)
        result = canvas_create(drawn.width, drawn.height, &p, f);
    for (size_t i = 0; result == STATUS_OK && i < p.width * p.height; i++)
        canvas_fill(&p, i % p.width, i / p.width, 1, 1,
                    colour_diverging(range > 0 ? (double)drawn.values[i] / range : 0));
    if (result == STATUS_OK)
        result = png_pack("the weights", &p, &sh->png, f);
    free(p.values);
    free(drawn.values);
    return result;
}

void sheet_destroy(sheet *sh)
{
    free(sh->png.data);
    *sh = (sheet){0};
}
