/* Folders of pictures as data sets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "digits/picture_folder.h"
#include "formats/png.h"
#include "support_app/scratch.h"

enum { SIDE = 28, N_PIXELS = SIDE * SIDE };

/* An image in the form of the model's, which is read unchanged: a bar of this grey. */
static void draw(uint8_t grey, uint8_t *pixels)
{
    memset(pixels, 0, N_PIXELS);
    for (size_t i = 4 * SIDE; i < 24 * SIDE; i++)
        pixels[i] = i % SIDE >= 10 && i % SIDE < 18 ? grey : 0;
}

/* Writes folder/name and the folders above it: a picture, or another content. */
static void put(const char *folder, const char *name, uint8_t grey, const char *content)
{
    char *path = join_path(folder, name), *slash = strrchr(path, '/');
    uint8_t pixels[N_PIXELS];
    failure f = {""};
    *slash = '\0';
    CHECK_OK(make_folder(path, &f), &f);
    *slash = '/';
    draw(grey, pixels);
    if (content)
        file_put(path, content, strlen(content));
    else
        CHECK_OK(png_write(path, &(picture){SIDE, SIDE, 1, pixels}, &f), &f);
    free(path);
}

static const sm_execution two_threads = {.n_threads = 2};

static void load(const char *folder, const picture_format *format, dataset *data, picture_summary *s)
{
    failure f = {""};
    CHECK_OK(picture_folder_load(folder, format, &two_threads, data, s, &f), &f);
}

/* The labels and first greys of a data set, as text. */
static const char *content(const dataset *data)
{
    static char text[256];
    text[0] = '\0';
    for (size_t n = 0; n < data->n_samples; n++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%u:%u ", (unsigned)data->labels[n],
                       (unsigned)data->pixels[n * N_PIXELS + 14 * SIDE + 14]);
    return text;
}

START_TEST(folders_of_numbers_give_labels)
{
    const char *folder = scratch_folder();
    dataset data;
    picture_summary s;
    put(folder, "3/b.png", 101, NULL);
    put(folder, "3/a.png", 100, NULL);
    put(folder, "12/c/d.png", 102, NULL);
    put(folder, "0/z.png", 103, NULL);
    put(folder, "0/notes.txt", 0, "x");
    load(folder, &(picture_format){SIDE, SIDE, 0, NULL}, &data, &s);
    ck_assert_str_eq(content(&data), "0:103 12:102 3:100 3:101 ");
    ck_assert_uint_eq(data.n_classes, 13);
    ck_assert_ptr_null(data.names);
    ck_assert_uint_eq(s.n_read, 4);
    ck_assert_uint_eq(s.n_left_out, 0);
    ck_assert_uint_eq(s.reasons.size, 0);
    dataset_destroy(&data);
}
END_TEST

/* A number with a leading zero is a name, and so are all others then. */
START_TEST(other_folders_give_names)
{
    const char *folder = scratch_folder();
    dataset data, more;
    picture_summary s;
    failure f = {""};
    put(folder, "b/1.png", 100, NULL);
    put(folder, "07/1.png", 101, NULL);
    put(folder, "3/1.png", 102, NULL);
    load(folder, &(picture_format){SIDE, SIDE, 0, NULL}, &data, &s);
    ck_assert_str_eq(content(&data), "0:101 1:102 2:100 ");
    ck_assert_uint_eq(data.names->n, 3);
    ck_assert_str_eq(data.names->names[2], "b");
    const char *other = scratch_folder();
    put(other, "3/1.png", 90, NULL);
    const picture_format known = {SIDE, SIDE, 3, data.names};
    load(other, &known, &more, &s);
    ck_assert_str_eq(content(&more), "1:90 ");
    CHECK_OK(dataset_append(&data, &more, &f), &f);
    ck_assert_str_eq(content(&data), "0:101 1:102 2:100 1:90 ");
    dataset_destroy(&more);
    put(other, "c/1.png", 90, NULL);
    check_failed(picture_folder_load(other, &known, &two_threads, &more, &s, &f), &f, NULL, "/c: ", "07, 3, ...",
                 NULL);
    dataset_destroy(&data);
}
END_TEST

START_TEST(a_folder_that_is_no_class_is_refused)
{
    const char *folder = scratch_folder();
    const picture_format known = {SIDE, SIDE, 10, NULL};
    dataset data;
    picture_summary s;
    failure f = {""};
    put(folder, "9/1.png", 100, NULL);
    load(folder, &known, &data, &s);
    ck_assert_uint_eq(data.n_classes, 10);
    dataset_destroy(&data);
    put(folder, "10/1.png", 100, NULL);
    check_failed(picture_folder_load(folder, &known, &two_threads, &data, &s, &f), &f, NULL, "/10: ", "0 to 9",
                 NULL);
    const char *long_one = scratch_folder();
    put(long_one, "a name of more bytes than a class can have/1.png", 100, NULL);
    check_failed(picture_folder_load(long_one, &known, &two_threads, &data, &s, &f), &f, NULL, "1 to 31 bytes",
                 NULL);
}
END_TEST

START_TEST(what_cannot_be_read_is_counted_by_reason)
{
    const char *folder = scratch_folder();
    const picture_format format = {SIDE, SIDE, 0, NULL};
    dataset data;
    picture_summary s;
    failure f = {""};
    put(folder, "1/a.png", 0, "x");
    check_failed(picture_folder_load(folder, &format, &two_threads, &data, &s, &f), &f, folder, "none of its 1",
                 "1/a.png: is not a PNG", NULL);
    put(folder, "1/b.png", 0, NULL);
    put(folder, "2/c.png", 0, "y");
    put(folder, "2/d", 0, "GIF89a");
    put(folder, "2/e.png", 100, NULL);
    load(folder, &format, &data, &s);
    ck_assert_uint_eq(s.n_read, 1);
    ck_assert_uint_eq(s.n_left_out, 4);
    ck_assert_ptr_nonnull(strstr(s.reasons.data, "     2: is not a PNG, expected a picture (1/a.png, 2/c.png)\n"));
    ck_assert_ptr_nonnull(strstr(s.reasons.data, "     1: no digit found (1/b.png)\n"));
    ck_assert_ptr_nonnull(strstr(s.reasons.data, "     1: is a GIF, expected a PNG"));
    ck_assert_str_eq(content(&data), "2:100 ");
    free(s.reasons.data);
    dataset_destroy(&data);
}
END_TEST

START_TEST(folders_of_pictures_are_told_from_others)
{
    const char *folder = scratch_folder();
    failure f = {""};
    bool is;
    put(folder, "a.png", 100, NULL);
    CHECK_OK(is_picture_folder(folder, &is, &f), &f);
    ck_assert(!is);
    put(folder, "1/a.png", 100, NULL);
    CHECK_OK(is_picture_folder(folder, &is, &f), &f);
    ck_assert(is);
    put(folder, "t10k-labels-idx1-ubyte.gz", 0, "");
    CHECK_OK(is_picture_folder(folder, &is, &f), &f);
    ck_assert(!is);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("picture_folder", folders_of_numbers_give_labels, other_folders_give_names,
                         a_folder_that_is_no_class_is_refused, what_cannot_be_read_is_counted_by_reason,
                         folders_of_pictures_are_told_from_others);
}
