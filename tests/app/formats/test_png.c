/* PNG pictures, checked with libpng itself. */
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "formats/png.h"
#include "support_app/scratch.h"

enum { WIDTH = 5, HEIGHT = 3, N_PIXELS = WIDTH * HEIGHT };

static uint8_t GREY[N_PIXELS] = {0, 1, 2, 127, 128, 254, 255, 17, 34, 51, 68, 85, 102, 119, 136};

static void check_refused(const char *path, const char *text)
{
    uint8_t mark;
    picture grey = {1, 2, 1, &mark};
    failure f = {""};
    check_failed(png_read_grey(path, &grey, &f), &f, path, text, NULL);
    ck_assert(grey.width == 1 && grey.height == 2 && grey.values == &mark);
}

/* Reads a picture of WIDTH x HEIGHT; the caller frees the values. */
static uint8_t *read_values(const char *path)
{
    picture grey = {0};
    failure f = {""};
    CHECK_OK(png_read_grey(path, &grey, &f), &f);
    ck_assert_uint_eq(grey.width, WIDTH);
    ck_assert_uint_eq(grey.height, HEIGHT);
    return grey.values;
}

/* Writes pixels in any of libpng's formats. */
static void put_png(const char *path, png_uint_32 format, const void *pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION, .width = WIDTH, .height = HEIGHT, .format = format};
    ck_assert(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
}

START_TEST(grey_is_written_and_read_back)
{
    const char *path = scratch_path("grey.png");
    failure f = {""};
    CHECK_OK(png_write(path, &(picture){WIDTH, HEIGHT, 1, GREY}, &f), &f);
    uint8_t *back = read_values(path);
    ck_assert_mem_eq(back, GREY, N_PIXELS);
    free(back);
}
END_TEST

START_TEST(grey_of_another_program_is_read)
{
    const char *path = scratch_path("other.png");
    put_png(path, PNG_FORMAT_GRAY, GREY);
    uint8_t *back = read_values(path);
    ck_assert_mem_eq(back, GREY, N_PIXELS);
    free(back);
}
END_TEST

START_TEST(rgb_is_written_for_any_reader)
{
    uint8_t rgb[3 * N_PIXELS], back[3 * N_PIXELS];
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 37);
    const char *path = scratch_path("rgb.png");
    failure f = {""};
    CHECK_OK(png_write(path, &(picture){WIDTH, HEIGHT, 3, rgb}, &f), &f);
    png_image image = {.version = PNG_IMAGE_VERSION};
    ck_assert(png_image_begin_read_from_file(&image, path));
    ck_assert_uint_eq(image.width, WIDTH);
    ck_assert_uint_eq(image.height, HEIGHT);
    ck_assert_uint_eq(image.format, PNG_FORMAT_RGB);
    ck_assert(png_image_finish_read(&image, NULL, back, 0, NULL));
    ck_assert_mem_eq(back, rgb, sizeof rgb);
}
END_TEST

START_TEST(the_same_picture_gives_the_same_bytes)
{
    const char *first = scratch_path("first.png"), *second = scratch_path("second.png");
    failure f = {""};
    CHECK_OK(png_write(first, &(picture){WIDTH, HEIGHT, 1, GREY}, &f), &f);
    CHECK_OK(png_write(second, &(picture){WIDTH, HEIGHT, 1, GREY}, &f), &f);
    size_t size, other_size;
    uint8_t *content = file_get(first, &size), *other = file_get(second, &other_size);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(content, other, size);
    free(other);
    free(content);
}
END_TEST

START_TEST(any_size_is_read)
{
    const char *path = scratch_path("size.png");
    static uint8_t wide[1000 * 3];
    picture grey = {0};
    failure f = {""};
    CHECK_OK(png_write(path, &(picture){1000, 3, 1, wide}, &f), &f);
    CHECK_OK(png_read_grey(path, &grey, &f), &f);
    ck_assert(grey.width == 1000 && grey.height == 3);
    free(grey.values);
    CHECK_OK(png_write(path, &(picture){1, 1, 1, wide}, &f), &f);
    CHECK_OK(png_read_grey(path, &grey, &f), &f);
    ck_assert(grey.width == 1 && grey.height == 1);
    free(grey.values);
}
END_TEST

