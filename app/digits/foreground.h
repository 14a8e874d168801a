/* The foreground of a picture: its writing or drawing. */
#pragma once

#include "base/grey_image.h"

/* A pixel of more foreground than this is solid; those around it, of the same stroke, may be fainter. */
static const float SOLID = 0.4f;

/* Finds what differs from the background of a picture, 0 background to 1 foreground, whichever is darker.
 * Background is most of the picture or most of its margin (see background.h). A picture with a side longer than
 * max_side is reduced to that first. *found is false if nothing stands out from the noise. foreground->values are
 * the caller's to free, also after a failure. */
status find_foreground(const grey_image *picture, size_t max_side, grey_image *foreground, bool *found, failure *f);
