/* The gzip format, inflated from memory; the only place that knows zlib. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { GZIP_MAGIC_BYTES = 2 };

/* Whether a file that starts with these bytes is one of gzip. */
bool gzip_has_magic(const uint8_t *data, size_t size);

/* The most that so many bytes of gzip can become, SIZE_MAX if that is beyond any size. */
size_t gzip_largest_content(size_t packed_size);

/* Inflates all members of packed. Refuses content of more than limit_bytes without making more of it than
 * that. `name` is for the failure's line; *content is the caller's to free. */
status gzip_inflate(const char *name, const bytes *packed, size_t limit_bytes, bytes *content, failure *f);

/* Inflates the first bytes of the content into head [head_size]; packed need not go on behind them.
 * *n_found is less than head_size only if that is all the content. */
status gzip_inflate_head(const char *name, const bytes *packed, uint8_t *head, size_t head_size, size_t *n_found,
                         failure *f);
