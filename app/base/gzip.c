#include "base/gzip.h"

#include <stdlib.h>
#include <zlib.h>

/* Deflate cannot shrink further than this: one bit for a run of 258 bytes, in round figures. */
enum { MAX_DEFLATE_RATIO = 1032 };

bool gzip_has_magic(const uint8_t *data, size_t size)
{
    return size >= GZIP_MAGIC_BYTES && data[0] == 0x1f && data[1] == 0x8b;
}

size_t gzip_largest_content(size_t packed_size)
{
    return packed_size <= SIZE_MAX / MAX_DEFLATE_RATIO ? packed_size * MAX_DEFLATE_RATIO : SIZE_MAX;
}

/* ---------------------------------------------------------------------------------------------- */

/* How far the inflating of some bytes has come. */
typedef struct inflation {
    const char *name;
    const bytes *packed;
    size_t n_used; /* of packed */
    bool ended;    /* the last member ended with the last byte */
    z_stream stream;
} inflation;

static status start(const char *name, const bytes *packed, inflation *in, failure *f)
{
    const int gzip_only = 16;
    *in = (inflation){.name = name, .packed = packed};
    return inflateInit2(&in->stream, MAX_WBITS + gzip_only) == Z_OK ? STATUS_OK : fail_memory(f);
}

static uInt as_uint(size_t n)
{
    return n < UINT32_MAX / 2 ? (uInt)n : UINT32_MAX / 2;
}

/* What zlib's answer means for the next step. */
static status take_answer(inflation *in, int code, failure *f)
{
    const size_t size = in->packed->size;
    if (code == Z_STREAM_END) {
        in->ended = in->n_used == size;
        return in->ended || inflateReset(&in->stream) == Z_OK ? STATUS_OK : fail_memory(f);
    }
    if (code == Z_MEM_ERROR)
        return fail_memory(f);
    if (code != Z_OK && code != Z_BUF_ERROR)
        return fail(f, "%s: damaged gzip data after %zu of %zu bytes: %s", in->name, in->n_used, size,
                    in->stream.msg ? in->stream.msg : "not a deflate stream");
    if (in->n_used == size && in->stream.avail_out > 0)
        return fail(f, "%s: damaged gzip data: it ends after %zu bytes, in the middle of the stream", in->name,
                    size);
    return STATUS_OK;
}

/* Inflates on into out [out_size]; *n_out is less only if the content ends. */
static status inflate_on(inflation *in, uint8_t *out, size_t out_size, size_t *n_out, failure *f)
{
    z_stream *stream = &in->stream;
    *n_out = 0;
    while (*n_out < out_size && !in->ended) {
        stream->next_in = in->packed->data + in->n_used;
        stream->avail_in = as_uint(in->packed->size - in->n_used);
        stream->next_out = out + *n_out;
        stream->avail_out = as_uint(out_size - *n_out);
        const uInt n_in = stream->avail_in, n_free = stream->avail_out;
        const int code = inflate(stream, Z_NO_FLUSH);
        in->n_used += n_in - stream->avail_in;
        *n_out += n_free - stream->avail_out;
        const status result = take_answer(in, code, f);
        if (result != STATUS_OK)
            return result;
    }
    return STATUS_OK;
}

/* ---------------------------------------------------------------------------------------------- */

/* The size that the last member's trailer claims, as far as the compressed bytes can back it: what to
 * allocate first. */
static size_t claimed_size(const bytes *packed, size_t limit_bytes)
{
    const size_t shortest_member = 18, backed = gzip_largest_content(packed->size);
    size_t claim = 0;
    for (size_t i = 0; packed->size >= shortest_member && i < 4; i++)
        claim |= (size_t)packed->data[packed->size - 4 + i] << (8 * i);
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

static status inflate_all(inflation *in, size_t limit_bytes, bytes *content, failure *f)
{
    size_t capacity = claimed_size(in->packed, limit_bytes) + 1;
    content->data = malloc(capacity);
    if (!content->data)
        return fail_memory(f);
    for (;;) {
        size_t n_more;
        const status result = inflate_on(in, content->data + content->size, capacity - content->size, &n_more, f);
        if (result != STATUS_OK)
            return result;
        content->size += n_more;
        if (content->size > limit_bytes)
            return fail(f, "%s: holds more than the %zu bytes expected once uncompressed", in->name, limit_bytes);
        if (in->ended)
            return STATUS_OK;
        if (!grow(content, &capacity, limit_bytes))
            return fail_memory(f);
    }
}

status gzip_inflate(const char *name, const bytes *packed, size_t limit_bytes, bytes *content, failure *f)
{
    inflation in;
    status result = start(name, packed, &in, f);
    if (result != STATUS_OK)
        return result;
    bytes found = {NULL, 0};
    result = inflate_all(&in, limit_bytes, &found, f);
    (void)inflateEnd(&in.stream);
    if (result == STATUS_OK)
        *content = found;
    else
        free(found.data);
    return result;
}

status gzip_inflate_head(const char *name, const bytes *packed, uint8_t *head, size_t head_size, size_t *n_found,
                         failure *f)
{
    inflation in;
    status result = start(name, packed, &in, f);
    if (result != STATUS_OK)
        return result;
    result = inflate_on(&in, head, head_size, n_found, f);
    (void)inflateEnd(&in.stream);
    return result;
}
