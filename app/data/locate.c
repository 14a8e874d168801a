#include "data/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/folder.h"
#include "base/text.h"

/* The path of the data next to the program's own file; false if the system does not tell where that is. */
static bool find_next_to_program(char *path, size_t size)
{
#ifdef __APPLE__
    uint32_t size_bytes = (uint32_t)size;
    const bool is_known = _NSGetExecutablePath(path, &size_bytes) == 0;
#else
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    const bool is_known = length > 0;
    path[is_known ? length : 0] = '\0';
#endif
    char *slash = is_known ? strrchr(path, '/') : NULL;
    const size_t room = slash ? size - (size_t)(slash - path) : 0;
    return slash && (size_t)snprintf(slash, room, "/datasets/mnist") < room;
}

status locate_folder(const char *wanted, char **folder, failure *f)
{
    char adjacent[4096], tried[sizeof f->text / 2] = "";
    const char *environment = getenv("MNIST_DATA"), *found = NULL;
    if (!wanted && environment && *environment)
        wanted = environment;
    if (wanted && !is_folder(wanted))
        return fail(f, "%s: %s, expected a folder with IDX files", wanted,
                    access(wanted, F_OK) == 0 ? "is not a folder" : "no such folder or file");
    const char *const places[] = {
        "datasets/mnist", find_next_to_program(adjacent, sizeof adjacent) ? adjacent : NULL, MNIST_DATA_FOLDER};
    for (size_t i = 0; !wanted && !found && i < sizeof places / sizeof *places; i++) {
        if (places[i] && is_folder(places[i]))
            found = places[i];
        else if (places[i])
            append_text(tried, sizeof tried, "%s%s", *tried ? ", " : "", places[i]);
    }
    if (!wanted && !found)
        return fail(f, "no data found: tried %s; name its folder by --data or $MNIST_DATA", tried);
    char *copy = strdup(wanted ? wanted : found);
    if (!copy)
        return fail_memory(f);
    *folder = copy;
    return STATUS_OK;
}

status check_exists(const char *wanted, failure *f)
{
    return !wanted || access(wanted, F_OK) == 0 || errno != ENOENT
               ? STATUS_OK
               : fail(f, "%s: no such folder or file, expected a folder with IDX files, or a table", wanted);
}

status locate_file(const char *folder, split which, bool labels, bool is_required, char **path, failure *f)
{
    static const char *const prefixes[2][2] = {
        [SPLIT_TRAIN] = {"train", "training"}, [SPLIT_TEST] = {"t10k", "test"}};
    char name[64], tried[512] = "";
    *path = NULL;
    for (size_t i = 0; i < 8; i++) { /* every combination of the three variants */
        (void)snprintf(name, sizeof name, "%s-%s%cidx%c-ubyte%s", prefixes[which][i / 4],
                       labels ? "labels" : "images", i / 2 % 2 == 0 ? '-' : '.', labels ? '1' : '3',
                       i % 2 == 0 ? "" : ".gz");
        char *found = join_path(folder, name);
        if (!found)
            return fail_memory(f);
        if (access(found, F_OK) == 0 || errno != ENOENT) { /* or it may be there, but cannot be reached */
            *path = found;
            return STATUS_OK;
        }
        free(found);
        append_text(tried, sizeof tried, "%s%s", i > 0 ? ", " : "", name);
    }
    return !is_required ? STATUS_OK
                        : fail(f, "%s: no %s of the %s set: tried %s", folder, labels ? "labels" : "images",
                               which == SPLIT_TRAIN ? "training" : "test", tried);
}

status has_idx_files(const char *folder, bool *has, failure *f)
{
    status result = STATUS_OK;
    *has = false;
    for (size_t i = 0; result == STATUS_OK && !*has && i < 4; i++) {
        char *path = NULL;
        result = locate_file(folder, i / 2 == 0 ? SPLIT_TRAIN : SPLIT_TEST, i % 2 == 0, false, &path, f);
        *has = path != NULL;
        free(path);
    }
    return result;
}
