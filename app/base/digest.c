#include "base/digest.h"

#include <sha2.h>
#include <string.h>

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

uint64_t digest_floats(uint64_t digest, size_t n, const float *values)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, &values[i], sizeof word);
        digest = mix(digest, word);
    }
    return digest;
}

uint64_t digest_numbers(uint64_t digest, size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word;
        memcpy(&word, &values[i], sizeof word);
        digest = mix(digest, word);
    }
    return digest;
}

void sha256_text(const void *data, size_t size, char text[SHA256_TEXT_SIZE])
{
    (void)SHA256Data(data, size, text);
}
