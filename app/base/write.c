#include "base/write.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Opens the folder of a path, and finds the name in it; NULL if it cannot be listed. */
static DIR *open_folder_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    DIR *opened = folder ? opendir(folder) : NULL;
    *name = slash ? slash + 1 : path;
    free(folder);
    return opened;
}

/* Whether a file is the temporary file of a process that was writing `name` and has ended. */
static bool is_abandoned(const char *file, const char *name)
{
    const size_t length = strlen(name);
    char *end;
    if (strncmp(file, name, length) != 0 || file[length] != '.' || !isdigit((unsigned char)file[length + 1]))
        return false;
    const long writer = strtol(file + length + 1, &end, 10);
    return strcmp(end, ".tmp") == 0 && writer > 0 && kill((pid_t)writer, 0) != 0 && errno == ESRCH;
}

/* Writes and syncs; returns 0 or an errno value. */
static int write_all(int descriptor, const uint8_t *data, size_t size)
{
    size_t n_written = 0;
    while (n_written < size) {
        const ssize_t n = write(descriptor, data + n_written, size - n_written);
        if (n < 0 && errno != EINTR)
            return errno;
        n_written += n > 0 ? (size_t)n : 0;
    }
    return fsync(descriptor) == 0 ? 0 : errno;
}

/* Returns 0 or an errno value; leaves no temporary file. */
static int write_and_rename(const char *temporary, const char *path, const void *data, size_t size)
{
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return errno;
    int error = write_all(descriptor, data, size);
    if (close(descriptor) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(temporary, path) != 0)
        error = errno;
    if (error != 0)
        (void)unlink(temporary);
    return error;
}

status write_file(const char *path, const void *data, size_t size, failure *f)
{
    const size_t name_size = strlen(path) + 32;
    char *temporary = malloc(name_size);
    if (!temporary)
        return fail_memory(f);
    (void)snprintf(temporary, name_size, "%s.%jd.tmp", path, (intmax_t)getpid());
    const char *name;
    DIR *folder = open_folder_of(path, &name);
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (is_abandoned(entry->d_name, name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    const int error = write_and_rename(temporary, path, data, size);
    if (folder) {
        /* Makes the renaming itself durable. Not every file system can do so; the file is whole in any case. */
        (void)fsync(dirfd(folder));
        (void)closedir(folder);
    }
    free(temporary);
    return error == 0 ? STATUS_OK : fail(f, "%s: cannot be written: %s", path, strerror(error));
}

status write_buffer(const char *path, buffer *content, failure *f)
{
    const status result = content->failed ? fail_memory(f) : write_file(path, content->data, content->size, f);
    free(content->data);
    *content = (buffer){0};
    return result;
}
