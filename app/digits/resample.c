#include "digits/resample.h"

#include <math.h>

/* How much pixel i counts for a result pixel centred on `centre` that covers `step` source pixels: a box of its
 * width, blurred by the pixel's own, which is a box as well where it is smaller. */
static double weight(double i, double centre, double step)
{
    const double distance = fabs(i + 0.5 - centre), narrow = fmin(step, 1), wide = fmax(step, 1);
    return fmin(fmax((narrow + wide) / 2 - distance, 0), narrow);
}

/* A pixel of a picture, 0 outside. */
static double pixel(const grey_image *picture, long row, long column)
{
    if (row < 0 || column < 0 || (size_t)row >= picture->height || (size_t)column >= picture->width)
        return 0;
    return (double)picture->values[(size_t)row * picture->width + (size_t)column];
}

static float sample(const grey_image *picture, double y, double x, double step_y, double step_x)
{
    const double reach_y = (fmax(step_y, 1) + 1) / 2, reach_x = (fmax(step_x, 1) + 1) / 2;
    const long first_row = (long)floor(y - reach_y), end_row = (long)ceil(y + reach_y);
    const long first_column = (long)floor(x - reach_x), end_column = (long)ceil(x + reach_x);
    double sum = 0, weights = 0;
    for (long row = first_row; row < end_row; row++) {
        const double of_row = weight((double)row, y, fmax(step_y, 1));
        for (long column = first_column; of_row > 0 && column < end_column; column++) {
            const double w = of_row * weight((double)column, x, fmax(step_x, 1));
            sum += w * pixel(picture, row, column);
            weights += w;
        }
    }
    return weights > 0 ? (float)(sum / weights) : 0;
}

void resample(const grey_image *picture, const region *part, grey_image *result)
{
    const double step_x = part->width / (double)result->width, step_y = part->height / (double)result->height;
    for (size_t row = 0; row < result->height; row++)
        for (size_t column = 0; column < result->width; column++)
            result->values[row * result->width + column] =
                sample(picture, part->top + ((double)row + 0.5) * step_y,
                       part->left + ((double)column + 0.5) * step_x, step_y, step_x);
}
