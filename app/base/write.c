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

/* The folder of a path, to be freed, and the name in it; NULL if memory ran out. */
static char *folder_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* Makes the renaming itself durable. Not every file system can do so; the file is whole in any case. */
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

/* Removes the temporary files that killed processes have left beside a file. */
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

/* Writes and syncs; returns 0 or an error of errno. */
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

/* Returns 0 or an error of errno; nothing temporary is left. */
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
    if (error == 0)
        sync_folder_of(path);
    else
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
    sweep_temporaries(path);
    const int error = write_and_rename(temporary, path, data, size);
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
