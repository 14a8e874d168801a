/* Pictures made larger and smaller. */
#pragma once

#include "digits/ink.h"

/* Part of a picture, in pixels; edges may lie within them. */
typedef struct region {
    double left, top, width, height;
} region;

/* Draws a region of a picture into result, whose width and height say how large, and whose values are the
 * caller's: smaller, each pixel is the mean of the area that it covers; larger, it is interpolated between the
 * nearest ones; at the same size it is the same. What is outside of the picture counts as 0. */
void resample(const grey_image *picture, const region *part, grey_image *result);
