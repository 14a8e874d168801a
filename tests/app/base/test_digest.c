/* SHA-256, checked with the examples of FIPS 180 and NIST, and with lengths near a multiple of the block size. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "support/suite.h"

static void check_digest(const void *data, size_t size, const char *expected)
{
    char text[SHA256_TEXT_SIZE];
    sha256_text(data, size, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(published_examples)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    check_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_digest(two_blocks, strlen(two_blocks),
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_digest("\xbd", 1, "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
}
END_TEST

START_TEST(a_million_letters)
{
    const size_t n = 1000000;
    char *letters = malloc(n);
    ck_assert_ptr_nonnull(letters);
    memset(letters, 'a', n);
    check_digest(letters, n, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(letters);
}
END_TEST

/* The last block has just enough room for the length, one byte too little, or none. */
START_TEST(zeros_around_the_end_of_a_block)
{
    static const struct {
        size_t size;
        const char *expected;
    } cases[] = {{55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
                 {56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
                 {57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"},
                 {64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"}};
    const uint8_t zeros[64] = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_digest(zeros, cases[i].size, cases[i].expected);
}
END_TEST

int main(void)
{
    return SUITE_RUN("digest", published_examples, a_million_letters, zeros_around_the_end_of_a_block);
}
