#include "digits/normalisation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/sizes.h"
#include "digits/foreground.h"
#include "digits/stroke.h"

/* The side of the box that a digit is fitted into, as a share of the image's shorter side. */
static const double BOX_SHARE = 20.0 / 28;

/* At least this share of a digit's foreground is solid. */
static const double MIN_SOLID = 0.25;

/* Strokes thinner than this share of a digit's longer side, such as those of a ballpoint pen on a large scan, are
 * widened to the second; of the digits of MNIST one in a hundred is thinner than 0.08, and half are thinner than
 * 0.14. */
static const double THIN_STROKE = 0.07, WANTED_STROKE = 0.11;

/* Limits of what a pen writes, as shares of a digit's longer side: the mean and the largest width of its strokes
 * and their total length; then the largest width over the mean width, and the width of a digit over its height. All
 * of 3,000 digits of MNIST are within them. */
static const double MAX_MEAN_WIDTH = 0.4, MAX_WIDTH = 0.56, MAX_LENGTH = 4, MAX_UNEVENNESS = 2.4, MAX_ASPECT = 2.5;

static double fitted_side(size_t n_rows, size_t n_columns)
{
    return BOX_SHARE * (double)size_min(n_rows, n_columns);
}

static double longer_side(const digit_box *box)
{
    return (double)size_max(box->width, box->height);
}

/* Row and column of the centre of mass; 0 if the image is black. */
typedef struct centre {
    double row, column;
} centre;

static centre centre_of_mass(const grey_image *image)
{
    double mass = 0;
    centre c = {0, 0};
    for (size_t row = 0; row < image->height; row++) {
        for (size_t column = 0; column < image->width; column++) {
            const double value = (double)image->values[row * image->width + column];
            mass += value;
            c.row += value * (double)row;
            c.column += value * (double)column;
        }
    }
    return mass > 0 ? (centre){c.row / mass, c.column / mass} : (centre){0, 0};
}

/* The box of the pixels above a threshold. */
static digit_box box_above(const grey_image *foreground, float threshold)
{
    digit_box found = {0};
    for (size_t row = 0; row < foreground->height; row++)
        for (size_t column = 0; column < foreground->width; column++)
            if (foreground->values[row * foreground->width + column] > threshold)
                found = join_boxes(&found, &(digit_box){column, row, 1, 1});
    return found;
}

bool is_normalised(const grey_image *picture, size_t n_rows, size_t n_columns, digit_box *box)
{
    const size_t n = n_rows * n_columns;
    size_t n_black = 0;
    if (picture->height != n_rows || picture->width != n_columns)
        return false;
    for (size_t i = 0; i < n; i++)
        n_black += picture->values[i] == 0;
    if (n_black < n / 2 || n_black == n)
        return false;
    *box = box_above(picture, 0);
    const centre c = centre_of_mass(picture);
    return fabs(longer_side(box) - fitted_side(n_rows, n_columns)) <= 1 &&
           fabs(c.row - (double)n_rows / 2) <= 0.5 && fabs(c.column - (double)n_columns / 2) <= 0.5;
}

/* Where a fitted image starts so that its centre of mass is in the middle, as far as it stays inside. */
static size_t offset_for(double middle, size_t size, size_t fitted_size)
{
    const double offset = floor((double)size / 2 - middle + 0.5), most = (double)(size - fitted_size);
    return (size_t)double_min(double_max(offset, 0), most);
}

/* Fits a box into the image and puts its centre of mass in the middle. */
static status fit(const grey_image *foreground, const digit_box *box, size_t n_rows, size_t n_columns,
                  uint8_t *pixels, failure *f)
{
    const double scale = fitted_side(n_rows, n_columns) / longer_side(box);
    const region all = {(double)box->left, (double)box->top, (double)box->width, (double)box->height};
    grey_image fitted;
    const status result = resample_by(foreground, &all, scale, n_columns, n_rows, &fitted, f);
    if (result != STATUS_OK)
        return result;
    const centre c = centre_of_mass(&fitted);
    const size_t top = offset_for(c.row, n_rows, fitted.height),
                 left = offset_for(c.column, n_columns, fitted.width);
    for (size_t row = 0; row < fitted.height; row++)
        for (size_t column = 0; column < fitted.width; column++)
            pixels[(top + row) * n_columns + left + column] =
                (uint8_t)lrintf(255 * fitted.values[row * fitted.width + column]);
    free(fitted.values);
    return STATUS_OK;
}

/* The box of a digit that will be fitted into `side` pixels. The edge of a stroke is where it is half solid: on an
 * image of the model's size within a pixel, and on a larger one several pixels from where the stroke begins. */
static digit_box find_edges(const grey_image *foreground, double side)
{
    const digit_box whole = {0, 0, foreground->width, foreground->height};
    const double scale = side / longer_side(&whole);
    return scale < 1 ? box_above(foreground, SOLID * (float)(1 - scale)) : whole;
}

/* Whether solid strokes may be those of a digit. */
static bool is_written(const stroke *s, const digit_box *edges)
{
    const double longer = longer_side(edges);
    return s->width <= MAX_MEAN_WIDTH * longer && s->max_width <= MAX_WIDTH * longer &&
           s->length <= MAX_LENGTH * longer && s->max_width <= MAX_UNEVENNESS * s->width &&
           (double)edges->width <= MAX_ASPECT * (double)edges->height;
}

/* Whether an image consists of strokes, not of the faint clouds of a photograph. */
static bool has_strokes(size_t n, const uint8_t *pixels)
{
    size_t n_foreground = 0, n_solid = 0;
    for (size_t i = 0; i < n; i++) {
        n_foreground += pixels[i] > 0;
        n_solid += pixels[i] > SOLID * 255;
    }
    return (double)n_solid >= MIN_SOLID * (double)n_foreground && n_foreground > 0;
}

status normalise_digit(const grey_image *alone, size_t n_rows, size_t n_columns, uint8_t *pixels, digit_box *edges,
                       bool *is_digit, failure *f)
{
    const double side = fitted_side(n_rows, n_columns);
    stroke s;
    *is_digit = false;
    *edges = find_edges(alone, side);
    status result = stroke_measure(alone, &s, f);
    if (result != STATUS_OK || !is_written(&s, edges))
        return result;
    memset(pixels, 0, n_rows * n_columns);
    const double longer = longer_side(edges);
    const bool is_thin = s.width > 0 && s.width < THIN_STROKE * longer;
    grey_image thick = {0};
    if (is_thin)
        result = stroke_thicken(alone, (WANTED_STROKE * longer - s.width) / 2, &thick, f);
    if (result != STATUS_OK)
        return result;
    const grey_image *drawn = is_thin ? &thick : alone;
    const digit_box box = find_edges(drawn, side);
    result = fit(drawn, &box, n_rows, n_columns, pixels, f);
    free(thick.values);
    *is_digit = result == STATUS_OK && has_strokes(n_rows * n_columns, pixels);
    return result;
}
