/* Changes a PNG and corrects its checksums. Otherwise nearly every change would be refused because of them. */
#include <string.h>
#include <zlib.h>

#include "target.h"

enum { SIGNATURE_BYTES = 8, CHUNK_BYTES = 12 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static size_t big_endian(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 8 == 0) /* wrong checksums are tested as well */
        return size;
    for (size_t at = SIGNATURE_BYTES; at + CHUNK_BYTES <= size;) {
        const size_t length = big_endian(data + at);
        if (length > size - at - CHUNK_BYTES)
            break;
        uint8_t *sum = data + at + 8 + length;
        const uLong found = crc32(0, data + at + 4, (uInt)length + 4);
        for (size_t i = 0; i < 4; i++)
            sum[i] = (uint8_t)(found >> (24 - 8 * i));
        at += CHUNK_BYTES + length;
    }
    return size;
}
