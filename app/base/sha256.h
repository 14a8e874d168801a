/* SHA-256, by which people compare files (FIPS 180-4). */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_TEXT_SIZE = 2 * SHA256_BYTES + 1 };

/* The digest [SHA256_BYTES] of data [size]. */
void sha256(const void *data, size_t size, uint8_t *digest);

/* A digest in hexadecimal, as sha256sum prints it; text [SHA256_TEXT_SIZE] ends in a 0. */
void sha256_text(const uint8_t *digest, char *text);
