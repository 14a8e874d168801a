/* Grey images of floats: pictures, and maps of them. */
#pragma once

#include "base/status.h"

typedef struct grey_image {
    size_t width, height;
    float *values; /* [height, width]; a picture's are 0 black to 1 white */
} grey_image;

/* Creates an image whose values are 0. They are the caller's to free, and NULL after a failure. */
status grey_image_create(size_t width, size_t height, grey_image *image, failure *f);

/* A rectangle in an image, in pixels; its edges may lie within pixels. */
typedef struct region {
    double left, top, width, height;
} region;

/* Draws a region of an image into result, whose size and values are the caller's. Reduced, each pixel is the mean
 * of the area that it covers; enlarged, it is interpolated between its nearest neighbours; at the same size it is
 * unchanged. Outside, the image counts as 0. */
void resample(const grey_image *image, const region *source, grey_image *result);

/* Draws a region, enlarged `scale` times, into an image that it creates; each side is rounded to a whole number of
 * pixels from 1 to max_width or max_height. */
status resample_by(const grey_image *image, const region *source, double scale, size_t max_width, size_t max_height,
                   grey_image *result, failure *f);