/* Grey that is stored as colour or with alpha is read as the same grey. */
START_TEST(every_kind_of_pixels_is_read_as_grey)
{
    static const struct {
        png_uint_32 format;
        size_t n_channels;
    } kinds[] = {{PNG_FORMAT_GA, 2}, {PNG_FORMAT_RGB, 3}, {PNG_FORMAT_RGBA, 4}, {PNG_FORMAT_BGR, 3}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const size_t n_channels = kinds[i].n_channels;
        uint8_t pixels[4 * N_PIXELS];
        for (size_t j = 0; j < n_channels * N_PIXELS; j++) {
            const bool is_alpha = n_channels % 2 == 0 && j % n_channels == n_channels - 1;
            pixels[j] = is_alpha ? 255 : GREY[j / n_channels];
        }
        const char *path = scratch_path("kind.png");
        put_png(path, kinds[i].format, pixels);
        uint8_t *back = read_values(path);
        for (size_t j = 0; j < N_PIXELS; j++)
            ck_assert_int_le(abs(back[j] - GREY[j]), 1);
        free(back);
    }
}
END_TEST

/* sRGB from linear light: IEC 61966-2-1. */
START_TEST(sixteen_bits_of_light_become_brightness)
{
    const char *path = scratch_path("light.png");
    uint16_t light[N_PIXELS];
    for (size_t i = 0; i < N_PIXELS; i++)
        light[i] = (uint16_t)(i * 4681);
    put_png(path, PNG_FORMAT_LINEAR_Y, light);
    uint8_t *back = read_values(path);
    for (size_t i = 0; i < N_PIXELS; i++) {
        const double linear = light[i] / 65535.0;
        const double expected = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
        ck_assert_double_le(fabs(back[i] - 255 * expected), 2);
    }
    free(back);
}
END_TEST

/* White for dark ink, black for bright ink, and half-transparent ink lies half-way. */
START_TEST(transparent_pixels_become_what_ink_contrasts_with)
{
    const uint8_t inks[] = {0, 254};
    for (size_t which = 0; which < 2; which++) {
        const uint8_t ink = inks[which];
        const char *path = scratch_path("transparent.png");
        uint8_t pixels[2 * N_PIXELS];
        for (size_t i = 0; i < N_PIXELS; i++) {
            pixels[2 * i] = ink;
            pixels[2 * i + 1] = (uint8_t)(i % 3 == 0 ? 255 : i % 3 == 1 ? 0 : 128);
        }
        put_png(path, PNG_FORMAT_GA, pixels);
        uint8_t *back = read_values(path);
        const int paper = ink < 128 ? 255 : 0;
        for (size_t i = 0; i < N_PIXELS; i++)
            ck_assert_int_le(abs(back[i] - (i % 3 == 0 ? ink : i % 3 == 1 ? paper : (ink + paper) / 2)), 2);
        free(back);
    }
}
END_TEST

START_TEST(a_file_cut_at_any_byte_is_refused)
{
    const char *path = scratch_path("cut.png");
    put_png(path, PNG_FORMAT_GRAY, GREY);
    size_t size;
    uint8_t *content = file_get(path, &size);
    const size_t end_chunk = 12; /* the pixels are complete without it */
    for (size_t n = 0; n + end_chunk < size; n++) {
        file_put(path, content, n);
        check_refused(path, n == 0 ? "is empty, expected a PNG" : "not a PNG");
    }
    free(content);
}
END_TEST

/* A changed bit in the header or the pixels, each of which has a checksum. */
START_TEST(a_damaged_file_is_refused)
{
    const char *path = scratch_path("damaged.png");
    put_png(path, PNG_FORMAT_GRAY, GREY);
    size_t size;
    uint8_t *content = file_get(path, &size);
    size_t pixels_at = 0;
    while (memcmp(content + pixels_at, "IDAT", 4) != 0)
        pixels_at++;
    for (size_t n = 0; n < size - 12; n++) {
        if (n >= 33 && n < pixels_at)
            continue; /* chunks about gamma and the like, which a reader may ignore */
        content[n] ^= 0x04;
        file_put(path, content, size);
        check_refused(path, "");
        content[n] ^= 0x04;
    }
    free(content);
}
END_TEST

