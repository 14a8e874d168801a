/* PNG pictures. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"

/* A picture of 8-bit red, green and blue. */
typedef struct picture {
    size_t width, height;
    uint8_t *rgb; /* [height, width, 3]; the owner frees it */
} picture;

/* Writes a picture, or 8-bit grey [height, width], as a PNG. */
status png_write_rgb(const char *path, const picture *p, failure *f);
status png_write_grey(const char *path, const uint8_t *grey, size_t width, size_t height, failure *f);

/* Makes the bytes of the file, which the caller frees; `name` is for the failure's line. */
status png_pack_rgb(const char *name, const picture *p, bytes *content, failure *f);
status png_pack_grey(const char *name, const uint8_t *grey, size_t width, size_t height, bytes *content,
                     failure *f);

/* A picture of 8-bit grey, 0 black to 255 white. */
typedef struct grey_picture {
    size_t width, height;
    uint8_t *values; /* [height, width]; the owner frees it */
} grey_picture;

/* No picture of more pixels than this is decoded. */
enum { PNG_MAX_PIXELS = 1 << 25 };

/* Reads a PNG of any kind (1 to 16 bits; grey, palette or colour; with alpha; interlaced) as grey in the brightness of
 * sRGB. Transparent pixels become white, or black if the opaque ones are rather bright. The path "-" is standard
 * input. */
status png_read_grey(const char *path, grey_picture *grey, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line. */
status png_parse_grey(const char *name, const uint8_t *content, size_t size, grey_picture *grey, failure *f);
