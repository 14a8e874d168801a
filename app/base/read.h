/* Reading whole files, gzip-compressed or plain. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/* Reads a regular file, inflating it if it starts with the magic of gzip (of one member or several).
 * Refuses more than limit_bytes of content, and a compressed file that is larger than such content needs.
 * *content is the caller's to free. */
status read_file(const char *path, size_t limit_bytes, bytes *content, failure *f);

/* Reads standard input to its end, as it is; `name` is for the failure's line. Refuses more than limit_bytes. */
status read_standard_input(const char *name, size_t limit_bytes, bytes *content, failure *f);

/* A file, or for the path "-" standard input; *name is what a failure calls it, and lives as long as path. */
status read_file_or_input(const char *path, size_t limit_bytes, bytes *content, const char **name, failure *f);

enum { HEAD_BYTES = 16 };

/* The start of a file, from which to tell how much to expect before memory is spent on it. */
typedef struct file_head {
    uint8_t data[HEAD_BYTES]; /* of the content */
    size_t size;              /* HEAD_BYTES, or less if that is all the content */
    size_t content_size;      /* of the whole */
    bool is_exact;            /* whether it has that size, or at most that: what a compressed file can hold */
} file_head;

/* Reads the start of a file that read_file could read. */
status read_head(const char *path, file_head *head, failure *f);
