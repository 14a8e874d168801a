#include "digits/digit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digits/reading_order.h"
#include "base/resample.h"
#include "digits/ruled_lines.h"
#include "digits/stroke.h"

/* Larger pictures are made smaller first: what is left is far more than the model sees. */
enum { MAX_SIDE = 1000, MAX_SIDE_OF_MANY = 2000 };

/* Digits that fainter ink than this joins are several all the same. */
static const float SEPARATING_INK = 0.2f;

/* Of a digit's ink at least this share is solid. */
static const double MIN_SOLID = 0.25;

/* A picture of more parts is no writing. */
enum { MAX_PARTS = 4000 };

/* Strokes thinner than this share of a digit's longer side, as of a ballpoint pen on a large scan, are drawn again
 * this much wider; of the pens of MNIST one in a hundred is thinner than 0.08, and half of them than 0.14. */
static const double THIN_STROKE = 0.07, WANTED_STROKE = 0.11;

/* What is written with a pen: shares of the longer side of a digit that its strokes are at most wide in the mean,
 * and where they are the widest, and long all together; how uneven their width is at most, and how wide a digit is,
 * of its height. None of 3,000 of MNIST's digits is beyond one of them. */
static const double MEAN_WIDTH = 0.4, MOST_WIDTH = 0.56, LONGEST = 4, MOST_UNEVEN = 2.4, WIDEST_DIGIT = 2.5;

/* What the digit is fitted into, of 28 pixels. */
static const double BOX_SHARE = 20.0 / 28;

/* The centre of mass along one axis, in pixels. */
static double centre_of_mass(const grey_image *image, bool along_columns)
{
    double mass = 0, moment = 0;
    for (size_t row = 0; row < image->height; row++) {
        for (size_t column = 0; column < image->width; column++) {
            const double value = (double)image->values[row * image->width + column];
            mass += value;
            moment += value * (double)(along_columns ? column : row);
        }
    }
    return mass > 0 ? moment / mass : 0;
}

/* Where the fitted image starts so that its centre of mass is at the middle, but all of it inside. */
static size_t offset_for(double centre, size_t size, size_t fitted_size)
{
    const double offset = floor((double)size / 2 - centre + 0.5), most = (double)(size - fitted_size);
    return (size_t)fmin(fmax(offset, 0), most);
}

static size_t fitted_side(double side, double scale, size_t most)
{
    const size_t fitted = (size_t)floor(side * scale + 0.5);
    return fitted < 1 ? 1 : fitted > most ? most : fitted;
}

