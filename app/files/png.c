#include "files/png.h"

#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files/buffer.h"
#include "files/read.h"
#include "files/write.h"

static const size_t MAX_PNG_BYTES = (size_t)32 << 20;

static status write_png(const char *path, png_uint_32 format, const void *pixels, size_t width, size_t height,
                        failure *f)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height, .format = format};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    void *encoded = malloc(size);
    if (!encoded)
        return fail_memory(f);
    status result;
    if (png_image_write_to_memory(&image, encoded, &size, 0, pixels, 0, NULL))
        result = write_file(path, encoded, size, f);
    else
        result = fail(f, "%s: cannot be written: %s", path, image.message);
    free(encoded);
    return result;
}

status png_write_rgb(const char *path, const picture *p, failure *f)
{
    return write_png(path, PNG_FORMAT_RGB, p->rgb, p->width, p->height, f);
}

status png_write_grey(const char *path, const uint8_t *grey, size_t width, size_t height, failure *f)
{
    return write_png(path, PNG_FORMAT_GRAY, grey, width, height, f);
}

static size_t big_endian(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* Whether a chunk has a part in the pixels. Those that PNG calls critical start with a capital. */
static bool is_for_pixels(const uint8_t *type)
{
    static const char others[][5] = {"tRNS", "gAMA", "cHRM", "sRGB"};
    bool found = type[0] >= 'A' && type[0] <= 'Z';
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        found = found || memcmp(type, others[i], 4) == 0;
    return found;
}

/* Copies a PNG without texts and profiles: libpng takes memory as large as they claim to be, or inflate to. */
static void keep_pixels(const uint8_t *content, size_t size, buffer *kept)
{
    enum { SIGNATURE_BYTES = 8, FRAME_BYTES = 12 }; /* around a chunk: its length, type and check sum */
    size_t at = size < SIGNATURE_BYTES ? size : SIGNATURE_BYTES;
    buffer_add(kept, content, at);
    while (size - at >= FRAME_BYTES) {
        const size_t left = size - at, claimed = big_endian(content + at);
        const size_t chunk = claimed <= left - FRAME_BYTES ? FRAME_BYTES + claimed : left;
        if (is_for_pixels(content + at + 4))
            buffer_add(kept, content + at, chunk);
        at += chunk;
    }
}

/* From the header alone, before there is memory for the pixels. */
static status check_header(const char *name, const png_image *image, size_t width, size_t height, failure *f)
{
    if (image->width > PNG_MAX_PIXELS / image->height)
        return fail(f, "%s: is %lu x %lu pixels, expected at most %d in all", name, (unsigned long)image->width,
                    (unsigned long)image->height, PNG_MAX_PIXELS);
    if (image->width != width || image->height != height)
        return fail(f, "%s: is %lu x %lu pixels, expected %zu x %zu", name, (unsigned long)image->width,
                    (unsigned long)image->height, width, height);
    if (image->format != PNG_FORMAT_GRAY)
        return fail(f, "%s: is not 8-bit grey without alpha, which is what is read for now", name);
    return STATUS_OK;
}

static status decode(const char *name, const buffer *content, size_t width, size_t height, uint8_t **grey,
                     failure *f)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, content->data, content->size))
        return fail(f, "%s: not a PNG that can be read: %s", name, image.message);
    status result = check_header(name, &image, width, height, f);
    uint8_t *pixels = NULL;
    if (result == STATUS_OK && !(pixels = malloc(width * height)))
        result = fail_memory(f);
    if (result == STATUS_OK && !png_image_finish_read(&image, NULL, pixels, 0, NULL))
        result = fail(f, "%s: not a PNG that can be read: %s", name, image.message);
    png_image_free(&image);
    if (result == STATUS_OK)
        *grey = pixels;
    else
        free(pixels);
    return result;
}

status png_parse_grey(const char *name, const uint8_t *content, size_t size, size_t width, size_t height,
                      uint8_t **grey, failure *f)
{
    buffer kept = {0};
    keep_pixels(content, size, &kept);
    const status result = kept.failed ? fail_memory(f) : decode(name, &kept, width, height, grey, f);
    free(kept.data);
    return result;
}

status png_read_grey(const char *path, size_t width, size_t height, uint8_t **grey, failure *f)
{
    bytes content;
    status result = read_file(path, MAX_PNG_BYTES, &content, f);
    if (result != STATUS_OK)
        return result;
    result = png_parse_grey(path, content.data, content.size, width, height, grey, f);
    free(content.data);
    return result;
}
