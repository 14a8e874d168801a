/* Reading whole files, gzip-compressed or plain. */
#ifndef FILES_READ_H
#define FILES_READ_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

typedef struct bytes {
    uint8_t *data; /* the owner frees it */
    size_t size;
} bytes;

/* Reads a regular file, inflating it if it starts with the magic of gzip (of one member or several).
 * Refuses more than limit_bytes of content. *content is the caller's to free. */
status read_file(const char *path, size_t limit_bytes, bytes *content, failure *f);

#endif
