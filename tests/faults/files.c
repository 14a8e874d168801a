/* Wrappers of the system calls for files and folders. */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* replace both names of a call: meson's programs call open64, others open */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan.h"

/* The functions that are wrapped. */
static void *original(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

static size_t part_of(size_t size)
{
    return size > 1 ? size / 2 : size;
}

ssize_t read(int descriptor, void *data, size_t size)
{
    ssize_t (*next)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))original("read");
    const verdict v = next_verdict(CALL_READ);
    return v == CALL_FAILS ? -1 : next(descriptor, data, v == CALL_IS_SHORT ? part_of(size) : size);
}

static ssize_t read_at(const char *name, int descriptor, void *data, size_t size, off64_t at)
{
    ssize_t (*next)(int, void *, size_t, off64_t) = (ssize_t(*)(int, void *, size_t, off64_t))original(name);
    const verdict v = next_verdict(CALL_READ);
    return v == CALL_FAILS ? -1 : next(descriptor, data, v == CALL_IS_SHORT ? part_of(size) : size, at);
}

ssize_t pread(int descriptor, void *data, size_t size, off_t at)
{
    return read_at("pread", descriptor, data, size, at);
}

ssize_t pread64(int descriptor, void *data, size_t size, off64_t at)
{
    return read_at("pread64", descriptor, data, size, at);
}

ssize_t write(int descriptor, const void *data, size_t size)
{
    ssize_t (*next)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))original("write");
    const verdict v = next_verdict(CALL_WRITE);
    return v == CALL_FAILS ? -1 : next(descriptor, data, v == CALL_IS_SHORT ? part_of(size) : size);
}

/* ---------------------------------------------------------------------------------------------- */

static int open_by(const char *name, const char *path, int flags, mode_t mode)
{
    int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))original(name);
    return next_verdict(CALL_OPEN) == CALL_WORKS ? next(path, flags, mode) : -1;
}

static int open_in_by(const char *name, int folder, const char *path, int flags, mode_t mode)
{
    int (*next)(int, const char *, int, ...) = (int (*)(int, const char *, int, ...))original(name);
    return next_verdict(CALL_OPEN) == CALL_WORKS ? next(folder, path, flags, mode) : -1;
}

/* The mode argument exists only if the flags require it. */
static mode_t mode_argument(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_by("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_by("open64", path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_in_by("openat", folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_in_by("openat64", folder, path, flags, mode);
}

DIR *opendir(const char *path)
{
    DIR *(*next)(const char *) = (DIR * (*)(const char *)) original("opendir");
    return next_verdict(CALL_OPEN) == CALL_WORKS ? next(path) : NULL;
}

/* Always closes, as Linux does, even if it reports an error. */
int close(int descriptor)
{
    int (*next)(int) = (int (*)(int))original("close");
    const int result = next(descriptor);
    return next_verdict(CALL_CLOSE) == CALL_WORKS ? result : -1;
}

/* Does nothing: no test cuts the power, and thousands of syncs take long. */
int fsync(int descriptor)
{
    (void)descriptor;
    return next_verdict(CALL_FSYNC) == CALL_WORKS ? 0 : -1;
}

/* ---------------------------------------------------------------------------------------------- */

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *) = (int (*)(const char *, const char *))original("rename");
    return next_verdict(CALL_RENAME) == CALL_WORKS ? next(from, to) : -1;
}

int mkdir(const char *path, mode_t mode)
{
    int (*next)(const char *, mode_t) = (int (*)(const char *, mode_t))original("mkdir");
    return next_verdict(CALL_MKDIR) == CALL_WORKS ? next(path, mode) : -1;
}

int access(const char *path, int mode)
{
    int (*next)(const char *, int) = (int (*)(const char *, int))original("access");
    return next_verdict(CALL_STAT) == CALL_WORKS ? next(path, mode) : -1;
}

int stat(const char *path, struct stat *about)
{
    int (*next)(const char *, struct stat *) = (int (*)(const char *, struct stat *))original("stat");
    return next_verdict(CALL_STAT) == CALL_WORKS ? next(path, about) : -1;
}

int stat64(const char *path, struct stat64 *about)
{
    int (*next)(const char *, struct stat64 *) = (int (*)(const char *, struct stat64 *))original("stat64");
    return next_verdict(CALL_STAT) == CALL_WORKS ? next(path, about) : -1;
}

int fstat(int descriptor, struct stat *about)
{
    int (*next)(int, struct stat *) = (int (*)(int, struct stat *))original("fstat");
    return next_verdict(CALL_STAT) == CALL_WORKS ? next(descriptor, about) : -1;
}

int fstat64(int descriptor, struct stat64 *about)
{
    int (*next)(int, struct stat64 *) = (int (*)(int, struct stat64 *))original("fstat64");
    return next_verdict(CALL_STAT) == CALL_WORKS ? next(descriptor, about) : -1;
}
