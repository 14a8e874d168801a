/* The strokes that a digit was written with. */
#pragma once

#include "base/grey_image.h"

/* Strokes of solid foreground (see foreground.h), in pixels; all 0 if there is none. */
typedef struct stroke {
    double width;  /* the mean width: twice the area over the length of the outline, averaged over its directions */
    double length; /* the total length: the area over the mean width */
    double max_width; /* the diameter of the largest disc of solid foreground */
} stroke;

status stroke_measure(const grey_image *foreground, stroke *measured, failure *f);

/* Dilates solid foreground by `radius` pixels, on a map that is larger by what this needs; thick->values are the
 * caller's to free. */
status stroke_thicken(const grey_image *foreground, double radius, grey_image *thick, failure *f);
