/* The gzip format, to and from memory. */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

/* Whether a file that starts with these bytes is a gzip file. */
bool gzip_has_magic(const uint8_t *data, size_t size);

/* The most that packed_size bytes of gzip can inflate to, SIZE_MAX if that is more than a size can hold. */
size_t gzip_largest_content(size_t packed_size);

/* Packs data [size] as one member, as small as zlib can. *packed is the caller's to free. The same data gives the same
 * bytes with the same zlib. */
status gzip_deflate(const void *data, size_t size, bytes *packed, failure *f);

/* Inflates all members of packed, or the first n_most bytes of their content; packed may be cut short after them.
 * `name` is for the failure's line; *content is the caller's to free. */
status gzip_inflate(const char *name, const bytes *packed, size_t n_most, bytes *content, failure *f);
