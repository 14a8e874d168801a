/* A grey image of floats: a picture, or a map of it. */
#pragma once

#include <stddef.h>

typedef struct grey_image {
    size_t width, height;
    float *values; /* [height, width]; a picture's are 0 black to 1 white; the owner frees it */
} grey_image;
