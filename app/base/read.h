/* Reading whole files, gzip-compressed or plain. */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

/* Reads a regular file, and inflates it if it starts with the magic number of gzip. Refuses content of more than
 * limit_bytes, and a compressed file that is larger than such content needs. *content is the caller's to free. */
status read_file(const char *path, size_t limit_bytes, bytes *content, failure *f);

/* The same; but the path "-" is standard input, which is read to its end as it is. *name is what a failure calls the
 * file, and lives as long as path. */
status read_file_or_input(const char *path, size_t limit_bytes, bytes *content, const char **name, failure *f);

enum { HEAD_BYTES = 16 };

/* The start of a file, which tells how much memory the whole may need. */
typedef struct file_head {
    uint8_t data[HEAD_BYTES]; /* of the content */
    size_t size;              /* HEAD_BYTES, or less if that is all the content */
    size_t content_size;      /* of the whole content, */
    bool is_exact;            /* or if this is false the most that a compressed file of this size can hold */
} file_head;

/* Reads the start of a file that read_file could read. */
status read_head(const char *path, file_head *head, failure *f);