START_TEST(other_files_are_refused)
{
    const char *path = scratch_path("no.png");
    file_put(path, "a text that is longer than a signature", 38);
    check_refused(path, "not a PNG");
    file_put(path, "GIF89a and so on, for longer than a signature", 45);
    check_refused(path, "is a GIF, expected a PNG");
    file_put(path, "", 0);
    check_refused(path, "is empty, expected a PNG");
    file_put(path,
             "\0\0\0\x18"
             "ftypheic",
             12);
    check_refused(path, "is an HEIC, expected a PNG");
    file_put(path,
             "\0\0\0\x18"
             "ftypavif",
             12);
    check_refused(path, "is an AVIF, expected a PNG");
    file_put(path, "\xff\xd8\xff\xe0, a JPEG", 12);
    check_refused(path, "is a JPEG, expected a PNG; 'convert picture -auto-orient digit.png'");
    check_refused(scratch_path("missing.png"), "No such file");
    check_refused(scratch_folder(), "folder");
}
END_TEST

/* A header that claims 2^31 - 1 x 2^31 - 1 pixels; the checksum is right. */
START_TEST(an_enormous_size_is_refused)
{
    static const uint8_t content[] = {0x89, 'P',  'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
                                      13,   'I',  'H', 'D', 'R',  0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff,
                                      0xff, 0xff, 8,   0,   0,    0,    0,    0x31, 0xa2, 0x54, 0xba};
    const char *path = scratch_path("enormous.png");
    file_put(path, content, sizeof content);
    check_refused(path, "");
}
END_TEST

/* Writes a chunk with an arbitrary checksum, which must not matter. */
static size_t put_chunk(uint8_t *at, uint32_t claimed, const char *type, size_t size)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(claimed >> (24 - 8 * i));
    memcpy(at + 4, type, 4);
    memset(at + 8, 'x', size + 4);
    return size + 12;
}

/* Writes a good picture with this chunk after its header. */
static void put_with_chunk(const char *path, uint32_t claimed, const char *type, size_t size)
{
    enum { HEADER_END = 33, MAX_SIZE = 4096 };
    uint8_t changed[MAX_SIZE];
    put_png(path, PNG_FORMAT_GRAY, GREY);
    size_t whole;
    uint8_t *content = file_get(path, &whole);
    ck_assert_uint_le(whole + size + 12, sizeof changed);
    memcpy(changed, content, HEADER_END);
    const size_t added = put_chunk(changed + HEADER_END, claimed, type, size);
    memcpy(changed + HEADER_END + added, content + HEADER_END, whole - HEADER_END);
    file_put(path, changed, whole + added);
    free(content);
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

/* Texts and profiles do not affect the pixels, whatever is wrong with them. */
START_TEST(other_chunks_are_skipped)
{
    const char *path = scratch_path("chunks.png");
    static const char *const types[] = {"tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "sPLT", "qqQq"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_with_chunk(path, 30, types[i], 30);
        uint8_t *back = read_values(path);
        ck_assert_mem_eq(back, GREY, N_PIXELS);
        free(back);
    }
    put_with_chunk(path, 30, "QqQq", 30); /* the capital letter marks a critical chunk */
    check_refused(path, "not a PNG");
}
END_TEST

START_TEST(the_claims_of_a_chunk_take_no_memory)
{
    const char *path = scratch_path("claims.png");
    static const char *const types[] = {"tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "sPLT", "PLTE", "tRNS", "gAMA"};
    const size_t before = peak_kilobytes();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_with_chunk(path, 1 << 30, types[i], 0);
        check_refused(path, "not a PNG");
    }
    ck_assert_uint_lt(peak_kilobytes() - before, 16 << 10);
}
END_TEST

START_TEST(a_picture_that_cannot_be_written_is_a_failure)
{
    const char *folder = scratch_folder();
    failure f = {""};
    check_failed(png_write(folder, &(picture){WIDTH, HEIGHT, 1, GREY}, &f), &f, folder, "cannot be written", NULL);
    uint8_t rgb[3] = {1, 2, 3};
    check_failed(png_write(folder, &(picture){1, 1, 3, rgb}, &f), &f, folder, "cannot be written", NULL);
    ck_assert_uint_eq(folder_count(folder), 0);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("png", grey_is_written_and_read_back, grey_of_another_program_is_read,
                         rgb_is_written_for_any_reader, the_same_picture_gives_the_same_bytes, any_size_is_read,
                         every_kind_of_pixels_is_read_as_grey, sixteen_bits_of_light_become_brightness,
                         transparent_pixels_become_what_ink_contrasts_with, a_file_cut_at_any_byte_is_refused,
                         a_damaged_file_is_refused, other_files_are_refused, an_enormous_size_is_refused,
                         other_chunks_are_skipped, the_claims_of_a_chunk_take_no_memory,
                         a_picture_that_cannot_be_written_is_a_failure);
}
