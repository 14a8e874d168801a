#include "digits/digit.h"

#include <math.h>
#include <stdlib.h>

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

static status find_in_picture(const grey_image *picture, bool all, digits *found, failure *f)
{
    grey_image foreground;
    bool any = false;
    status result = find_foreground(picture, all ? MAX_SIDE_OF_MANY : MAX_SIDE, &foreground, &any, f);
    if (result == STATUS_OK && any) {
        remove_ruled_lines(&foreground);
        result = find_in_foreground(&foreground, all, found, f);
    }
    for (size_t i = 0; result == STATUS_OK && i < found->n; i++) {
        digit_box *box = &found->boxes[i];
        enlarge(&box->left, &box->width, foreground.width, picture->width);
        enlarge(&box->top, &box->height, foreground.height, picture->height);
    }
    free(foreground.values);
    return result;
}

status digits_find(const grey_image *picture, size_t n_rows, size_t n_columns, bool all, digits *found, failure *f)
{
    digit_box box;
    if (is_normalised(picture, n_rows, n_columns, &box))
        return digits_take(picture, &box, found, f);
    *found = (digits){.n_rows = n_rows, .n_columns = n_columns};
    return find_in_picture(picture, all, found, f);
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
