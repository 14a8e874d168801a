/* Reading whole files, plain or compressed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/read.h"
#include "support_app/scratch.h"

enum { PLENTY = 1 << 20 };

#ifdef __has_feature /* how clang indicates sanitizers */
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define MNIST_TEST_SANITIZED
#endif
#endif

static void check_content(const char *path, size_t limit, const void *expected, size_t size)
{
    bytes content = {NULL, 0};
    failure f = {""};
    CHECK_OK(read_file(path, limit, &content, &f), &f);
    ck_assert_uint_eq(content.size, size);
    if (size > 0)
        ck_assert_mem_eq(content.data, expected, size);
    free(content.data);
}

/* The file must be refused with both texts in the line, and the content must be unchanged. */
static void check_refused(const char *path, size_t limit, const char *text, const char *other)
{
    uint8_t mark;
    bytes content = {&mark, 4711};
    failure f = {""};
    check_failed(read_file(path, limit, &content, &f), &f, path, text, other, NULL);
    ck_assert_ptr_eq(content.data, &mark);
    ck_assert_uint_eq(content.size, 4711);
}

START_TEST(a_plain_file_is_read)
{
    const char *path = scratch_path("plain");
    file_put(path, "one\0two\xff", 8);
    check_content(path, PLENTY, "one\0two\xff", 8);
    check_content(path, 8, "one\0two\xff", 8);
}
END_TEST

START_TEST(an_empty_file_is_read)
{
    const char *path = scratch_path("empty");
    file_put(path, "", 0);
    check_content(path, PLENTY, "", 0);
    check_content(path, 0, "", 0);
}
END_TEST

/* A file shorter than gzip's magic number counts as plain. */
START_TEST(a_single_byte_is_read)
{
    const char *path = scratch_path("single");
    file_put(path, "\x1f", 1);
    check_content(path, PLENTY, "\x1f", 1);
}
END_TEST

/* Random bytes, which do not compress. */
static void fill_noise(uint8_t *data, size_t size)
{
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (uint8_t)(state >> 24);
    }
}

START_TEST(a_compressed_file_is_inflated)
{
    static uint8_t data[300000];
    const size_t sizes[] = {0, 1, 1000, 65536, 300000};
    fill_noise(data, sizeof data / 2);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *path = scratch_path("packed");
        size_t packed_size;
        uint8_t *packed = gzip(data, sizes[i], &packed_size);
        file_put(path, packed, packed_size);
        check_content(path, PLENTY, data, sizes[i]);
        /* The limit applies to the content as well as to the file. */
        check_content(path, sizes[i] > packed_size ? sizes[i] : packed_size, data, sizes[i]);
        free(packed);
    }
}
END_TEST

/* Writes several members, one after another, followed by the tail. */
static void put_members(const char *path, const char *const *texts, size_t n, const void *tail, size_t tail_size)
{
    uint8_t all[4096];
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        size_t packed_size;
        uint8_t *packed = gzip(texts[i], strlen(texts[i]), &packed_size);
        memcpy(all + size, packed, packed_size);
        size += packed_size;
        free(packed);
    }
    memcpy(all + size, tail, tail_size);
    file_put(path, all, size + tail_size);
}

START_TEST(several_members_are_one_content)
{
    const char *path = scratch_path("members");
    put_members(path, (const char *const[]){"first, ", "", "second, ", "and the longest of them all"}, 4, "", 0);
    check_content(path, PLENTY, "first, second, and the longest of them all", 42);
}
END_TEST

START_TEST(garbage_after_the_member_is_refused)
{
    const char *path = scratch_path("garbage");
    const char *const texts[] = {"content"};
    put_members(path, texts, 1, "x", 1);
    check_refused(path, PLENTY, "damaged", "gzip");
    put_members(path, texts, 1, "\x1f", 1);
    check_refused(path, PLENTY, "damaged", "gzip");
    put_members(path, texts, 1, "more of it, longer than a header", 32);
    check_refused(path, PLENTY, "damaged", "gzip");
}
END_TEST

START_TEST(a_truncated_member_is_refused_at_every_byte)
{
    uint8_t data[200];
    fill_noise(data, sizeof data);
    size_t packed_size;
    uint8_t *packed = gzip(data, sizeof data, &packed_size);
    const char *path = scratch_path("truncated");
    for (size_t size = 2; size < packed_size; size++) {
        char text[32];
        (void)snprintf(text, sizeof text, "%zu bytes", size);
        file_put(path, packed, size);
        check_refused(path, PLENTY, "damaged gzip", text);
    }
    free(packed);
}
END_TEST

