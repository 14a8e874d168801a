/* Bytes of a known size. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    uint8_t *data; /* [size]; the owner frees it */
    size_t size;
} bytes;
