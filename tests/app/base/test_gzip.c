/* Gzip data inflated from memory: what zlib packed comes back, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "support/data.h"
#include "support_app/scratch.h"

enum { N = 3000, HEADER_BYTES = 10, CHECK_BYTES = 8 };

/* Bytes that deflate shrinks, but not to nothing. */
static void fill(uint8_t *content)
{
    sm_random random = {11};
    for (size_t i = 0; i < N; i++)
        content[i] = (uint8_t)sm_random_below(&random, 20);
}

static bytes pack(const void *content, size_t size)
{
    bytes packed;
    packed.data = gzip(content, size, &packed.size);
    ck_assert(gzip_has_magic(packed.data, packed.size));
    ck_assert_uint_le(size, gzip_largest_content(packed.size));
    return packed;
}

static void check_inflated(const bytes *packed, size_t n_most, const void *expected, size_t size)
{
    bytes content = {NULL, 0};
    failure f = {""};
    CHECK_OK(gzip_inflate("file", packed, n_most, &content, &f), &f);
    ck_assert_uint_eq(content.size, size);
    if (size > 0)
        ck_assert_mem_eq(content.data, expected, size);
    free(content.data);
}

static void check_refused(const bytes *packed, size_t n_most, const char *complaint)
{
    bytes content = {NULL, 7};
    failure f = {""};
    check_failed(gzip_inflate("file", packed, n_most, &content, &f), &f, "file", complaint, NULL);
    ck_assert(!content.data && content.size == 7);
}

START_TEST(what_is_packed_comes_back)
{
    static const size_t sizes[] = {0, 1, N};
    uint8_t content[N];
    fill(content);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        bytes packed = {NULL, 0}, again = {NULL, 0};
        failure f = {""};
        CHECK_OK(gzip_deflate(content, sizes[i], &packed, &f), &f);
        CHECK_OK(gzip_deflate(content, sizes[i], &again, &f), &f);
        ck_assert(gzip_has_magic(packed.data, packed.size));
        ck_assert_uint_eq(packed.size, again.size);
        ck_assert_mem_eq(packed.data, again.data, packed.size);
        check_inflated(&packed, N + 1, content, sizes[i]);
        free(again.data);
        free(packed.data);
    }
}
END_TEST

START_TEST(content_of_any_size_comes_back_up_to_any_byte)
{
    static const size_t sizes[] = {0, 1, 2, 255, N};
    uint8_t content[N];
    fill(content);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const bytes packed = pack(content, sizes[i]);
        check_inflated(&packed, sizes[i], content, sizes[i]);
        check_inflated(&packed, sizes[i] + 1, content, sizes[i]);
        check_inflated(&packed, 10 * N, content, sizes[i]);
        if (sizes[i] > 0)
            check_inflated(&packed, sizes[i] - 1, content, sizes[i] - 1);
        free(packed.data);
    }
}
END_TEST

START_TEST(zeros_shrink_by_no_more_than_the_bound)
{
    enum { ZEROS = 1 << 20 };
    uint8_t *zeros = test_calloc(ZEROS, 1);
    const bytes packed = pack(zeros, ZEROS);
    check_inflated(&packed, ZEROS + 1, zeros, ZEROS);
    ck_assert_uint_eq(gzip_largest_content(SIZE_MAX), SIZE_MAX);
    free(packed.data);
    free(zeros);
}
END_TEST

START_TEST(members_follow_each_other)
{
    uint8_t content[N];
    fill(content);
    const bytes one = pack(content, 1000), other = pack(content + 1000, N - 1000);
    bytes both = {test_calloc(one.size + other.size, 1), one.size + other.size};
    memcpy(both.data, one.data, one.size);
    memcpy(both.data + one.size, other.data, other.size);
    check_inflated(&both, N + 1, content, N);
    both.size = one.size + 1;
    check_refused(&both, N + 1, "damaged gzip");
    free(both.data);
    free(other.data);
    free(one.data);
}
END_TEST

/* Every shorter piece, and every flipped bit after the header: the checksum sees what deflate does not. */
START_TEST(damage_is_noticed)
{
    uint8_t content[N];
    fill(content);
    bytes packed = pack(content, 200);
    for (size_t size = 0; size < packed.size; size++)
        check_refused(&(bytes){packed.data, size}, N + 1, "damaged gzip");
    for (size_t i = HEADER_BYTES; i < packed.size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            packed.data[i] ^= (uint8_t)(1 << bit);
            check_refused(&packed, N + 1, "damaged gzip");
            packed.data[i] ^= (uint8_t)(1 << bit);
        }
    }
    check_inflated(&packed, N + 1, content, 200);
    free(packed.data);
}
END_TEST

START_TEST(the_head_needs_only_the_start)
{
    enum { HEAD_SIZE = 16 };
    uint8_t content[N];
    fill(content);
    const bytes packed = pack(content, N), small = pack(content, 5);
    check_inflated(&(bytes){packed.data, packed.size / 2}, HEAD_SIZE, content, HEAD_SIZE);
    check_inflated(&small, HEAD_SIZE, content, 5);
    check_refused(&(bytes){small.data, small.size - CHECK_BYTES}, HEAD_SIZE, "damaged gzip");
    free(small.data);
    free(packed.data);
}
END_TEST

START_TEST(other_bytes_lack_the_magic)
{
    ck_assert(!gzip_has_magic((const uint8_t *)"", 0));
    ck_assert(!gzip_has_magic((const uint8_t *)"\x1f", 1));
    ck_assert(!gzip_has_magic((const uint8_t *)"\x8b\x1f", 2));
    ck_assert(gzip_has_magic((const uint8_t *)"\x1f\x8b", 2));
}
END_TEST

int main(void)
{
    return SUITE_RUN("gzip", what_is_packed_comes_back, content_of_any_size_comes_back_up_to_any_byte,
                     zeros_shrink_by_no_more_than_the_bound, members_follow_each_other, damage_is_noticed,
                     the_head_needs_only_the_start, other_bytes_lack_the_magic);
}
