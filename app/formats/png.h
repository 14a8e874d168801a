/* PNG pictures. */
#pragma once

#include "base/buffer.h"
#include "base/picture.h"
#include "base/status.h"

/* Makes the bytes of a PNG file of grey or of red, green and blue, which the caller frees; `name` is for the failure's line. The same picture gives the
 * same bytes. */
status png_pack(const char *name, const picture *p, bytes *content, failure *f);

/* Writes such a file. */
status png_write(const char *path, const picture *p, failure *f);

/* Whether content [size] starts as a PNG does. */
bool png_has_magic(const uint8_t *content, size_t size);

/* Whether content [size], of which the first 16 bytes are enough, starts as a picture does: a PNG, or another kind that
 * people have, of which png_parse_grey says what to do with it. */
bool picture_has_magic(const uint8_t *content, size_t size);

/* No larger file is read, and no picture of more pixels decoded. */
enum { PNG_MAX_BYTES = 32 << 20, PNG_MAX_PIXELS = 1 << 25 };

/* Reads a PNG of any kind (1 to 16 bits; grey, palette or colour; with alpha; interlaced) as grey (see
 * picture_make_grey). The path "-" is standard input. */
status png_read_grey(const char *path, picture *grey, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line. */
status png_parse_grey(const char *name, const uint8_t *content, size_t size, picture *grey, failure *f);
