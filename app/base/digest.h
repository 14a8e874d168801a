/* Digests, to tell whether two contents are the same: the same on every machine, and no defence against intent. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A digest [0 to begin with] with n more bytes, or all bits of n more numbers, mixed in. */
uint64_t digest_bytes(uint64_t digest, size_t n, const uint8_t *values);
uint64_t digest_floats(uint64_t digest, size_t n, const float *values);
uint64_t digest_numbers(uint64_t digest, size_t n, const double *values);
