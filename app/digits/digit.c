#include "digits/digit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Makes room for n digits; there are none yet. */
static status make_room(size_t n, size_t n_rows, size_t n_columns, digits *found, failure *f)
{
    *found = (digits){.n_rows = n_rows, .n_columns = n_columns};
    found->boxes = calloc(n + 1, sizeof *found->boxes); /* not empty even if n is 0 */
    found->lines = calloc(n + 1, sizeof *found->lines);
    found->pixels = calloc(n + 1, n_rows * n_columns);
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

/* Adds what seems to be a digit if it is one. */
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

static status find_in_foreground(const grey_image *foreground, size_t n_rows, size_t n_columns, bool all,
                                 digits *found, failure *f)
{
    components c;
    written_digit *written = NULL;
    size_t n = 0;
    status result = find_components(foreground, all ? SEPARATING : 0, &c, f);
    if (result == STATUS_OK && (!all || c.n <= MAX_COMPONENTS))
        result = group_components(&c, all, &written, &n, f);
    if (result == STATUS_OK)
        result = make_room(n, n_rows, n_columns, found, f);
    for (size_t i = 0; result == STATUS_OK && i < n; i++)
        result = add_digit(foreground, &c, &written[i], found, f);
    free(written);
    components_destroy(&c);
    return result;
}

/* Turns an interval of n_reduced pixels in a row into that of the n original pixels that it touches. */
static void enlarge(size_t *start, size_t *length, size_t n_reduced, size_t n)
{
    const size_t end = ((*start + *length) * n + n_reduced - 1) / n_reduced;
    *start = *start * n / n_reduced;
    *length = end - *start;
}

static status find_in_picture(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found,
                              failure *f)
{
    grey_image foreground;
    bool any = false;
    status result = find_foreground(picture, all ? MAX_SIDE_OF_MANY : MAX_SIDE, &foreground, &any, f);
    if (result == STATUS_OK && any) {
        remove_ruled_lines(&foreground);
        result = find_in_foreground(&foreground, n_rows, n_columns, all, found, f);
    }
    for (size_t i = 0; result == STATUS_OK && i < found->n; i++) {
        digit_box *box = &found->boxes[i];
        enlarge(&box->left, &box->width, foreground.width, picture->width);
        enlarge(&box->top, &box->height, foreground.height, picture->height);
    }
    free(foreground.values);
    return result;
}

/* One digit, whose pixels are still to be set. */
static status make_one(size_t n_rows, size_t n_columns, const digit_box *box, digits *found, failure *f)
{
    const status result = make_room(1, n_rows, n_columns, found, f);
    if (result != STATUS_OK)
        return result;
    found->boxes[0] = *box;
    found->n = 1;
    return STATUS_OK;
}

status digits_find(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found, failure *f)
{
    digit_box box;
    *found = (digits){.n_rows = n_rows, .n_columns = n_columns};
    if (!is_normalised(picture, n_rows, n_columns, &box))
        return find_in_picture(picture, n_rows, n_columns, all, found, f);
    const status result = make_one(n_rows, n_columns, &box, found, f);
    for (size_t i = 0; result == STATUS_OK && i < n_rows * n_columns; i++)
        found->pixels[i] = (uint8_t)lrintf(255 * picture->values[i]);
    return result;
}

status digits_take(const uint8_t *pixels, size_t n_rows, size_t n_columns, const digit_box *box, digits *found,
                   failure *f)
{
    const status result = make_one(n_rows, n_columns, box, found, f);
    if (result == STATUS_OK)
        memcpy(found->pixels, pixels, n_rows * n_columns);
    return result;
}

void digits_destroy(digits *d)
{
    free(d->pixels);
    free(d->lines);
    free(d->boxes);
    *d = (digits){0};
}
