#include "base/digest.h"

#include <sha2.h>

#include "base/buffer.h"
#include "base/sizes.h"

/* A step of SplitMix64 (Steele et al. 2014, Fast splittable pseudorandom number generators). */
static uint64_t mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
    return digest ^ digest >> 32;
}

uint64_t digest_bytes(uint64_t digest, size_t n, const uint8_t *values)
{
    for (size_t i = 0; i < n; i += 8)
        digest = mix(digest, number_of_bytes(values + i, size_min(n - i, 8)));
    return digest;
}

uint64_t digest_values(uint64_t digest, size_t n, size_t value_bytes, const void *values)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t word[8];
        copy_lowest_first(1, value_bytes, (const uint8_t *)values + i * value_bytes, word);
        digest = mix(digest, number_of_bytes(word, value_bytes));
    }
    return digest;
}

void sha256_text(const void *data, size_t size, char text[SHA256_TEXT_SIZE])
{
    (void)SHA256Data(data, size, text);
}
