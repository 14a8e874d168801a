/* Bytes as text (RFC 4648, section 4). */
#pragma once

#include "base/buffer.h"

/* The characters that so many bytes become. */
size_t base64_size(size_t size);

/* Adds data [size] in base64, padded by '='. */
void buffer_add_base64(buffer *b, const void *data, size_t size);
