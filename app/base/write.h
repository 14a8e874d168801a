/* Writing files so that nothing is lost. */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

/* Writes the content beside the file, syncs it, and renames it over the file: at any moment the file is the old one
 * or the new one, whole. A failure leaves the old file alone. */
status write_file(const char *path, const void *data, size_t size, failure *f);

/* The same for a buffer, which it frees; fails if the buffer did. */
status write_buffer(const char *path, buffer *content, failure *f);
