/* What is broader than a stroke. */
#pragma once

#include "digits/ink.h"
#include "base/status.h"

/* Takes out of a map of ink, each pixel of which is 0 or more, all that hangs together with a square of `side`
 * pixels of ink, by as much as they do: a shadow, the desk beside the paper, a filled shape. Strokes stay, by as
 * much as they stand out from what is taken by more than its noise. (Opening by reconstruction; Vincent 1993,
 * Morphological grayscale reconstruction in image analysis, IEEE Transactions on Image Processing 2.) */
status remove_broad(const grey_image *ink, size_t side, double noise, failure *f);
