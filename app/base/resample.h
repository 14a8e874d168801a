/* Images enlarged and reduced. */
#pragma once

#include "base/grey_image.h"
#include "base/status.h"

/* A rectangle in an image, in pixels; its edges may lie within pixels. */
typedef struct region {
    double left, top, width, height;
} region;

/* Draws a region of an image into result, whose size and values are the caller's. Reduced, each pixel is the mean
 * of the area that it covers; enlarged, it is interpolated between its nearest neighbours; at the same size it is
 * unchanged. Outside, the image counts as 0. */
void resample(const grey_image *image, const region *source, grey_image *result);

/* Draws a region `scale` times as large, rounded to whole pixels of which each side has at least one and at most
 * max_width or max_height. result->values are the caller's to free, and NULL after a failure. */
status resample_by(const grey_image *image, const region *source, double scale, size_t max_width, size_t max_height,
                   grey_image *result, failure *f);
