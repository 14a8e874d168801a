#include "files/png.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "files/read.h"
#include "files/write.h"

static const size_t MAX_PNG_BYTES = (size_t)64 << 20;

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

static status decode(const char *path, const bytes *content, size_t width, size_t height, uint8_t **grey,
                     failure *f)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, content->data, content->size))
        return fail(f, "%s: not a PNG that can be read: %s", path, image.message);
    const png_uint_32 found_format = image.format;
    status result = STATUS_OK;
    uint8_t *pixels = NULL;
    if (image.width != width || image.height != height)
        result = fail(f, "%s: is %lu x %lu pixels, expected %zu x %zu", path, (unsigned long)image.width,
                      (unsigned long)image.height, width, height);
    else if (found_format != PNG_FORMAT_GRAY)
        result = fail(f, "%s: is not 8-bit grey without alpha, which is what is read for now", path);
    else if (!(pixels = malloc(width * height)))
        result = fail_memory(f);
    else if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
        result = fail(f, "%s: not a PNG that can be read: %s", path, image.message);
    png_image_free(&image);
    if (result == STATUS_OK)
        *grey = pixels;
    else
        free(pixels);
    return result;
}

status png_read_grey(const char *path, size_t width, size_t height, uint8_t **grey, failure *f)
{
    bytes content;
    status result = read_file(path, MAX_PNG_BYTES, &content, f);
    if (result != STATUS_OK)
        return result;
    result = decode(path, &content, width, height, grey, f);
    free(content.data);
    return result;
}
