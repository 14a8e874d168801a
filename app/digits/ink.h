/* What is ink in a picture, and what is paper. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/grey_image.h"
#include "base/status.h"

/* Ink above this is surely ink; what belongs to a stroke around it may be fainter. */
static const float INK_SOLID = 0.4f;

/* Finds the ink of a picture: where it differs from the paper, 0 paper to 1 ink, [height, width] of the
 * caller, whichever of the two is the darker one. Paper is taken for the most of the picture, its brightness for a
 * surface of second degree, so that it may be lit unevenly; what differs by no more than its own noise is paper.
 * *found is false where nothing stands out from the noise. */
status ink_find(const grey_image *picture, float *ink, bool *found, failure *f);