/* The checksum and the size at its end are verified. */
START_TEST(a_corrupted_member_is_refused)
{
    uint8_t data[500];
    fill_noise(data, sizeof data);
    size_t packed_size;
    uint8_t *packed = gzip(data, sizeof data, &packed_size);
    const char *path = scratch_path("corrupted");
    const size_t first_data_byte = 11; /* after the header and a byte that is mostly padding */
    for (size_t at = first_data_byte; at < packed_size; at += 7) {
        packed[at] ^= 0x10;
        file_put(path, packed, packed_size);
        check_refused(path, PLENTY, "gzip", "");
        packed[at] ^= 0x10;
    }
    for (size_t at = packed_size - 8; at < packed_size; at++) {
        packed[at] ^= 0x80;
        file_put(path, packed, packed_size);
        check_refused(path, PLENTY, "damaged gzip", "");
        packed[at] ^= 0x80;
    }
    free(packed);
}
END_TEST

START_TEST(a_wrong_compression_method_is_refused)
{
    const char *path = scratch_path("method");
    file_put(path, "\x1f\x8b\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    check_refused(path, PLENTY, "damaged gzip", "");
}
END_TEST

START_TEST(more_than_the_limit_is_refused)
{
    const char *path = scratch_path("large");
    uint8_t data[1001];
    fill_noise(data, sizeof data);
    file_put(path, data, 1001);
    check_refused(path, 1000, "1001", "1000");
    file_put(path, data, 1000);
    check_content(path, 1000, data, 1000);
    /* The same for content that was compressed. */
    memset(data, 7, sizeof data);
    size_t packed_size;
    uint8_t *packed = gzip(data, 1001, &packed_size);
    file_put(path, packed, packed_size);
    check_refused(path, 1000, "1000", "more than");
    check_content(path, 1001, data, 1001);
    free(packed);
}
END_TEST

/* A file of 60 members, each of some 60 kB that inflate to 64 MB of zeros. */
static void put_bomb(const char *path)
{
    enum { ZEROS = 1 << 26, N_MEMBERS = 60 };
    uint8_t *zeros = calloc(ZEROS, 1);
    ck_assert_ptr_nonnull(zeros);
    size_t packed_size;
    uint8_t *packed = gzip(zeros, ZEROS, &packed_size);
    ck_assert_uint_lt(packed_size, 70000);
    free(zeros);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < N_MEMBERS; i++)
        ck_assert_uint_eq(fwrite(packed, 1, packed_size, file), packed_size);
    ck_assert_int_eq(fclose(file), 0);
    free(packed);
}

static size_t peak_kilobytes(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
#ifdef __APPLE__
    return (size_t)usage.ru_maxrss / 1024;
#else
    return (size_t)usage.ru_maxrss;
#endif
}

START_TEST(a_bomb_is_refused_in_little_memory)
{
    const char *path = scratch_path("bomb");
    put_bomb(path);
    const size_t before = peak_kilobytes();
    check_refused(path, (size_t)8 << 20, "8388608", "more than");
    /* The file of 4 MB, the limit of 8 MB and twice the limit, but never the 64 MB of a member. */
    ck_assert_uint_lt(peak_kilobytes() - before, 40 << 10);
}
END_TEST

/* Limits the memory of this process to less than the false size of 4 GiB; sanitizers need more. */
static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(MNIST_TEST_SANITIZED)
    const struct rlimit one_gibibyte = {(rlim_t)1 << 30, (rlim_t)1 << 30};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &one_gibibyte), 0);
#endif
}

/* The size at the end of a member is only a hint. */
START_TEST(a_false_size_is_refused)
{
    limit_memory();
    uint8_t data[1000] = {0};
    size_t packed_size;
    uint8_t *packed = gzip(data, sizeof data, &packed_size);
    const char *path = scratch_path("false");
    const uint32_t false_sizes[] = {0, 1, 999, 1001, 0xffffffff};
    for (size_t i = 0; i < sizeof false_sizes / sizeof *false_sizes; i++) {
        for (size_t b = 0; b < 4; b++)
            packed[packed_size - 4 + b] = (uint8_t)(false_sizes[i] >> (8 * b));
        file_put(path, packed, packed_size);
        const size_t before = peak_kilobytes();
        check_refused(path, SIZE_MAX / 2, "damaged gzip", "");
        ck_assert_uint_lt(peak_kilobytes() - before, 64 << 10);
    }
    free(packed);
    /* The size of a small last member is correct, but is not the size of the whole content. */
    char text[2000] = "";
    memset(text, 'a', sizeof text - 1);
    put_members(path, (const char *const[]){text, "b"}, 2, "", 0);
    text[sizeof text - 1] = 'b';
    check_content(path, PLENTY, text, sizeof text);
}
END_TEST

