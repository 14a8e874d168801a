/* Reading whole files, gzip-compressed or plain. */
#include "files/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Deflate cannot shrink further than this: one bit for a run of 258 bytes, in round figures. */
enum { MAX_DEFLATE_RATIO = 1032 };

static status read_descriptor(int descriptor, const char *path, size_t size, uint8_t *data, failure *f)
{
    size_t n_read = 0;
    while (n_read < size) {
        const ssize_t n = read(descriptor, data + n_read, size - n_read);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(f, "%s: cannot be read: %s", path, strerror(errno));
        if (n == 0)
            return fail(f, "%s: ended after %zu bytes, expected %zu", path, n_read, size);
        n_read += (size_t)n;
    }
    return STATUS_OK;
}

static status read_open_file(int descriptor, const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return fail(f, "%s: is a folder, expected a file", path);
    if (!S_ISREG(about.st_mode))
        return fail(f, "%s: is not a regular file", path);
    if (about.st_size < 0 || (uintmax_t)about.st_size > limit_bytes)
        return fail(f, "%s: is %jd bytes, expected at most %zu", path, (intmax_t)about.st_size, limit_bytes);
    const size_t size = (size_t)about.st_size;
    uint8_t *data = malloc(size + 1);
    if (!data)
        return fail_memory(f);
    const status result = read_descriptor(descriptor, path, size, data, f);
    if (result != STATUS_OK) {
        free(data);
        return result;
    }
    *content = (bytes){data, size};
    return STATUS_OK;
}

static status read_plain(const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    /* Not to hang on a FIFO: it is refused once it is open. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail(f, "%s: cannot be opened: %s", path, strerror(errno));
    const status result = read_open_file(descriptor, path, limit_bytes, content, f);
    (void)close(descriptor);
    return result;
}

static bool is_gzip(const bytes *content)
{
    return content->size >= 2 && content->data[0] == 0x1f && content->data[1] == 0x8b;
}

/* The size that the last member's trailer claims, as far as the compressed bytes can back it: what to
 * allocate first. */
static size_t claimed_size(const bytes *packed, size_t limit_bytes)
{
    size_t claim = 0;
    for (size_t i = 0; packed->size >= 18 && i < 4; i++)
        claim |= (size_t)packed->data[packed->size - 4 + i] << (8 * i);
    const size_t backed =
        packed->size <= SIZE_MAX / MAX_DEFLATE_RATIO ? packed->size * MAX_DEFLATE_RATIO : SIZE_MAX;
    claim = claim < backed ? claim : backed;
    return claim < limit_bytes ? claim : limit_bytes;
}

/* Makes the buffer larger, up to one byte more than the limit, which tells too much from just enough. */
static bool grow(bytes *buffer, size_t *capacity, size_t limit_bytes)
{
    const size_t doubled = *capacity < limit_bytes / 2 ? 2 * *capacity + 4096 : limit_bytes + 1;
    const size_t wanted = doubled <= limit_bytes ? doubled : limit_bytes + 1;
    uint8_t *data = realloc(buffer->data, wanted);
    if (!data)
        return false;
    buffer->data = data;
    *capacity = wanted;
    return true;
}

static uInt as_uint(size_t n)
{
    return n < UINT32_MAX / 2 ? (uInt)n : UINT32_MAX / 2;
}

static status inflate_all(z_stream *stream, const char *path, const bytes *packed, size_t limit_bytes,
                          bytes *content, failure *f)
{
    size_t capacity = claimed_size(packed, limit_bytes) + 1, n_used = 0;
    content->data = malloc(capacity);
    if (!content->data)
        return fail_memory(f);
    for (;;) {
        stream->next_in = packed->data + n_used;
        stream->avail_in = as_uint(packed->size - n_used);
        stream->next_out = content->data + content->size;
        stream->avail_out = as_uint(capacity - content->size);
        const uInt in = stream->avail_in, out = stream->avail_out;
        const int code = inflate(stream, Z_NO_FLUSH);
        n_used += in - stream->avail_in;
        content->size += out - stream->avail_out;
        if (content->size > limit_bytes)
            return fail(f, "%s: holds more than %zu bytes once uncompressed", path, limit_bytes);
        if (code == Z_STREAM_END) {
            if (n_used == packed->size)
                return STATUS_OK;
            if (inflateReset(stream) != Z_OK)
                return fail_memory(f);
        } else if (code == Z_MEM_ERROR) {
            return fail_memory(f);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return fail(f, "%s: damaged gzip data after %zu of %zu bytes: %s", path, n_used, packed->size,
                        stream->msg ? stream->msg : "not a deflate stream");
        } else if (content->size == capacity) {
            if (!grow(content, &capacity, limit_bytes))
                return fail_memory(f);
        } else if (n_used == packed->size && stream->avail_out > 0) {
            return fail(f, "%s: damaged gzip data: it ends after %zu bytes, in the middle of the stream", path,
                        packed->size);
        }
    }
}

static status inflate_gzip(const char *path, const bytes *packed, size_t limit_bytes, bytes *content, failure *f)
{
    z_stream stream = {0};
    const int gzip_only = 16;
    if (inflateInit2(&stream, MAX_WBITS + gzip_only) != Z_OK)
        return fail_memory(f);
    bytes found = {NULL, 0};
    const status result = inflate_all(&stream, path, packed, limit_bytes, &found, f);
    (void)inflateEnd(&stream);
    if (result != STATUS_OK) {
        free(found.data);
        return result;
    }
    *content = found;
    return STATUS_OK;
}

status read_file(const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    bytes raw;
    status result = read_plain(path, limit_bytes, &raw, f);
    if (result != STATUS_OK)
        return result;
    if (!is_gzip(&raw)) {
        *content = raw;
        return STATUS_OK;
    }
    result = inflate_gzip(path, &raw, limit_bytes, content, f);
    free(raw.data);
    return result;
}
