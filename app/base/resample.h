/* Images enlarged and reduced. */
#pragma once

#include "base/grey_image.h"

/* A rectangle in an image, in pixels; its edges may lie within pixels. */
typedef struct region {
    double left, top, width, height;
} region;

/* Draws a region of an image into result, whose size and values are the caller's. Reduced, each pixel is the mean
 * of the area that it covers; enlarged, it is interpolated between its nearest neighbours; at the same size it is
 * unchanged. Outside, the image counts as 0. */
void resample(const grey_image *image, const region *source, grey_image *result);
