#define _XOPEN_SOURCE 700 /* nftw */

#include "support_app/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { N_PATHS = 32, MAX_ROOT = 512, MAX_PATH = 1024, MAX_OPEN = 16 };

static char root[MAX_ROOT];

void scratch_create(void)
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(root, sizeof root, "%s/mnist-test-XXXXXX", folder && *folder ? folder : "/tmp");
    if (!mkdtemp(root)) {
        perror(root);
        exit(EXIT_FAILURE);
    }
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

int scratch_remove(int exit_status)
{
    (void)nftw(root, remove_entry, MAX_OPEN, FTW_DEPTH | FTW_PHYS);
    return exit_status;
}

static char *next_path(void)
{
    static char paths[N_PATHS][MAX_PATH];
    static size_t at;
    return paths[at++ % N_PATHS];
}

const char *scratch_path(const char *format, ...)
{
    char *path = next_path();
    const int length = snprintf(path, MAX_PATH, "%s/", root);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(path + length, MAX_PATH - (size_t)length, format, arguments);
    va_end(arguments);
    return path;
}

const char *scratch_folder(void)
{
    char *path = next_path();
    (void)snprintf(path, MAX_PATH, "%s/folder-XXXXXX", root);
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

void file_put(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(size > 0 ? fwrite(data, 1, size, file) : 0, size);
    ck_assert_int_eq(fclose(file), 0);
}

uint8_t *file_get(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "%s is not there", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(fread(data, 1, *size, file), *size);
    data[*size] = 0;
    ck_assert_int_eq(fclose(file), 0);
    return data;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

size_t folder_count(const char *folder)
{
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    size_t n = 0;
    for (const struct dirent *entry; (entry = readdir(entries));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(entries);
    return n;
}

uint8_t *gzip(const void *data, size_t size, size_t *packed_size)
{
    const int in_gzip = 16, memory_level = 8;
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + in_gzip, memory_level,
                                  Z_DEFAULT_STRATEGY),
                     Z_OK);
    const size_t bound = deflateBound(&stream, size);
    uint8_t *packed = malloc(bound);
    ck_assert_ptr_nonnull(packed);
    stream.next_in = (Bytef *)(uintptr_t)data;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)bound;
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *packed_size = bound - stream.avail_out;
    (void)deflateEnd(&stream);
    return packed;
}

static void check_line(const failure *f, va_list texts)
{
    ck_assert_uint_gt(strlen(f->text), 0);
    for (const char *c = f->text; *c; c++)
        ck_assert_msg((unsigned char)*c >= 0x20 && *c != 0x7f, "a control character in: %s", f->text);
    for (const char *text; (text = va_arg(texts, const char *));)
        ck_assert_msg(strstr(f->text, text), "expected '%s' in: %s", text, f->text);
}

void check_failed(status result, const failure *f, const char *file, ...)
{
    ck_assert_msg(result == STATUS_FAILED, "status %d, expected a failure", (int)result);
    const size_t length = file ? strlen(file) : 0;
    if (file)
        ck_assert_msg(strncmp(f->text, file, length) == 0 && strncmp(f->text + length, ": ", 2) == 0,
                      "expected to start with '%s: ': %s", file, f->text);
    va_list texts;
    va_start(texts, file);
    check_line(f, texts);
    va_end(texts);
}

void check_usage(status result, const failure *f, ...)
{
    ck_assert_msg(result == STATUS_USAGE, "status %d, expected a usage error: %s", (int)result, f->text);
    va_list texts;
    va_start(texts, f);
    check_line(f, texts);
    va_end(texts);
}
