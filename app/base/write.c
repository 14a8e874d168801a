/* Writing files so that nothing is lost. */
#include "base/write.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *join_path(const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        (void)snprintf(path, size, "%s/%s", folder, name);
    return path;
}

status result_path(const char *folder, const char *name, char **path, failure *f)
{
    *path = join_path(folder, name);
    return *path ? STATUS_OK : fail_memory(f);
}

static status write_all(int descriptor, const char *path, const void *data, size_t size, failure *f)
{
    size_t n_written = 0;
    while (n_written < size) {
        const ssize_t n = write(descriptor, (const uint8_t *)data + n_written, size - n_written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(f, "%s: cannot be written: %s", path, strerror(errno));
        n_written += (size_t)n;
    }
    if (fsync(descriptor) != 0)
        return fail(f, "%s: cannot be written: %s", path, strerror(errno));
    return STATUS_OK;
}

/* The folder of a path and, behind its last slash, the name; the folder for free(), NULL if memory ran out. */
static char *folder_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* Makes the renaming itself last; not every file system can, and the file is whole in any case. */
static void sync_folder_of(const char *path)
{
    const char *name;
    char *folder = folder_of(path, &name);
    const int descriptor = folder ? open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY) : -1;
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        (void)close(descriptor);
    }
    free(folder);
}

static status write_and_rename(const char *temporary, const char *path, const void *data, size_t size, failure *f)
{
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return fail(f, "%s: cannot be written: %s", path, strerror(errno));
    status result = write_all(descriptor, path, data, size, f);
    if (close(descriptor) != 0 && result == STATUS_OK)
        result = fail(f, "%s: cannot be written: %s", path, strerror(errno));
    if (result == STATUS_OK && rename(temporary, path) != 0)
        result = fail(f, "%s: cannot be written: %s", path, strerror(errno));
    if (result == STATUS_OK)
        sync_folder_of(path);
    else
        (void)unlink(temporary);
    return result;
}

/* Whether a file is the temporary one of a writer of `name` that does not run any more. */
static bool is_abandoned(const char *file, const char *name)
{
    const size_t length = strlen(name);
    char *end;
    if (strncmp(file, name, length) != 0 || file[length] != '.' || !isdigit((unsigned char)file[length + 1]))
        return false;
    const long writer = strtol(file + length + 1, &end, 10);
    return strcmp(end, ".tmp") == 0 && writer > 0 && kill((pid_t)writer, 0) != 0 && errno == ESRCH;
}

/* Removes what writers that were killed have left beside a file. */
static void sweep_temporaries(const char *path)
{
    const char *name;
    char *folder = folder_of(path, &name);
    DIR *listing = folder ? opendir(folder) : NULL;
    for (struct dirent *entry = listing ? readdir(listing) : NULL; entry; entry = readdir(listing))
        if (is_abandoned(entry->d_name, name))
            (void)unlinkat(dirfd(listing), entry->d_name, 0);
    if (listing)
        (void)closedir(listing);
    free(folder);
}

status write_file(const char *path, const void *data, size_t size, failure *f)
{
    const size_t name_size = strlen(path) + 32;
    char *temporary = malloc(name_size);
    if (!temporary)
        return fail_memory(f);
    (void)snprintf(temporary, name_size, "%s.%jd.tmp", path, (intmax_t)getpid());
    sweep_temporaries(path);
    const status result = write_and_rename(temporary, path, data, size, f);
    free(temporary);
    return result;
}

status write_buffer(const char *path, buffer *content, failure *f)
{
    const status result = content->failed ? fail_memory(f) : write_file(path, content->data, content->size, f);
    free(content->data);
    *content = (buffer){0};
    return result;
}

status make_folder(const char *path, failure *f)
{
    char *part = strdup(path);
    if (!part)
        return fail_memory(f);
    int error = 0;
    for (char *c = part + 1; error == 0 && part[0]; c++) {
        const char end = *c;
        if (end != '/' && end != '\0')
            continue;
        *c = '\0';
        error = mkdir(part, 0777) == 0 || errno == EEXIST ? 0 : errno;
        *c = end;
        if (end == '\0')
            break;
    }
    free(part);
    struct stat about;
    if (error == 0 && stat(path, &about) != 0)
        error = errno;
    if (error != 0)
        return fail(f, "%s: this folder cannot be made: %s", path, strerror(error));
    return S_ISDIR(about.st_mode) ? STATUS_OK : fail(f, "%s: is a file, expected a folder", path);
}
