/* PNG pictures; the only place that knows libpng. */
#ifndef FILES_PNG_H
#define FILES_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* A picture of 8-bit red, green and blue. */
typedef struct picture {
    size_t width, height;
    uint8_t *rgb; /* [height, width, 3]; the owner frees it */
} picture;

/* Writes a picture, or 8-bit grey [height, width], as a PNG. */
status png_write_rgb(const char *path, const picture *p, failure *f);
status png_write_grey(const char *path, const uint8_t *grey, size_t width, size_t height, failure *f);

/* Reads a PNG of exactly this size as 8-bit grey; *grey [height, width] is the caller's to free. */
status png_read_grey(const char *path, size_t width, size_t height, uint8_t **grey, failure *f);

#endif
