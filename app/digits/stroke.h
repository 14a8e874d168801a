/* The pen that a digit was written with. */
#pragma once

#include "digits/ink.h"

/* Strokes of solid ink, in pixels; all 0 where there is none. */
typedef struct stroke {
    double width;  /* the mean: twice the area over the length of the outline, taken for a mean of all directions */
    double length; /* of all together: the area over the width */
    double most;   /* the width where it is the most: the diameter of the largest circle of solid ink */
} stroke;

status stroke_measure(const grey_image *ink, stroke *measured, failure *f);

/* Draws solid ink again with a pen that reaches `radius` further, on a map with room for it; thick->values are the
 * caller's. */
status stroke_thicken(const grey_image *ink, double radius, grey_image *thick, failure *f);
