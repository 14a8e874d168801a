/* Writing files so that nothing is lost. */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

/* Writes the content beside its final name, syncs it, and renames it over the final name: at any moment
 * there is either the old file or the new one, whole. A failure leaves the old file alone. */
status write_file(const char *path, const void *data, size_t size, failure *f);

/* The same for a buffer, which it frees; a buffer that ran out of memory is a failure. */
status write_buffer(const char *path, buffer *content, failure *f);

/* Makes a folder, and those above it, where they are missing. */
status make_folder(const char *path, failure *f);

/* folder/name, which the caller frees; NULL if memory ran out. */
char *join_path(const char *folder, const char *name);

/* The same as *path, which the caller frees; fails if memory ran out. */
status result_path(const char *folder, const char *name, char **path, failure *f);
