#include "base/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gzip.h"
#include "base/sizes.h"

/* The bytes of a file that are read for the head of its content: a gzip header may hold 64 KiB of extra fields, and a
 * name besides. */
enum { HEAD_FILE_BYTES = 1 << 17 };

/* Fails unless an open file is a regular one; sets its size. */
static status check_file(int descriptor, const char *path, size_t *size, failure *f)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return fail(f, "%s: is a folder, expected a file", path);
    if (!S_ISREG(about.st_mode))
        return fail(f, "%s: is not a regular file", path);
    if (about.st_size < 0 || (uintmax_t)about.st_size > SIZE_MAX / 2)
        return fail(f, "%s: is %jd bytes, expected at most %zu", path, (intmax_t)about.st_size, SIZE_MAX / 2);
    *size = (size_t)about.st_size;
    return STATUS_OK;
}

/* Reads the next `size` bytes; *raw is the caller's to free. */
static status read_bytes(int descriptor, const char *path, size_t size, bytes *raw, failure *f)
{
    uint8_t *data = malloc(size + 1); /* not NULL for an empty file */
    size_t n_read = 0;
    ssize_t n = 1;
    if (!data)
        return fail_memory(f);
    while (n_read < size && (n > 0 || (n < 0 && errno == EINTR))) {
        n = read(descriptor, data + n_read, size - n_read);
        n_read += n > 0 ? (size_t)n : 0;
    }
    if (n_read == size) {
        *raw = (bytes){data, size};
        return STATUS_OK;
    }
    const status result = n < 0 ? fail(f, "%s: cannot be read: %s", path, strerror(errno))
                                : fail(f, "%s: ended after %zu bytes, expected %zu", path, n_read, size);
    free(data);
    return result;
}

/* Reads the first bytes of a regular file of at most limit_bytes, up to n_most; *size is that of the file. */
static status read_start(const char *path, size_t limit_bytes, size_t n_most, bytes *raw, size_t *size, failure *f)
{
    /* O_NONBLOCK: opening a FIFO would otherwise wait for its writer. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail(f, "%s: cannot be opened: %s", path, strerror(errno));
    status result = check_file(descriptor, path, size, f);
    /* Content that does not compress makes a file that is a little larger. */
    if (result == STATUS_OK && *size > limit_bytes && *size - limit_bytes > limit_bytes / 8 + HEAD_FILE_BYTES)
        result = fail(f, "%s: is %zu bytes, expected at most %zu", path, *size, limit_bytes);
    if (result == STATUS_OK)
        result = read_bytes(descriptor, path, size_min(*size, n_most), raw, f);
    (void)close(descriptor);
    return result;
}

/* Replaces the bytes of a file by the first n_most bytes of their content if they are compressed. */
static status unpack(const char *path, size_t n_most, bytes *content, failure *f)
{
    const bytes packed = *content;
    if (!gzip_has_magic(packed.data, packed.size))
        return STATUS_OK;
    *content = (bytes){0};
    const status result = gzip_inflate(path, &packed, n_most, content, f);
    free(packed.data);
    return result;
}

status read_file(const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    size_t size = 0;
    bytes found = {0};
    status result = read_start(path, limit_bytes, SIZE_MAX, &found, &size, f);
    const bool is_packed = result == STATUS_OK && gzip_has_magic(found.data, found.size);
    if (result == STATUS_OK)
        result = unpack(path, limit_bytes + 1, &found, f); /* one byte more shows an excess */
    if (result == STATUS_OK && found.size > limit_bytes)
        result = is_packed
                     ? fail(f, "%s: holds more than the %zu bytes expected once uncompressed", path, limit_bytes)
                     : fail(f, "%s: is %zu bytes, expected at most %zu", path, size, limit_bytes);
    if (result == STATUS_OK)
        *content = found;
    else
        free(found.data);
    return result;
}

static status read_standard_input(const char *name, size_t limit_bytes, bytes *content, failure *f)
{
    char block[1 << 14];
    buffer all = {0};
    ssize_t n = 1;
    while (n != 0 && !all.failed && all.size <= limit_bytes) {
        n = read(STDIN_FILENO, block, sizeof block);
        if (n < 0 && errno != EINTR) {
            free(all.data);
            return fail(f, "%s: cannot be read: %s", name, strerror(errno));
        }
        buffer_add(&all, block, n > 0 ? (size_t)n : 0);
    }
    if (!all.failed && all.size <= limit_bytes) {
        *content = (bytes){(uint8_t *)all.data, all.size};
        return STATUS_OK;
    }
    free(all.data);
    return all.failed ? fail_memory(f) : fail(f, "%s: is more than %zu bytes", name, limit_bytes);
}

status read_file_or_input(const char *path, size_t limit_bytes, bytes *content, const char **name, failure *f)
{
    const bool is_input = strcmp(path, "-") == 0;
    *name = is_input ? "standard input" : path;
    return is_input ? read_standard_input(*name, limit_bytes, content, f)
                    : read_file(path, limit_bytes, content, f);
}

status read_head(const char *path, file_head *head, failure *f)
{
    size_t file_size = 0;
    bytes start = {0};
    status result = read_start(path, SIZE_MAX, HEAD_FILE_BYTES, &start, &file_size, f);
    const bool is_packed = result == STATUS_OK && gzip_has_magic(start.data, start.size);
    if (result == STATUS_OK)
        result = unpack(path, HEAD_BYTES, &start, f);
    if (result == STATUS_OK && start.data) {
        head->size = size_min(start.size, HEAD_BYTES);
        memcpy(head->data, start.data, head->size);
        head->is_exact = !is_packed || head->size < HEAD_BYTES;
        head->content_size = !is_packed ? file_size : head->is_exact ? head->size : gzip_largest_content(file_size);
    }
    free(start.data);
    return result;
}
