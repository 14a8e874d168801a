#include "digits/digit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sizes.h"
#include "digits/foreground.h"
#include "digits/normalisation.h"
#include "digits/reading_order.h"
#include "digits/ruled_lines.h"

/* Larger pictures are reduced to this first, which is far more than the model sees. */
enum { MAX_SIDE = 1000, MAX_SIDE_OF_MANY = 2000 };

/* Digits that touch only by foreground fainter than this are separate. */
static const float SEPARATING = 0.2f;

/* A picture of more components than this is not writing. */
enum { MAX_COMPONENTS = 4000 };

/* Makes room for n digits of the size in *found; there are none yet. */
static status make_room(size_t n, digits *found, failure *f)
{
    found->boxes = calloc(n + 1, sizeof *found->boxes); /* not empty even if n is 0 */
    found->lines = calloc(n + 1, sizeof *found->lines);
    found->pixels = calloc(n + 1, found->n_rows * found->n_columns);
    return found->boxes && found->lines && found->pixels ? STATUS_OK : fail_memory(f);
}

/* The foreground of one digit alone, a map of its box; alone->values are the caller's to free. */
static status cut_out(const grey_image *foreground, const components *c, const written_digit *digit,
                      grey_image *alone, failure *f)
{
    const digit_box *box = &digit->box;
    const status created = grey_image_create(box->width, box->height, alone, f);
    for (size_t i = 0; created == STATUS_OK && i < box->width * box->height; i++) {
        const size_t from = (box->top + i / box->width) * foreground->width + box->left + i % box->width;
        if (c->labels[from] != 0 && c->list[c->labels[from] - 1].digit == digit->digit)
            alone->values[i] = foreground->values[from];
    }
    return created;
}

/* Adds a candidate if it is a digit. */
static status add_digit(const grey_image *foreground, const components *c, const written_digit *digit,
                        digits *found, failure *f)
{
    grey_image alone;
    digit_box edges;
    bool is_digit;
    status result = cut_out(foreground, c, digit, &alone, f);
    if (result != STATUS_OK)
        return result;
    result = normalise_digit(&alone, found->n_rows, found->n_columns,
                             found->pixels + found->n * found->n_rows * found->n_columns, &edges, &is_digit, f);
    free(alone.values);
    if (result != STATUS_OK || !is_digit)
        return result;
    found->boxes[found->n] =
        (digit_box){digit->box.left + edges.left, digit->box.top + edges.top, edges.width, edges.height};
    found->lines[found->n++] = digit->line;
    return STATUS_OK;
}

static status find_in_foreground(const grey_image *foreground, bool all, digits *found, failure *f)
{
    pool memory = {0};
    components c;
    written_digit *written = NULL;
    size_t n = 0;
    status result = find_components(foreground, all ? SEPARATING : 0, &memory, &c, f);
    if (result == STATUS_OK && (!all || c.n <= MAX_COMPONENTS))
        result = group_components(&c, all, &memory, &written, &n, f);
    if (result == STATUS_OK)
        result = make_room(n, found, f);
    for (size_t i = 0; result == STATUS_OK && i < n; i++)
        result = add_digit(foreground, &c, &written[i], found, f);
    pool_free(&memory);
    return result;
}

/* Turns an interval of n_reduced pixels in a row into that of the n original pixels that it touches. */
static void enlarge(size_t *start, size_t *length, size_t n_reduced, size_t n)
{
    const size_t end = ((*start + *length) * n + n_reduced - 1) / n_reduced;
    *start = *start * n / n_reduced;
    *length = end - *start;
}

/* The strokes of a picture that is reduced to max_side, {0} if there are none; strokes->values are the caller's to free. */
static status find_strokes(const grey_image *picture, size_t max_side, grey_image *strokes, failure *f)
{
    bool any = false;
    const status result = find_foreground(picture, max_side, strokes, &any, f);
    if (result == STATUS_OK && any) {
        remove_ruled_lines(strokes);
        return STATUS_OK;
    }
    free(strokes->values);
    *strokes = (grey_image){0};
    return result;
}

