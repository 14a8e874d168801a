#include "data/digit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/resample.h"

/* Larger pictures are made smaller first: what is left is far more than the model sees. */
enum { MAX_SIDE = 400 };

/* Ink that is surely ink; what belongs to a stroke around it may be fainter. */
static const float SOLID = 0.4f;

/* A part of a digit is no less than this share of the largest one. */
static const double MIN_PART = 0.08;

/* A ruled line has ink, be it faint, along this share of the picture and into both of its margins, and is thinner
 * than that one. */
static const float LINE_INK = 0.1f;
static const double LINE_LENGTH = 0.7, MARGIN = 0.05, LINE_THICKNESS = 0.03;

/* What the digit is fitted into, of 28 pixels. */
static const double BOX_SHARE = 20.0 / 28;

/* ---------------------------------------------------------------------------------------------- */
/* Lines                                                                                           */

/* A map with its rows and columns exchanged where `turned`, so that one function serves both directions. */
static float *at(const grey_image *ink, bool turned, size_t i, size_t j)
{
    return turned ? &ink->values[j * ink->width + i] : &ink->values[i * ink->width + j];
}

/* How much of the columns first .. end - 1 of row i has ink, 0 to 1. */
static double inked_share(const grey_image *ink, bool turned, size_t i, size_t first, size_t end)
{
    size_t n_inked = 0;
    for (size_t j = first; j < end; j++)
        n_inked += *at(ink, turned, i, j) > LINE_INK;
    return (double)n_inked / (double)(end - first);
}

static bool is_line_row(const grey_image *ink, bool turned, size_t i, size_t n_columns)
{
    const size_t margin = (size_t)(MARGIN * (double)n_columns) + 1;
    return inked_share(ink, turned, i, 0, n_columns) > LINE_LENGTH &&
           inked_share(ink, turned, i, 0, margin) > 0.5 &&
           inked_share(ink, turned, i, n_columns - margin, n_columns) > 0.5;
}

/* Takes rows first .. end - 1 out, but for where a stroke crosses them. */
static void remove_rows(const grey_image *ink, bool turned, size_t first, size_t end, size_t n_rows,
                        size_t n_columns)
{
    for (size_t j = 0; j < n_columns; j++) {
        const bool above = first > 0 && *at(ink, turned, first - 1, j) > SOLID;
        const bool below = end<n_rows && * at(ink, turned, end, j)> SOLID;
        for (size_t i = first; !(above && below) && i < end; i++)
            *at(ink, turned, i, j) = 0;
    }
}

