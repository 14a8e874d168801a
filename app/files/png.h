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

/* No picture of more pixels than this is decoded. */
enum { PNG_MAX_PIXELS = 1 << 25 };

/* Reads a PNG of exactly this size as 8-bit grey; *grey [height, width] is the caller's to free. */
status png_read_grey(const char *path, size_t width, size_t height, uint8_t **grey, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line. */
status png_parse_grey(const char *name, const uint8_t *content, size_t size, size_t width, size_t height,
                      uint8_t **grey, failure *f);

#endif
