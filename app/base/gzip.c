#include "base/gzip.h"

#include <stdlib.h>
#define ZLIB_CONST /* of what zlib only reads */
#include <zlib.h>

#include "base/sizes.h"

/* For zlib: a window of this many bits, and the header and trailer of gzip. */
enum { GZIP_WINDOW_BITS = MAX_WBITS + 16 };

/* Deflate cannot shrink further than this: one bit for a run of 258 bytes, rounded. */
enum { MAX_DEFLATE_RATIO = 1032 };

bool gzip_has_magic(const uint8_t *data, size_t size)
{
    return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

size_t gzip_largest_content(size_t packed_size)
{
    return packed_size <= SIZE_MAX / MAX_DEFLATE_RATIO ? packed_size * MAX_DEFLATE_RATIO : SIZE_MAX;
}

/* zlib counts bytes in a type that may be smaller than size_t. */
static uInt as_count(size_t n)
{
    return (uInt)size_min(n, UINT32_MAX / 2);
}

/* Appends to the content until it has n_most bytes. Returns zlib's answer: Z_STREAM_END after the last member,
 * Z_BUF_ERROR if the packed bytes end before that. */
static int inflate_members(z_stream *stream, const uint8_t *end, size_t n_most, buffer *content)
{
    int code = Z_OK;
    while (code == Z_OK && content->size < n_most) {
        if (!buffer_reserve(content, 1))
            return Z_MEM_ERROR;
        Bytef *out = (Bytef *)content->data;
        stream->avail_in = as_count((size_t)(end - stream->next_in));
        stream->next_out = out + content->size;
        stream->avail_out = as_count(size_min(content->capacity, n_most) - content->size);
        code = inflate(stream, Z_NO_FLUSH);
        content->size = (size_t)(stream->next_out - out);
        if (code == Z_STREAM_END && stream->next_in < end)
            code = inflateReset(stream);
    }
    return code;
}

/* The size of content to allocate at first: what the last member claims, as far as the packed bytes can hold it. */
static size_t claimed_size(const bytes *packed, size_t n_most)
{
    const size_t shortest_member = 18, most = gzip_largest_content(packed->size);
    if (packed->size < shortest_member)
        return 0;
    const size_t claim = (size_t)number_of_bytes(packed->data + packed->size - 4, 4);
    return size_min(size_min(claim, most), n_most);
}

/* gzread() of zlib would not do: it ignores whatever else follows a member, and cannot read from memory. */
status gzip_inflate(const char *name, const bytes *packed, size_t n_most, bytes *content, failure *f)
{
    z_stream stream = {.next_in = packed->data};
    buffer found = {0};
    if (!buffer_reserve(&found, claimed_size(packed, n_most) + 1) ||
        inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK) {
        free(found.data);
        return fail_memory(f);
    }
    const int code = inflate_members(&stream, packed->data + packed->size, n_most, &found);
    const size_t n_used = (size_t)(stream.next_in - packed->data);
    status result = STATUS_OK;
    if (code == Z_MEM_ERROR)
        result = fail_memory(f);
    else if (code == Z_BUF_ERROR)
        result = fail(f, "%s: damaged gzip data: it ends after %zu bytes, in the middle of the stream", name,
                      packed->size);
    else if (code != Z_OK && code != Z_STREAM_END)
        result = fail(f, "%s: damaged gzip data after %zu of %zu bytes: %s", name, n_used, packed->size,
                      stream.msg ? stream.msg : "not a deflate stream");
    (void)inflateEnd(&stream);
    if (result == STATUS_OK)
        *content = (bytes){(uint8_t *)found.data, found.size};
    else
        free(found.data);
    return result;
}

status gzip_deflate(const void *data, size_t size, bytes *packed, failure *f)
{
    enum { MEMORY_LEVEL = 9 };
    z_stream stream = {0};
    if (size > UINT32_MAX / 2)
        return fail(f, "%zu bytes are too many to be packed at once", size);
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return fail_memory(f);
    const uLong most = deflateBound(&stream, (uLong)size);
    uint8_t *content = malloc(most);
    if (content) {
        stream.next_in = data;
        stream.avail_in = (uInt)size;
        stream.next_out = content;
        stream.avail_out = (uInt)most;
        (void)deflate(&stream, Z_FINISH); /* the bound leaves room for all of it */
        *packed = (bytes){content, (size_t)(stream.next_out - content)};
    }
    (void)deflateEnd(&stream);
    return content ? STATUS_OK : fail_memory(f);
}