/* Removes the lines of ruled paper that run along the rows. Their edges, fainter than the line, go with them. */
static void remove_lines(const grey_image *ink, bool turned)
{
    const size_t n_rows = turned ? ink->width : ink->height, n_columns = turned ? ink->height : ink->width;
    const size_t thickest = (size_t)(LINE_THICKNESS * (double)n_rows) + 1;
    for (size_t i = 0; i < n_rows; i++) {
        size_t end = i;
        while (end < n_rows && is_line_row(ink, turned, end, n_columns))
            end++;
        if (end > i && end - i <= thickest)
            remove_rows(ink, turned, i > 0 ? i - 1 : 0, end < n_rows ? end + 1 : end, n_rows, n_columns);
        i = end;
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Connected parts                                                                                 */

/* Pixels that hang together, each with solid ink. */
typedef struct part {
    size_t n_pixels;
    size_t left, top, right, bottom; /* the last two beyond it */
} part;

/* What a flood fill works in: labels, 0 for pixels of no part yet, and those whose neighbours are to be seen. */
typedef struct flood {
    size_t *labels, *stack; /* [n_pixels] */
    size_t n_stacked;
} flood;

/* Gives a pixel's neighbours above a threshold its label, and puts them on the stack. */
static void spread(const grey_image *ink, float threshold, size_t row, size_t column, size_t label, flood *fl)
{
    for (size_t i = row > 0 ? row - 1 : 0; i <= row + 1 && i < ink->height; i++) {
        for (size_t j = column > 0 ? column - 1 : 0; j <= column + 1 && j < ink->width; j++) {
            const size_t next = i * ink->width + j;
            if (fl->labels[next] != 0 || !(ink->values[next] > threshold))
                continue;
            fl->labels[next] = label;
            fl->stack[fl->n_stacked++] = next;
        }
    }
}

/* Labels the part that a pixel belongs to, and describes it. */
static part fill_part(const grey_image *ink, float threshold, size_t start, size_t label, flood *fl)
{
    part found = {.left = ink->width, .top = ink->height};
    fl->labels[start] = label;
    fl->stack[fl->n_stacked++] = start;
    while (fl->n_stacked > 0) {
        const size_t here = fl->stack[--fl->n_stacked], row = here / ink->width, column = here % ink->width;
        found.n_pixels++;
        found.left = column < found.left ? column : found.left;
        found.right = column >= found.right ? column + 1 : found.right;
        found.top = row < found.top ? row : found.top;
        found.bottom = row >= found.bottom ? row + 1 : found.bottom;
        spread(ink, threshold, row, column, label, fl);
    }
    return found;
}

/* The pixels of the largest part of solid ink. */
static size_t largest_solid_part(const grey_image *ink, flood *fl)
{
    const size_t n = ink->width * ink->height;
    size_t largest = 0;
    memset(fl->labels, 0, n * sizeof *fl->labels);
    for (size_t i = 0; i < n; i++) {
        if (fl->labels[i] != 0 || !(ink->values[i] > SOLID))
            continue;
        const part found = fill_part(ink, SOLID, i, 1, fl);
        largest = found.n_pixels > largest ? found.n_pixels : largest;
    }
    return largest;
}

/* Counts the solid pixels of a part, and clears it if they are fewer than `least`; returns whether it is left. */
static bool keep_part(const grey_image *ink, const part *p, const size_t *labels, size_t label, double least)
{
    size_t n_solid = 0;
    for (size_t row = p->top; row < p->bottom; row++)
        for (size_t i = row * ink->width + p->left; i < row * ink->width + p->right; i++)
            n_solid += labels[i] == label && ink->values[i] > SOLID;
    const bool is_kept = n_solid > 0 && (double)n_solid >= least;
    for (size_t row = p->top; !is_kept && row < p->bottom; row++)
        for (size_t i = row * ink->width + p->left; i < row * ink->width + p->right; i++)
            if (labels[i] == label)
                ink->values[i] = 0;
    return is_kept;
}

static part join_parts(const part *a, const part *b)
{
    return (part){a->n_pixels + b->n_pixels, a->left < b->left ? a->left : b->left,
                  a->top < b->top ? a->top : b->top, a->right > b->right ? a->right : b->right,
                  a->bottom > b->bottom ? a->bottom : b->bottom};
}

/* Clears whatever hangs together but holds too little solid ink, and gives the box of the rest; false if nothing
 * is left. Solid pixels decide what is a part of the digit; the faint ones around them belong to it. */
static bool keep_parts(const grey_image *ink, flood *fl, digit_box *box)
{
    const size_t n = ink->width * ink->height;
    const double least = MIN_PART * (double)largest_solid_part(ink, fl);
    part all = {.left = ink->width, .top = ink->height};
    size_t label = 0;
    memset(fl->labels, 0, n * sizeof *fl->labels);
    for (size_t i = 0; i < n; i++) {
        if (fl->labels[i] != 0 || !(ink->values[i] > 0))
            continue;
        const part found = fill_part(ink, 0, i, ++label, fl);
        if (keep_part(ink, &found, fl->labels, label, least))
            all = join_parts(&all, &found);
    }
    if (all.n_pixels > 0)
        *box = (digit_box){all.left, all.top, all.right - all.left, all.bottom - all.top};
    return all.n_pixels > 0;
}

/* ---------------------------------------------------------------------------------------------- */
/* The model's form                                                                                */

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

/* The box of the ink above a threshold, within another box that has some. */
static digit_box tighten(const grey_image *ink, const digit_box *within, float threshold)
{
    part found = {.left = ink->width, .top = ink->height};
    for (size_t row = within->top; row < within->top + within->height; row++) {
        for (size_t column = within->left; column < within->left + within->width; column++) {
            if (!(ink->values[row * ink->width + column] > threshold))
                continue;
            found.left = column < found.left ? column : found.left;
            found.right = column >= found.right ? column + 1 : found.right;
            found.top = row < found.top ? row : found.top;
            found.bottom = row + 1;
        }
    }
    return (digit_box){found.left, found.top, found.right - found.left, found.bottom - found.top};
}

/* The edge of a stroke is where it is half as dark as ink, which in an image of the model's size is a pixel's
 * own affair, and in a larger one a matter of several pixels. */
static digit_box edges_of(const grey_image *ink, const digit_box *box, double model_side)
{
    const double scale = model_side / (double)(box->width > box->height ? box->width : box->height);
    return scale < 1 ? tighten(ink, box, SOLID * (float)(1 - scale)) : *box;
}

/* The picture no larger than MAX_SIDE; values are the caller's. */
static status shrink(const grey_image *picture, grey_image *small, failure *f)
{
    const size_t side = picture->width > picture->height ? picture->width : picture->height;
    const double scale = side > MAX_SIDE ? (double)MAX_SIDE / (double)side : 1;
    *small = (grey_image){.width = fitted_side((double)picture->width, scale, MAX_SIDE),
                          .height = fitted_side((double)picture->height, scale, MAX_SIDE)};
    small->values = calloc(small->width * small->height, sizeof *small->values);
    if (!small->values)
        return fail_memory(f);
    resample(picture, &(region){0, 0, (double)picture->width, (double)picture->height}, small);
    return STATUS_OK;
}

static status find_in_ink(const grey_image *ink, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *box,
                          bool *found, failure *f)
{
    const size_t n = ink->width * ink->height;
    flood fl = {.labels = calloc(n, sizeof *fl.labels), .stack = calloc(n, sizeof *fl.stack)};
    status result = STATUS_OK;
    if (fl.labels && fl.stack) {
        remove_lines(ink, false);
        remove_lines(ink, true);
        *found = keep_parts(ink, &fl, box);
        if (*found) {
            *box = edges_of(ink, box, BOX_SHARE * (double)(n_rows < n_columns ? n_rows : n_columns));
            result = place(ink, box, n_rows, n_columns, pixels, f);
        }
    } else {
        result = fail_memory(f);
    }
    free(fl.stack);
    free(fl.labels);
    return result;
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

static status normalise(const grey_image *picture, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *box,
                        bool *found, failure *f)
{
    grey_image small;
    status result = shrink(picture, &small, f);
    if (result != STATUS_OK)
        return result;
    grey_image ink = {small.width, small.height, calloc(small.width * small.height, sizeof *ink.values)};
    result = ink.values ? ink_find(&small, ink.values, found, f) : fail_memory(f);
    if (result == STATUS_OK && *found)
        result = find_in_ink(&ink, n_rows, n_columns, pixels, box, found, f);
    widen(&box->left, &box->width, small.width, picture->width);
    widen(&box->top, &box->height, small.height, picture->height);
    free(ink.values);
    free(small.values);
    return result;
}

status digit_normalise(const grey_image *picture, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *box,
                       bool *found, failure *f)
{
    *found = is_normalised(picture, n_rows, n_columns, box);
    for (size_t i = 0; *found && i < n_rows * n_columns; i++)
        pixels[i] = (uint8_t)lrintf(255 * picture->values[i]);
    if (*found)
        return STATUS_OK;
    *box = (digit_box){0};
    memset(pixels, 0, n_rows * n_columns);
    return normalise(picture, n_rows, n_columns, pixels, box, found, f);
}