/* Finds digits in strokes, which are overwritten, and their boxes in the picture. */
static status find_in_strokes(const grey_image *picture, const grey_image *strokes, bool all, digits *found,
                              failure *f)
{
    if (!strokes->values)
        return STATUS_OK;
    const status result = find_in_foreground(strokes, all, found, f);
    for (size_t i = 0; result == STATUS_OK && i < found->n; i++) {
        digit_box *box = &found->boxes[i];
        enlarge(&box->left, &box->width, strokes->width, picture->width);
        enlarge(&box->top, &box->height, strokes->height, picture->height);
    }
    return result;
}

status digits_find(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found, failure *f)
{
    digit_box box;
    grey_image strokes;
    if (is_normalised(picture, n_rows, n_columns, &box))
        return digits_take(picture, &box, found, f);
    *found = (digits){.n_rows = n_rows, .n_columns = n_columns};
    status result = find_strokes(picture, all ? MAX_SIDE_OF_MANY : MAX_SIDE, &strokes, f);
    if (result == STATUS_OK)
        result = find_in_strokes(picture, &strokes, all, found, f);
    free(strokes.values);
    return result;
}

/* The digits that are at least half as tall as the tallest. */
static size_t count_tall(const digits *d)
{
    size_t tallest = 0, n = 0;
    for (size_t i = 0; i < d->n; i++)
        tallest = size_max(tallest, d->boxes[i].height);
    for (size_t i = 0; i < d->n; i++)
        n += 2 * d->boxes[i].height >= tallest;
    return n;
}

/* digits_find_one for a picture that is not reduced, so that one search for strokes serves for both. */
static status find_at_full_size(const grey_image *picture, digits *one, digits *all, failure *f)
{
    grey_image strokes, copy = {0};
    status result = find_strokes(picture, MAX_SIDE, &strokes, f);
    if (result == STATUS_OK && strokes.values)
        result = grey_image_create(strokes.width, strokes.height, &copy, f);
    if (copy.values)
        memcpy(copy.values, strokes.values, copy.width * copy.height * sizeof *copy.values);
    if (result == STATUS_OK)
        result = find_in_strokes(picture, &strokes, false, one, f);
    if (result == STATUS_OK)
        result = find_in_strokes(picture, &copy, true, all, f);
    free(copy.values);
    free(strokes.values);
    return result;
}

status digits_find_one(const grey_image *picture, size_t n_rows, size_t n_columns, digits *found, size_t *n_apart,
                       failure *f)
{
    digit_box box;
    digits all = {.n_rows = n_rows, .n_columns = n_columns};
    *n_apart = 1;
    if (is_normalised(picture, n_rows, n_columns, &box))
        return digits_take(picture, &box, found, f);
    *found = all;
    status result = STATUS_OK;
    if (size_max(picture->width, picture->height) <= MAX_SIDE)
        result = find_at_full_size(picture, found, &all, f);
    else {
        result = digits_find(picture, n_rows, n_columns, false, found, f);
        if (result == STATUS_OK)
            result = digits_find(picture, n_rows, n_columns, true, &all, f);
    }
    *n_apart = count_tall(&all);
    digits_destroy(&all);
    return result;
}

status digits_take(const grey_image *image, const digit_box *box, digits *found, failure *f)
{
    *found = (digits){.n_rows = image->height, .n_columns = image->width};
    const status result = make_room(1, found, f);
    if (result != STATUS_OK)
        return result;
    found->boxes[found->n++] = *box;
    for (size_t i = 0; i < image->width * image->height; i++)
        found->pixels[i] = (uint8_t)lrintf(255 * image->values[i]);
    return STATUS_OK;
}

void digits_destroy(digits *d)
{
    free(d->pixels);
    free(d->lines);
    free(d->boxes);
    *d = (digits){0};
}
