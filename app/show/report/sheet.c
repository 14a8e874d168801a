#include "show/report/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/resample.h"
#include "formats/png.h"
#include "show/colours.h"

/* Tiles are no larger than the eye needs, and all of a model's no more than the page has room for. */
enum { MAX_IMAGE_SIDE = 64, MAX_WEIGHT_SIDE = 128, MAX_WEIGHT_PIXELS = 220000 };

static size_t fitted(size_t side, size_t longer_side, size_t most)
{
    const size_t small = (side * most + longer_side / 2) / longer_side;
    return longer_side <= most ? side : small > 0 ? small : 1;
}

static sheet layout(size_t n, size_t n_rows, size_t n_columns, size_t most)
{
    const size_t longer = n_rows > n_columns ? n_rows : n_columns;
    sheet sh = {.n_tiles = n, .n_across = (size_t)ceil(sqrt((double)n))};
    sh.tile_height = fitted(n_rows, longer, most);
    sh.tile_width = fitted(n_columns, longer, most);
    return sh;
}

static size_t sheet_width(const sheet *sh)
{
    return sh->n_across * sh->tile_width;
}

static size_t sheet_height(const sheet *sh)
{
    return sh->n_across > 0 ? (sh->n_tiles + sh->n_across - 1) / sh->n_across * sh->tile_height : 0;
}

/* Where row `row` of a tile starts, in pixels of the sheet. */
static size_t tile_at(const sheet *sh, size_t tile, size_t row)
{
    const size_t top = tile / sh->n_across * sh->tile_height + row;
    return top * sheet_width(sh) + tile % sh->n_across * sh->tile_width;
}

static void shrink_to_tile(const grey_image *image, const grey_image *tile)
{
    grey_image drawn = *tile;
    resample(image, &(region){0, 0, (double)image->width, (double)image->height}, &drawn);
}

/* ---------------------------------------------------------------------------------------------- */

/* What an image and its tile are computed in. */
typedef struct desk {
    grey_image image, tile;
} desk;

static status open_desk(const sheet *sh, size_t n_rows, size_t n_columns, desk *d, failure *f)
{
    *d = (desk){{n_columns, n_rows, calloc(n_columns, n_rows * sizeof(float))},
                {sh->tile_width, sh->tile_height, calloc(sh->tile_width, sh->tile_height * sizeof(float))}};
    return d->image.values && d->tile.values ? STATUS_OK : fail_memory(f);
}

static void close_desk(desk *d)
{
    free(d->tile.values);
    free(d->image.values);
}

static void draw_image(const sheet *sh, const desk *d, const uint8_t *pixels, size_t tile, uint8_t *grey)
{
    for (size_t i = 0; i < d->image.width * d->image.height; i++)
        d->image.values[i] = pixels[i];
    shrink_to_tile(&d->image, &d->tile);
    for (size_t row = 0; row < sh->tile_height; row++)
        for (size_t column = 0; column < sh->tile_width; column++)
            grey[tile_at(sh, tile, row) + column] = (uint8_t)lrintf(d->tile.values[row * sh->tile_width + column]);
}

status sheet_of_images(const dataset *data, size_t n, const size_t *samples, sheet *sh, failure *f)
{
    const size_t n_pixels = data->n_rows * data->n_columns;
    sheet made = layout(n, data->n_rows, data->n_columns, MAX_IMAGE_SIDE);
    if (n == 0) {
        *sh = made;
        return STATUS_OK;
    }
    desk d;
    status result = open_desk(&made, data->n_rows, data->n_columns, &d, f);
    uint8_t *grey = calloc(sheet_width(&made), sheet_height(&made));
    if (result == STATUS_OK && !grey)
        result = fail_memory(f);
    for (size_t i = 0; result == STATUS_OK && i < n; i++)
        draw_image(&made, &d, data->pixels + samples[i] * n_pixels, i, grey);
    if (result == STATUS_OK)
        result = png_pack_grey("the test images", grey, sheet_width(&made), sheet_height(&made), &made.png, f);
    if (result == STATUS_OK)
        *sh = made;
    free(grey);
    close_desk(&d);
    return result;
}

/* ---------------------------------------------------------------------------------------------- */

static void draw_weights(const sheet *sh, const desk *d, const float *weight, double range, size_t tile, picture *p)
{
    memcpy(d->image.values, weight, d->image.width * d->image.height * sizeof *weight);
    shrink_to_tile(&d->image, &d->tile);
    for (size_t row = 0; row < sh->tile_height; row++) {
        for (size_t column = 0; column < sh->tile_width; column++) {
            const double w = (double)d->tile.values[row * sh->tile_width + column];
            const size_t at = tile_at(sh, tile, row) + column;
            canvas_fill(p, at % p->width, at / p->width, 1, 1, colour_diverging(range > 0 ? w / range : 0));
        }
    }
}

status sheet_of_weights(const model *m, double range, sheet *sh, failure *f)
{
    const size_t room = (size_t)sqrt((double)MAX_WEIGHT_PIXELS / (double)m->n_classes);
    sheet made = layout(m->n_classes, m->n_rows, m->n_columns, room < MAX_WEIGHT_SIDE ? room : MAX_WEIGHT_SIDE);
    picture p = {0};
    desk d;
    status result = open_desk(&made, m->n_rows, m->n_columns, &d, f);
    if (result == STATUS_OK)
        result = canvas_create(sheet_width(&made), sheet_height(&made), &p, f);
    for (size_t k = 0; result == STATUS_OK && k < m->n_classes; k++)
        draw_weights(&made, &d, m->weight + k * m->n_features, range, k, &p);
    if (result == STATUS_OK)
        result = png_pack_rgb("the weights", &p, &made.png, f);
    if (result == STATUS_OK)
        *sh = made;
    free(p.rgb);
    close_desk(&d);
    return result;
}

void sheet_destroy(sheet *sh)
{
    free(sh->png.data);
    *sh = (sheet){0};
}
