/* Pictures of bytes, as files and screens hold them. */
#pragma once

#include "base/grey_image.h"

typedef struct picture {
    size_t width, height;
    size_t n_channels; /* 1 for grey; 3 for red, green and blue; 4 for these and alpha */
    uint8_t *values;   /* [height, width, n_channels], 0 dark to 255 bright; the owner frees it */
} picture;

/* Replaces the colours of a picture of 4 channels, in its memory, by grey of the same brightness in sRGB. Transparent
 * pixels become white, or black if the opaque ones are rather bright. The same bits on every machine. */
void picture_make_grey(picture *p);

/* Creates an image from a picture of one channel; image->values are the caller's to free. */
status picture_to_image(const picture *grey, grey_image *image, failure *f);
