/* Bytes of a known size. */
#ifndef FILES_BYTES_H
#define FILES_BYTES_H

#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    uint8_t *data; /* [size]; the owner frees it */
    size_t size;
} bytes;

#endif
