/* Removal of shapes that are broader than a stroke. */
#pragma once

#include "base/grey_image.h"

/* Removes from a map of contrast, each value of which is 0 or more, everything connected with a square of `side`
 * pixels: a shadow, the surroundings of the page, a filled shape. Strokes remain, as far as they stand out from
 * the removed shapes by more than noise. (Opening by reconstruction; Vincent 1993, Morphological grayscale
 * reconstruction in image analysis, IEEE Transactions on Image Processing 2.) */
status remove_broad(const grey_image *contrast, size_t side, double noise, failure *f);
