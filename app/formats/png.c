#include "formats/png.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/read.h"
#include "base/write.h"

status png_pack(const char *name, const picture *p, bytes *content, failure *f)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)p->width,
                       .height = (png_uint_32)p->height,
                       .format = p->n_channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *encoded = malloc(size);
    if (!encoded)
        return fail_memory(f);
    errno = 0;
    if (png_image_write_to_memory(&image, encoded, &size, 0, p->values, 0, NULL)) {
        *content = (bytes){encoded, size};
        return STATUS_OK;
    }
    free(encoded);
    return errno == ENOMEM ? fail_memory(f) : fail(f, "%s: cannot be written: %s", name, image.message);
}

status png_write(const char *path, const picture *p, failure *f)
{
    bytes content = {NULL, 0};
    status result = png_pack(path, p, &content, f);
    if (result == STATUS_OK)
        result = write_file(path, content.data, content.size, f);
    free(content.data);
    return result;
}

static size_t big_endian(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* Whether a chunk affects the pixels. The types of those that PNG calls critical start with a capital. */
static bool is_for_pixels(const uint8_t *type)
{
    static const char others[][5] = {"tRNS", "gAMA", "cHRM", "sRGB"};
    bool found = type[0] >= 'A' && type[0] <= 'Z';
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        found = found || memcmp(type, others[i], 4) == 0;
    return found;
}

/* Copies a PNG without texts and profiles, for which libpng allocates whatever they claim, or inflate to. */
static void keep_pixels(const uint8_t *content, size_t size, buffer *kept)
{
    enum { SIGNATURE_BYTES = 8, FRAME_BYTES = 12 }; /* length, type and checksum around the data of a chunk */
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

/* libpng reports a failed allocation as any other error, by a text. */
static status fail_decoding(const char *name, const png_image *image, failure *f)
{
    if (errno == ENOMEM)
        return fail_memory(f);
    return fail(f, "%s: not a PNG that can be read: %s", name, image->message);
}

static status decode(const char *name, const buffer *content, picture *grey, failure *f)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels = NULL;
    status result = STATUS_OK;
    errno = 0;
    if (!png_image_begin_read_from_memory(&image, content->data, content->size))
        return fail_decoding(name, &image, f);
    image.format = PNG_FORMAT_RGBA;
    if (image.width > PNG_MAX_PIXELS / image.height) /* the header tells, before there is memory for the pixels */
        result = fail(f, "%s: is %lu x %lu pixels, expected at most %d in all", name, (unsigned long)image.width,
                      (unsigned long)image.height, PNG_MAX_PIXELS);
    else if (!(pixels = malloc(PNG_IMAGE_SIZE(image))))
        result = fail_memory(f);
    else if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
        result = fail_decoding(name, &image, f);
    png_image_free(&image);
    if (result == STATUS_OK && pixels) {
        *grey = (picture){image.width, image.height, 4, pixels};
        picture_make_grey(grey);
    } else
        free(pixels);
    return result;
}

bool png_has_magic(const uint8_t *content, size_t size)
{
    static const char magic[] = "\x89PNG\r\n\x1a\n";
    const size_t length = sizeof magic - 1;
    return size >= length && memcmp(content, magic, length) == 0;
}

/* The format of a picture that is not a PNG file, known by its first bytes (HEIC and AVIF by those after a length); NULL if it is
 * none of those that people have. */
static const char *other_kind(const uint8_t *content, size_t size)
{
    static const struct {
        const char *start, *kind;
        size_t length, at;
    } others[] = {{"\xff\xd8\xff", "a JPEG", 3, 0}, {"GIF8", "a GIF", 4, 0},
                  {"RIFF", "a WebP", 4, 0},         {"BM", "a BMP", 2, 0},
                  {"II*", "a TIFF", 3, 0},          {"MM\0*", "a TIFF", 4, 0},
                  {"%PDF", "a PDF", 4, 0},          {"<svg", "an SVG", 4, 0},
                  {"ftypavi", "an AVIF", 7, 4},     {"ftyphei", "an HEIC", 7, 4},
                  {"ftypmif1", "an HEIC", 8, 4},    {"ftyphev", "an HEIC", 7, 4}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (size >= others[i].at + others[i].length &&
            memcmp(content + others[i].at, others[i].start, others[i].length) == 0)
            return others[i].kind;
    return NULL;
}

bool picture_has_magic(const uint8_t *content, size_t size)
{
    return png_has_magic(content, size) || other_kind(content, size);
}

/* Fails for anything but a PNG, and says what to do with other pictures. */
static status check_kind(const char *name, const uint8_t *content, size_t size, failure *f)
{
    const char *other = other_kind(content, size);
    if (size == 0)
        return fail(f, "%s: is empty, expected a PNG", name);
    if (other)
        return fail(f,
                    "%s: is %s, expected a PNG; 'convert picture -auto-orient digit.png' of ImageMagick makes one",
                    name, other);
    return png_has_magic(content, size) ? STATUS_OK : fail(f, "%s: is not a PNG, expected a picture", name);
}

status png_parse_grey(const char *name, const uint8_t *content, size_t size, picture *grey, failure *f)
{
    buffer kept = {0};
    status result = check_kind(name, content, size, f);
    if (result != STATUS_OK)
        return result;
    keep_pixels(content, size, &kept);
    result = kept.failed ? fail_memory(f) : decode(name, &kept, grey, f);
    free(kept.data);
    return result;
}

status png_read_grey(const char *path, picture *grey, failure *f)
{
    bytes content = {0};
    const char *name;
    status result = read_file_or_input(path, PNG_MAX_BYTES, &content, &name, f);
    if (result == STATUS_OK)
        result = png_parse_grey(name, content.data, content.size, grey, f);
    free(content.data);
    return result;
}
