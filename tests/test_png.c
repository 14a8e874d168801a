/* PNG pictures, checked with libpng itself. */
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "files/png.h"
#include "support_app/scratch.h"

enum { WIDTH = 5, HEIGHT = 3, N_PIXELS = WIDTH * HEIGHT };

static const uint8_t GREY[N_PIXELS] = {0, 1, 2, 127, 128, 254, 255, 17, 34, 51, 68, 85, 102, 119, 136};

static void check_refused(const char *path, size_t width, size_t height, const char *text, const char *other)
{
    uint8_t mark, *grey = &mark;
    failure f = {""};
    check_failed(png_read_grey(path, width, height, &grey, &f), &f, path, text, other, NULL);
    ck_assert_ptr_eq(grey, &mark);
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
    CHECK_OK(png_write_grey(path, GREY, WIDTH, HEIGHT, &f), &f);
    uint8_t *back = NULL;
    CHECK_OK(png_read_grey(path, WIDTH, HEIGHT, &back, &f), &f);
    ck_assert_mem_eq(back, GREY, N_PIXELS);
    free(back);
}
END_TEST

START_TEST(grey_of_another_program_is_read)
{
    const char *path = scratch_path("other.png");
    put_png(path, PNG_FORMAT_GRAY, GREY);
    uint8_t *back = NULL;
    failure f = {""};
    CHECK_OK(png_read_grey(path, WIDTH, HEIGHT, &back, &f), &f);
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
    CHECK_OK(png_write_rgb(path, &(picture){WIDTH, HEIGHT, rgb}, &f), &f);
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
    CHECK_OK(png_write_grey(first, GREY, WIDTH, HEIGHT, &f), &f);
    CHECK_OK(png_write_grey(second, GREY, WIDTH, HEIGHT, &f), &f);
    size_t size, other_size;
    uint8_t *bytes = file_get(first, &size), *other = file_get(second, &other_size);
    ck_assert_uint_eq(size, other_size);
    ck_assert_mem_eq(bytes, other, size);
    free(other);
    free(bytes);
}
END_TEST

START_TEST(another_size_is_refused)
{
    const char *path = scratch_path("size.png");
    put_png(path, PNG_FORMAT_GRAY, GREY);
    check_refused(path, 28, 28, "5 x 3", "28 x 28");
    check_refused(path, HEIGHT, WIDTH, "5 x 3", "3 x 5");
    check_refused(path, WIDTH, HEIGHT + 1, "5 x 3", "5 x 4");
    check_refused(path, WIDTH - 1, HEIGHT, "5 x 3", "4 x 3");
}
END_TEST

/* Colour, transparency and 16 bits are another matter than 8-bit grey, even where all of it looks grey. */
START_TEST(other_kinds_of_pixels_are_refused)
{
    const uint32_t kinds[] = {PNG_FORMAT_RGB, PNG_FORMAT_RGBA, PNG_FORMAT_GA, PNG_FORMAT_LINEAR_Y};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *path = scratch_path("kind.png");
        static uint16_t pixels[4 * N_PIXELS];
        for (size_t j = 0; j < 4 * N_PIXELS; j++)
            pixels[j] = (uint16_t)(j * 0x0301);
        put_png(path, kinds[i], pixels);
        check_refused(path, WIDTH, HEIGHT, "8-bit grey", "");
    }
}
END_TEST

START_TEST(a_file_cut_at_any_byte_is_refused)
{
    const char *path = scratch_path("cut.png");
    put_png(path, PNG_FORMAT_GRAY, GREY);
    size_t size;
    uint8_t *content = file_get(path, &size);
    const size_t end_chunk = 12; /* what ends the file: the pixels are whole without it */
    for (size_t n = 0; n + end_chunk < size; n++) {
        file_put(path, content, n);
        check_refused(path, WIDTH, HEIGHT, "not a PNG", "");
    }
    free(content);
}
END_TEST

/* Any bit of the first chunk, and any of the pixels': each has a check sum. */
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
            continue; /* chunks about gamma and such: a reader may do without */
        content[n] ^= 0x04;
        file_put(path, content, size);
        check_refused(path, WIDTH, HEIGHT, "", "");
        content[n] ^= 0x04;
    }
    free(content);
}
END_TEST

