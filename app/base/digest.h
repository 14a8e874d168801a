/* Digests of contents. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A digest (0 at first) with n more bytes, or floats or doubles, mixed in, to tell whether two contents are the same. It is the
 * same on every machine, and no defence against forgery. */
uint64_t digest_bytes(uint64_t digest, size_t n, const uint8_t *values);
uint64_t digest_values(uint64_t digest, size_t n, size_t value_bytes, const void *values);

enum { SHA256_TEXT_SIZE = 65 };

/* SHA-256 of data [size] in hexadecimal, as sha256sum prints it, with a terminator. */
void sha256_text(const void *data, size_t size, char text[SHA256_TEXT_SIZE]);