static status place(const grey_image *ink, const digit_box *box, size_t n_rows, size_t n_columns, uint8_t *pixels,
                    failure *f)
{
    const double side = BOX_SHARE * (double)(n_rows < n_columns ? n_rows : n_columns);
    const double scale = side / (double)(box->width > box->height ? box->width : box->height);
    const region all = {(double)box->left, (double)box->top, (double)box->width, (double)box->height};
    grey_image fitted = {.width = fitted_side(all.width, scale, n_columns),
                         .height = fitted_side(all.height, scale, n_rows)};
    fitted.values = calloc(fitted.width * fitted.height, sizeof *fitted.values);
    if (!fitted.values)
        return fail_memory(f);
    resample(ink, &all, &fitted);
    const size_t top = offset_for(centre_of_mass(&fitted, false), n_rows, fitted.height);
    const size_t left = offset_for(centre_of_mass(&fitted, true), n_columns, fitted.width);
    memset(pixels, 0, n_rows * n_columns);
    for (size_t row = 0; row < fitted.height; row++)
        for (size_t column = 0; column < fitted.width; column++)
            pixels[(top + row) * n_columns + left + column] =
                (uint8_t)lrintf(255 * fitted.values[row * fitted.width + column]);
    free(fitted.values);
    return STATUS_OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* The box of the ink above a threshold, within another box. */
static digit_box tighten(const grey_image *ink, const digit_box *within, float threshold)
{
    digit_box found = {0};
    for (size_t row = within->top; row < within->top + within->height; row++)
        for (size_t column = within->left; column < within->left + within->width; column++)
            if (ink->values[row * ink->width + column] > threshold)
                found = join_boxes(&found, &(digit_box){column, row, 1, 1});
    return found;
}

/* The edge of a stroke is where it is half as dark as ink, which in an image of the model's size is a pixel's
 * own affair, and in a larger one a matter of several pixels. */
static digit_box edges_of(const grey_image *ink, const digit_box *box, double model_side)
{
    const double scale = model_side / (double)(box->width > box->height ? box->width : box->height);
    return scale < 1 ? tighten(ink, box, INK_SOLID * (float)(1 - scale)) : *box;
}

/* The picture with no side longer than max_side; values are the caller's. */
static status shrink(const grey_image *picture, size_t max_side, grey_image *small, failure *f)
{
    const size_t side = picture->width > picture->height ? picture->width : picture->height;
    const double scale = side > max_side ? (double)max_side / (double)side : 1;
    *small = (grey_image){.width = fitted_side((double)picture->width, scale, max_side),
                          .height = fitted_side((double)picture->height, scale, max_side)};
    small->values = calloc(small->width * small->height, sizeof *small->values);
    if (!small->values)
        return fail_memory(f);
    resample(picture, &(region){0, 0, (double)picture->width, (double)picture->height}, small);
    return STATUS_OK;
}

/* Whether a picture is in the model's form as it is: black but for a digit of the right size in the middle. */
static bool is_normalised(const grey_image *picture, size_t n_rows, size_t n_columns, digit_box *box)
{
    const size_t n = n_rows * n_columns;
    size_t n_black = 0;
    if (picture->height != n_rows || picture->width != n_columns)
        return false;
    for (size_t i = 0; i < n; i++)
        n_black += picture->values[i] == 0;
    if (n_black < n / 2 || n_black == n)
        return false;
    const digit_box whole = {0, 0, n_columns, n_rows};
    *box = tighten(picture, &whole, 0);
    const double side = BOX_SHARE * (double)(n_rows < n_columns ? n_rows : n_columns);
    const double longer = (double)(box->width > box->height ? box->width : box->height);
    return fabs(longer - side) <= 1 && fabs(centre_of_mass(picture, false) - (double)n_rows / 2) <= 0.5 &&
           fabs(centre_of_mass(picture, true) - (double)n_columns / 2) <= 0.5;
}

/* The pixels, of n in a row, that an interval of n_small pixels in their place touches. */
static void widen(size_t *start, size_t *length, size_t n_small, size_t n)
{
    const size_t end = ((*start + *length) * n + n_small - 1) / n_small;
    *start = *start * n / n_small;
    *length = end - *start;
}

/* The ink of a picture no larger than max_side, without ruled lines; values are the caller's. */
static status find_ink(const grey_image *picture, size_t max_side, grey_image *ink, bool *found, failure *f)
{
    grey_image small;
    status result = shrink(picture, max_side, &small, f);
    *ink = (grey_image){small.width, small.height, NULL};
    if (result == STATUS_OK && !(ink->values = calloc(small.width * small.height, sizeof *ink->values)))
        result = fail_memory(f);
    if (result == STATUS_OK)
        result = ink_find(&small, ink->values, found, f);
    if (result == STATUS_OK && *found)
        remove_ruled_lines(ink);
    free(small.values);
    return result;
}

/* The ink of the parts of one digit alone, in a map of its box; values are the caller's. */
static status cut_out(const grey_image *ink, const size_t *labels, const size_t *digit_of_part, size_t digit,
                      const digit_box *box, grey_image *alone, failure *f)
{
    *alone = (grey_image){box->width, box->height, calloc(box->width * box->height, sizeof *alone->values)};
    if (!alone->values)
        return fail_memory(f);
    for (size_t row = 0; row < box->height; row++) {
        for (size_t column = 0; column < box->width; column++) {
            const size_t from = (box->top + row) * ink->width + box->left + column;
            if (labels[from] != 0 && digit_of_part[labels[from] - 1] == digit)
                alone->values[row * box->width + column] = ink->values[from];
        }
    }
    return STATUS_OK;
}

/* Whether an image has strokes to speak of, and not only the faint clouds of a photograph. */
static bool has_strokes(size_t n, const uint8_t *pixels)
{
    size_t n_inked = 0, n_solid = 0;
    for (size_t i = 0; i < n; i++) {
        n_inked += pixels[i] > 0;
        n_solid += pixels[i] > INK_SOLID * 255;
    }
    return (double)n_solid >= MIN_SOLID * (double)n_inked && n_inked > 0;
}

/* Whether strokes of solid ink may be those of a digit. */
static bool is_written(const stroke *s, const digit_box *edges)
{
    const double width = (double)edges->width, height = (double)edges->height, longer = fmax(width, height);
    return s->width <= MEAN_WIDTH * longer && s->most <= MOST_WIDTH * longer && s->length <= LONGEST * longer &&
           s->most <= MOST_UNEVEN * s->width && width <= WIDEST_DIGIT * height;
}

/* Writes the pixels of one digit, which is alone in a map of ink; *edges is where it was. */
static status draw_digit(const grey_image *alone, size_t n_rows, size_t n_columns, uint8_t *pixels,
                         digit_box *edges, failure *f)
{
    const double model_side = BOX_SHARE * (double)(n_rows < n_columns ? n_rows : n_columns);
    const digit_box whole = {0, 0, alone->width, alone->height};
    *edges = edges_of(alone, &whole, model_side);
    const double longer = (double)(edges->width > edges->height ? edges->width : edges->height);
    stroke s;
    status result = stroke_measure(alone, &s, f);
    if (result != STATUS_OK)
        return result;
    memset(pixels, 0, n_rows * n_columns);
    if (!is_written(&s, edges))
        return STATUS_OK;
    if (s.width == 0 || s.width >= THIN_STROKE * longer)
        return place(alone, edges, n_rows, n_columns, pixels, f);
    grey_image thick;
    result = stroke_thicken(alone, (WANTED_STROKE * longer - s.width) / 2, &thick, f);
    if (result != STATUS_OK)
        return result;
    const digit_box around = {0, 0, thick.width, thick.height}, thick_edges = edges_of(&thick, &around, model_side);
    result = place(&thick, &thick_edges, n_rows, n_columns, pixels, f);
    free(thick.values);
    return result;
}

/* Adds a digit, its pixels and its box in the picture, if it has strokes. */
static status add_digit(const grey_image *ink, const parts *p, const grouped_parts *g, size_t i, digits *found,
                        failure *f)
{
    const size_t n_pixels = found->n_rows * found->n_columns;
    const digit_box *box = &g->boxes[i];
    uint8_t *pixels = found->pixels + found->n * n_pixels;
    grey_image alone;
    digit_box edges;
    status result = cut_out(ink, p->labels, g->digit_of_part, i, box, &alone, f);
    if (result != STATUS_OK)
        return result;
    result = draw_digit(&alone, found->n_rows, found->n_columns, pixels, &edges, f);
    free(alone.values);
    if (result != STATUS_OK || !has_strokes(n_pixels, pixels))
        return result;
    found->boxes[found->n] = (digit_box){box->left + edges.left, box->top + edges.top, edges.width, edges.height};
    found->lines[found->n++] = g->lines[i];
    return STATUS_OK;
}

/* For n digits, none of them there yet. */
static status make_room(size_t n, digits *found, failure *f)
{
    found->boxes = calloc(n + 1, sizeof *found->boxes); /* for none, too */
    found->lines = calloc(n + 1, sizeof *found->lines);
    found->pixels = calloc(n + 1, found->n_rows * found->n_columns);
    return found->boxes && found->lines && found->pixels ? STATUS_OK : fail_memory(f);
}

static status find_in_ink(const grey_image *ink, bool all, digits *found, failure *f)
{
    parts p;
    grouped_parts g = {0};
    status result = parts_find(ink, all ? SEPARATING_INK : 0, &p, f);
    if (result == STATUS_OK)
        result = !all ? parts_join(&p, &g, f) : p.n <= MAX_PARTS ? parts_group(&p, &g, f) : STATUS_OK;
    if (result == STATUS_OK)
        result = make_room(g.n, found, f);
    for (size_t i = 0; result == STATUS_OK && i < g.n; i++)
        result = add_digit(ink, &p, &g, i, found, f);
    grouped_parts_destroy(&g);
    parts_destroy(&p);
    return result;
}

static status find_in_picture(const grey_image *picture, bool all, digits *found, failure *f)
{
    grey_image ink;
    bool any = false;
    status result = find_ink(picture, all ? MAX_SIDE_OF_MANY : MAX_SIDE, &ink, &any, f);
    if (result == STATUS_OK)
        result = any ? find_in_ink(&ink, all, found, f) : make_room(0, found, f);
    for (size_t i = 0; result == STATUS_OK && i < found->n; i++) {
        digit_box *box = &found->boxes[i];
        widen(&box->left, &box->width, ink.width, picture->width);
        widen(&box->top, &box->height, ink.height, picture->height);
    }
    free(ink.values);
    return result;
}

status digits_find(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found, failure *f)
{
    digit_box box;
    *found = (digits){.n_rows = n_rows, .n_columns = n_columns};
    if (!is_normalised(picture, n_rows, n_columns, &box))
        return find_in_picture(picture, all, found, f);
    const status result = make_room(1, found, f);
    if (result != STATUS_OK)
        return result;
    for (size_t i = 0; i < n_rows * n_columns; i++)
        found->pixels[i] = (uint8_t)lrintf(255 * picture->values[i]);
    found->boxes[0] = box;
    found->n = 1;
    return STATUS_OK;
}

status digits_take(const uint8_t *pixels, size_t n_rows, size_t n_columns, const digit_box *box, digits *found,
                   failure *f)
{
    *found = (digits){.n_rows = n_rows, .n_columns = n_columns};
    const status result = make_room(1, found, f);
    if (result != STATUS_OK)
        return result;
    memcpy(found->pixels, pixels, n_rows * n_columns);
    found->boxes[0] = *box;
    found->n = 1;
    return STATUS_OK;
}

void digits_destroy(digits *d)
{
    free(d->pixels);
    free(d->lines);
    free(d->boxes);
    *d = (digits){0};
}
