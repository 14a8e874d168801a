#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 64, N_WORDS = 16, N_ROUNDS = 64, N_STATE = 8, LENGTH_BYTES = 8 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t ROUND_CONSTANTS[N_ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t word, unsigned n)
{
    return word >> n | word << (32 - n);
}

/* The words of a block, and those that follow from them. (Section 6.2.2, step 1.) */
static void schedule(const uint8_t *block, uint32_t words[N_ROUNDS])
{
    for (size_t t = 0; t < N_WORDS; t++)
        words[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
                   (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (size_t t = N_WORDS; t < N_ROUNDS; t++) {
        const uint32_t a = words[t - 15], b = words[t - 2];
        words[t] = (turn(b, 17) ^ turn(b, 19) ^ b >> 10) + words[t - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
                   words[t - 16];
    }
}

/* Mixes a block into the state; s is a to h of steps 2 to 4. */
static void mix_block(const uint8_t *block, uint32_t state[N_STATE])
{
    uint32_t words[N_ROUNDS], s[N_STATE];
    schedule(block, words);
    memcpy(s, state, sizeof s);
    for (size_t t = 0; t < N_ROUNDS; t++) {
        const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        const uint32_t first =
            s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + choice + ROUND_CONSTANTS[t] + words[t];
        const uint32_t second = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + majority;
        memmove(s + 1, s, (N_STATE - 1) * sizeof *s);
        s[4] += first;
        s[0] = first + second;
    }
    for (size_t i = 0; i < N_STATE; i++)
        state[i] += s[i];
}

/* What is left of the data behind its last whole block, a 1 bit, zeros, and the length in bits: one block or two. */
static void mix_end(const uint8_t *rest, size_t n_rest, uint64_t size, uint32_t state[N_STATE])
{
    uint8_t blocks[2 * BLOCK_BYTES] = {0};
    const size_t n = n_rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    for (size_t i = 0; i < n_rest; i++)
        blocks[i] = rest[i];
    blocks[n_rest] = 0x80;
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        blocks[n - 1 - i] = (uint8_t)(8 * size >> 8 * i);
    for (size_t at = 0; at < n; at += BLOCK_BYTES)
        mix_block(blocks + at, state);
}

void sha256(const void *data, size_t size, uint8_t *digest)
{
    uint32_t state[N_STATE] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const uint8_t *at = data;
    for (size_t n = size / BLOCK_BYTES; n > 0; n--, at += BLOCK_BYTES)
        mix_block(at, state);
    mix_end(at, size % BLOCK_BYTES, size, state);
    for (size_t i = 0; i < SHA256_BYTES; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256_text(const uint8_t *digest, char *text)
{
    for (size_t i = 0; i < SHA256_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}