START_TEST(the_head_of_a_file_is_the_head_of_its_content)
{
    uint8_t data[1000];
    fill_noise(data, sizeof data);
    const size_t sizes[] = {0, 1, 15, 16, 17, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t expected = sizes[i] < HEAD_BYTES ? sizes[i] : HEAD_BYTES;
        const char *path = scratch_path("head");
        file_head head;
        failure f = {""};
        file_put(path, data, sizes[i]);
        CHECK_OK(read_head(path, &head, &f), &f);
        ck_assert_uint_eq(head.size, expected);
        ck_assert_mem_eq(head.data, data, expected);
        ck_assert(head.is_exact && head.content_size == sizes[i]);
        size_t packed_size;
        uint8_t *packed = gzip(data, sizes[i], &packed_size);
        file_put(path, packed, packed_size);
        CHECK_OK(read_head(path, &head, &f), &f);
        ck_assert_uint_eq(head.size, expected);
        ck_assert_mem_eq(head.data, data, expected);
        ck_assert_uint_ge(head.content_size, sizes[i]);
        ck_assert_uint_le(head.content_size, 1032 * packed_size);
        ck_assert(head.is_exact == (sizes[i] < HEAD_BYTES));
        free(packed);
    }
}
END_TEST

static void check_head_refused(const char *path, const char *text)
{
    file_head head = {.size = 4711};
    failure f = {""};
    check_failed(read_head(path, &head, &f), &f, path, text, NULL);
    ck_assert_uint_eq(head.size, 4711);
}

START_TEST(files_without_a_head_are_refused)
{
    check_head_refused(scratch_folder(), "folder");
    check_head_refused("/dev/zero", "not a regular file");
    check_head_refused(scratch_path("missing"), "No such file");
    const char *path = scratch_path("damaged");
    file_put(path, "\x1f\x8b\x08", 3);
    check_head_refused(path, "damaged gzip");
    file_put(path, "\x1f\x8b\x07 and so on, which is not deflate", 36);
    check_head_refused(path, "damaged gzip");
}
END_TEST

START_TEST(only_regular_files_are_accepted)
{
    check_refused(scratch_folder(), PLENTY, "folder", "");
    check_refused("/dev/zero", PLENTY, "not a regular file", "");
    const char *missing = scratch_path("missing");
    check_refused(missing, PLENTY, "No such file", "");
    const char *fifo = scratch_path("fifo");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    (void)alarm(20); /* ends the test if opening the FIFO hangs */
    check_refused(fifo, PLENTY, "not a regular file", "");
    file_put(scratch_path("below"), "x", 1);
    check_refused(scratch_path("below/it"), PLENTY, "Not a directory", "");
}
END_TEST

START_TEST(a_link_is_followed)
{
    const char *path = scratch_path("target"), *link = scratch_path("link");
    file_put(path, "here", 4);
    ck_assert_int_eq(symlink(path, link), 0);
    check_content(link, PLENTY, "here", 4);
    const char *loop = scratch_path("loop");
    ck_assert_int_eq(symlink(loop, loop), 0);
    check_refused(loop, PLENTY, "cannot be opened", "");
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("read", a_plain_file_is_read, an_empty_file_is_read, a_single_byte_is_read,
                         a_compressed_file_is_inflated, several_members_are_one_content,
                         garbage_after_the_member_is_refused, a_truncated_member_is_refused_at_every_byte,
                         a_corrupted_member_is_refused, a_wrong_compression_method_is_refused,
                         more_than_the_limit_is_refused, a_bomb_is_refused_in_little_memory,
                         a_false_size_is_refused, the_head_of_a_file_is_the_head_of_its_content,
                         files_without_a_head_are_refused, only_regular_files_are_accepted, a_link_is_followed);
}