START_TEST(what_is_no_png_is_refused)
{
    const char *path = scratch_path("no.png");
    file_put(path, "", 0);
    check_refused(path, WIDTH, HEIGHT, "not a PNG", "");
    file_put(path, "GIF89a and so on, for longer than a signature", 45);
    check_refused(path, WIDTH, HEIGHT, "not a PNG", "");
    check_refused(scratch_path("missing.png"), WIDTH, HEIGHT, "No such file", "");
    check_refused(scratch_folder(), WIDTH, HEIGHT, "folder", "");
}
END_TEST

/* A header that claims 2^31 - 1 x 2^31 - 1 pixels; its check sum is right. */
START_TEST(an_enormous_size_is_refused)
{
    static const uint8_t content[] = {0x89, 'P',  'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,
                                      13,   'I',  'H', 'D', 'R',  0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff,
                                      0xff, 0xff, 8,   0,   0,    0,    0,    0x31, 0xa2, 0x54, 0xba};
    const char *path = scratch_path("enormous.png");
    file_put(path, content, sizeof content);
    check_refused(path, WIDTH, HEIGHT, "", "");
}
END_TEST

/* One chunk, with any check sum: it must not be looked at. */
static size_t put_chunk(uint8_t *at, uint32_t claimed, const char *type, size_t size)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(claimed >> (24 - 8 * i));
    memcpy(at + 4, type, 4);
    memset(at + 8, 'x', size + 4);
    return size + 12;
}

/* Puts a chunk behind the header of a good picture. */
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
    return (size_t)usage.ru_maxrss;
}

/* Texts and profiles are nothing to a reader of pixels, whatever is wrong with them. */
START_TEST(other_chunks_are_passed_over)
{
    const char *path = scratch_path("chunks.png");
    static const char *const types[] = {"tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "sPLT", "qqQq"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_with_chunk(path, 30, types[i], 30);
        uint8_t *back = NULL;
        failure f = {""};
        CHECK_OK(png_read_grey(path, WIDTH, HEIGHT, &back, &f), &f);
        ck_assert_mem_eq(back, GREY, N_PIXELS);
        free(back);
    }
    put_with_chunk(path, 30, "QqQq", 30); /* a capital: one that must be understood */
    check_refused(path, WIDTH, HEIGHT, "not a PNG", "");
}
END_TEST

START_TEST(no_memory_is_spent_on_what_a_chunk_claims)
{
    const char *path = scratch_path("claims.png");
    static const char *const types[] = {"tEXt", "zTXt", "iTXt", "iCCP", "eXIf", "sPLT", "PLTE", "tRNS", "gAMA"};
    const size_t before = peak_kilobytes();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        put_with_chunk(path, 1 << 30, types[i], 0);
        check_refused(path, WIDTH, HEIGHT, "not a PNG", "");
    }
    ck_assert_uint_lt(peak_kilobytes() - before, 16 << 10);
}
END_TEST

START_TEST(a_picture_that_cannot_be_written_is_a_failure)
{
    const char *folder = scratch_folder();
    failure f = {""};
    check_failed(png_write_grey(folder, GREY, WIDTH, HEIGHT, &f), &f, folder, "cannot be written", NULL);
    uint8_t rgb[3] = {1, 2, 3};
    check_failed(png_write_rgb(folder, &(picture){1, 1, rgb}, &f), &f, folder, "cannot be written", NULL);
    ck_assert_uint_eq(folder_count(folder), 0);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("png", grey_is_written_and_read_back, grey_of_another_program_is_read,
                         rgb_is_written_for_any_reader, the_same_picture_gives_the_same_bytes,
                         another_size_is_refused, other_kinds_of_pixels_are_refused,
                         a_file_cut_at_any_byte_is_refused, a_damaged_file_is_refused, what_is_no_png_is_refused,
                         an_enormous_size_is_refused, other_chunks_are_passed_over,
                         no_memory_is_spent_on_what_a_chunk_claims, a_picture_that_cannot_be_written_is_a_failure);
}
