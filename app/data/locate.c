#include "data/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/folder.h"

/* The path of the program's own file; false where the system won't say. */
static bool find_program(char *path, size_t size)
{
#ifdef __APPLE__
    uint32_t size_bytes = (uint32_t)size;
    return _NSGetExecutablePath(path, &size_bytes) == 0;
#else
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    return true;
#endif
}

/* The folder that it lies in. */
static bool find_program_folder(char *path, size_t size)
{
    if (!find_program(path, size))
        return false;
    char *slash = strrchr(path, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static status found(const char *path, char **folder, failure *f)
{
    *folder = strdup(path);
    return *folder ? STATUS_OK : fail_memory(f);
}

static status search(const char *beside, char **folder, failure *f)
{
    const char *const places[] = {"datasets/mnist", beside, MNIST_DATA_FOLDER};
    char tried[sizeof f->text / 2] = "";
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i])
            continue;
        if (is_folder(places[i]))
            return found(places[i], folder, f);
        const size_t length = strlen(tried);
        (void)snprintf(tried + length, sizeof tried - length, "%s%s", length ? ", " : "", places[i]);
    }
    return fail(f, "no data found: tried %s; name its folder by --data or $MNIST_DATA", tried);
}

status locate_folder(const char *wanted, char **folder, failure *f)
{
    const char *environment = getenv("MNIST_DATA");
    if (!wanted && environment && *environment)
        wanted = environment;
    if (wanted && is_folder(wanted))
        return found(wanted, folder, f);
    if (wanted)
        return fail(f, "%s: %s, expected a folder with IDX files", wanted,
                    access(wanted, F_OK) == 0 ? "is no folder" : "no such folder or file");
    char program[4096], *beside = NULL;
    const bool is_known = find_program_folder(program, sizeof program);
    if (is_known && !(beside = join_path(program, "datasets/mnist")))
        return fail_memory(f);
    const status result = search(beside, folder, f);
    free(beside);
    return result;
}

bool names_table(const char *wanted)
{
    struct stat about;
    return wanted && stat(wanted, &about) == 0 && !S_ISDIR(about.st_mode);
}

/* Whether folder/name is there, or may be and cannot be reached; *path is set then, or where memory ran out to
 * NULL. */
static bool exists(const char *folder, const char *name, char **path)
{
    *path = join_path(folder, name);
    if (!*path || access(*path, F_OK) == 0 || errno != ENOENT)
        return true;
    free(*path);
    *path = NULL;
    return false;
}

enum { N_NAMES = 8, NAME_SIZE = 64 };

/* One of the names that a file may have; name [NAME_SIZE]. */
static void name_file(dataset_part part, bool labels, size_t i, char *name)
{
    const char *const prefixes[2] = {part == DATASET_TRAIN ? "train" : "t10k",
                                     part == DATASET_TRAIN ? "training" : "test"};
    const char *const separators[2] = {"-", "."}, *const endings[2] = {"", ".gz"};
    (void)snprintf(name, NAME_SIZE, "%s-%s%sidx%c-ubyte%s", prefixes[i / 4], labels ? "labels" : "images",
                   separators[i / 2 % 2], labels ? '1' : '3', endings[i % 2]);
}

status locate_file_if_any(const char *folder, dataset_part part, bool labels, char **path, failure *f)
{
    char name[NAME_SIZE];
    *path = NULL;
    for (size_t i = 0; i < N_NAMES; i++) {
        name_file(part, labels, i, name);
        if (exists(folder, name, path))
            return *path ? STATUS_OK : fail_memory(f);
    }
    return STATUS_OK;
}

status locate_file(const char *folder, dataset_part part, bool labels, char **path, failure *f)
{
    char *file, name[NAME_SIZE], tried[512] = "";
    const status result = locate_file_if_any(folder, part, labels, &file, f);
    if (result != STATUS_OK)
        return result;
    if (file) {
        *path = file;
        return STATUS_OK;
    }
    for (size_t i = 0; i < N_NAMES; i++) {
        const size_t length = strlen(tried);
        name_file(part, labels, i, name);
        (void)snprintf(tried + length, sizeof tried - length, "%s%s", length ? ", " : "", name);
    }
    return fail(f, "%s: no %s of the %s set: tried %s", folder, labels ? "labels" : "images",
                part == DATASET_TRAIN ? "training" : "test", tried);
}
