#include "base/grey_image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"

status grey_image_create(size_t width, size_t height, grey_image *image, failure *f)
{
    *image = (grey_image){width, height, calloc(width * height, sizeof *image->values)};
    return image->values ? STATUS_OK : fail_memory(f);
}

/* The weight of pixel i in a result pixel that is centred on `centre` and covers `step` >= 1 pixels: a box of that
 * width convolved with the box of one pixel. */
static double weight(double i, double centre, double step)
{
    return double_min(double_max((1 + step) / 2 - fabs(i + 0.5 - centre), 0), 1);
}

/* A pixel of an image, 0 outside. */
static double pixel(const grey_image *image, long row, long column)
{
    if (row < 0 || column < 0 || (size_t)row >= image->height || (size_t)column >= image->width)
        return 0;
    return (double)image->values[(size_t)row * image->width + (size_t)column];
}

static float sample(const grey_image *image, double y, double x, double step_y, double step_x)
{
    const double reach_y = (step_y + 1) / 2, reach_x = (step_x + 1) / 2;
    const long first_row = (long)floor(y - reach_y), end_row = (long)ceil(y + reach_y);
    const long first_column = (long)floor(x - reach_x), end_column = (long)ceil(x + reach_x);
    double sum = 0, weights = 0;
    for (long row = first_row; row < end_row; row++) {
        const double of_row = weight((double)row, y, step_y);
        for (long column = first_column; of_row > 0 && column < end_column; column++) {
            const double w = of_row * weight((double)column, x, step_x);
            sum += w * pixel(image, row, column);
            weights += w;
        }
    }
    return weights > 0 ? (float)(sum / weights) : 0;
}

/* Whether a region is all of an image, at the size of the result. */
static bool is_copy(const grey_image *image, const region *source, const grey_image *result)
{
    return result->width == image->width && result->height == image->height && source->left == 0 &&
           source->top == 0 && source->width == (double)image->width && source->height == (double)image->height;
}

void resample(const grey_image *image, const region *source, grey_image *result)
{
    if (is_copy(image, source, result)) {
        memcpy(result->values, image->values, image->width * image->height * sizeof *image->values);
        return;
    }
    const double step_x = source->width / (double)result->width, step_y = source->height / (double)result->height;
    for (size_t row = 0; row < result->height; row++)
        for (size_t column = 0; column < result->width; column++)
            result->values[row * result->width + column] = sample(image, source->top + ((double)row + 0.5) * step_y,
                                                                  source->left + ((double)column + 0.5) * step_x,
                                                                  double_max(step_y, 1), double_max(step_x, 1));
}

static size_t scaled_side(double side, double scale, size_t max_side)
{
    return (size_t)double_min(double_max(floor(side * scale + 0.5), 1), (double)max_side);
}

status resample_by(const grey_image *image, const region *source, double scale, size_t max_width, size_t max_height,
                   grey_image *result, failure *f)
{
    const status created = grey_image_create(scaled_side(source->width, scale, max_width),
                                             scaled_side(source->height, scale, max_height), result, f);
    if (created == STATUS_OK)
        resample(image, source, result);
    return created;
}
