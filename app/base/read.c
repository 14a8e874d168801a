/* Reading whole files, gzip-compressed or plain. */
#include "base/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/gzip.h"

/* What is read of a file for the head of its content: a header of gzip may name 64 KiB of extras, and more. */
enum { HEAD_FILE_BYTES = 1 << 17 };

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

static status get_size(int descriptor, const char *path, size_t *size, failure *f)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return fail(f, "%s: is a folder, expected a file", path);
    if (!S_ISREG(about.st_mode))
        return fail(f, "%s: is not a regular file", path);
    if (about.st_size < 0 || (uintmax_t)about.st_size > SIZE_MAX / 2)
        return fail(f, "%s: is %jd bytes, expected at most %zu", path, (intmax_t)about.st_size, SIZE_MAX / 2);
    *size = (size_t)about.st_size;
    return STATUS_OK;
}

static status open_file(const char *path, int *descriptor, failure *f)
{
    /* Not to hang on a FIFO: it is refused once it is open. */
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *descriptor >= 0 ? STATUS_OK : fail(f, "%s: cannot be opened: %s", path, strerror(errno));
}

/* How large a file of so much content may be: what does not compress grows, and names may be in the way. */
static size_t file_limit(int descriptor, size_t limit_bytes)
{
    uint8_t magic[GZIP_MAGIC_BYTES] = {0};
    const ssize_t n = pread(descriptor, magic, sizeof magic, 0);
    if (n != (ssize_t)sizeof magic || !gzip_has_magic(magic, sizeof magic))
        return limit_bytes;
    const size_t more = limit_bytes / 8 + HEAD_FILE_BYTES;
    return limit_bytes <= SIZE_MAX - more ? limit_bytes + more : SIZE_MAX;
}

static status read_open_file(int descriptor, const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    size_t size = 0;
    status result = get_size(descriptor, path, &size, f);
    if (result != STATUS_OK)
        return result;
    const size_t limit = file_limit(descriptor, limit_bytes);
    if (size > limit)
        return fail(f, "%s: is %zu bytes, expected at most %zu", path, size, limit);
    uint8_t *data = malloc(size + 1);
    if (!data)
        return fail_memory(f);
    result = read_descriptor(descriptor, path, size, data, f);
    if (result != STATUS_OK) {
        free(data);
        return result;
    }
    *content = (bytes){data, size};
    return STATUS_OK;
}

/* The bytes of the file as they are. */
static status read_raw(const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    int descriptor;
    status result = open_file(path, &descriptor, f);
    if (result != STATUS_OK)
        return result;
    result = read_open_file(descriptor, path, limit_bytes, content, f);
    (void)close(descriptor);
    return result;
}

status read_file(const char *path, size_t limit_bytes, bytes *content, failure *f)
{
    bytes raw = {NULL, 0};
    status result = read_raw(path, limit_bytes, &raw, f);
    if (result != STATUS_OK)
        return result;
    if (!gzip_has_magic(raw.data, raw.size)) {
        *content = raw;
        return STATUS_OK;
    }
    result = gzip_inflate(path, &raw, limit_bytes, content, f);
    free(raw.data);
    return result;
}

status read_standard_input(const char *name, size_t limit_bytes, bytes *content, failure *f)
{
    char piece[1 << 14];
    buffer all = {0};
    ssize_t n = 1;
    while (n != 0 && !all.failed && all.size <= limit_bytes) {
        n = read(STDIN_FILENO, piece, sizeof piece);
        if (n < 0 && errno != EINTR) {
            free(all.data);
            return fail(f, "%s: cannot be read: %s", name, strerror(errno));
        }
        buffer_add(&all, piece, n > 0 ? (size_t)n : 0);
    }
    if (!all.failed && all.size <= limit_bytes) {
        *content = (bytes){(uint8_t *)all.data, all.size};
        return STATUS_OK;
    }
    free(all.data);
    return all.failed ? fail_memory(f) : fail(f, "%s: is more than %zu bytes", name, limit_bytes);
}

status read_file_or_input(const char *path, size_t limit_bytes, bytes *content, const char **name, failure *f)
{
    const bool is_input = strcmp(path, "-") == 0;
    *name = is_input ? "standard input" : path;
    return is_input ? read_standard_input(*name, limit_bytes, content, f)
                    : read_file(path, limit_bytes, content, f);
}

/* ---------------------------------------------------------------------------------------------- */

static status take_head(const char *path, const bytes *start, size_t file_size, file_head *head, failure *f)
{
    file_head found = {.is_exact = !gzip_has_magic(start->data, start->size)};
    if (found.is_exact) {
        found.size = start->size < sizeof found.data ? start->size : sizeof found.data;
        found.content_size = file_size;
        memcpy(found.data, start->data, found.size);
        *head = found;
        return STATUS_OK;
    }
    const status result = gzip_inflate_head(path, start, found.data, sizeof found.data, &found.size, f);
    if (result != STATUS_OK)
        return result;
    found.is_exact = found.size < sizeof found.data;
    found.content_size = found.is_exact ? found.size : gzip_largest_content(file_size);
    *head = found;
    return STATUS_OK;
}

static status read_open_head(int descriptor, const char *path, file_head *head, failure *f)
{
    size_t file_size = 0;
    status result = get_size(descriptor, path, &file_size, f);
    if (result != STATUS_OK)
        return result;
    bytes start = {NULL, file_size < HEAD_FILE_BYTES ? file_size : HEAD_FILE_BYTES};
    start.data = malloc(start.size + 1);
    if (!start.data)
        return fail_memory(f);
    result = read_descriptor(descriptor, path, start.size, start.data, f);
    if (result == STATUS_OK)
        result = take_head(path, &start, file_size, head, f);
    free(start.data);
    return result;
}

status read_head(const char *path, file_head *head, failure *f)
{
    int descriptor;
    status result = open_file(path, &descriptor, f);
    if (result != STATUS_OK)
        return result;
    result = read_open_head(descriptor, path, head, f);
    (void)close(descriptor);
    return result;
}
