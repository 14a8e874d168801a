#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/write.h"

status path_list_add(path_list *list, const char *path, failure *f)
{
    char *copy = strdup(path);
    char **grown = copy ? realloc(list->paths, (list->n + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(copy);
        return fail_memory(f);
    }
    list->paths = grown;
    list->paths[list->n++] = copy;
    return STATUS_OK;
}

void path_list_destroy(path_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->paths[i]);
    free(list->paths);
    *list = (path_list){0};
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names in a folder but . and .., in any order. */
static status read_names(const char *folder, path_list *names, failure *f)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return fail(f, "%s: cannot be listed: %s", folder, strerror(errno));
    status result = STATUS_OK;
    errno = 0;
    for (const struct dirent *entry; result == STATUS_OK && (entry = readdir(listing)); errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = path_list_add(names, entry->d_name, f);
    if (result == STATUS_OK && errno != 0)
        result = fail(f, "%s: cannot be listed: %s", folder, strerror(errno));
    (void)closedir(listing);
    return result;
}

static bool ends_in(const char *name, const char *ending)
{
    const size_t length = strlen(name), n = strlen(ending);
    return length > n && strcasecmp(name + length - n, ending) == 0;
}

/* Adds a path to the files if it is one that is wanted, and to the folders if it is one; a link to a folder is not. */
static status add_entry(const char *path, const char *ending, path_list *folders, path_list *files, failure *f)
{
    struct stat about;
    if (lstat(path, &about) != 0)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return path_list_add(folders, path, f);
    const bool is_file =
        S_ISREG(about.st_mode) || (S_ISLNK(about.st_mode) && stat(path, &about) == 0 && S_ISREG(about.st_mode));
    return is_file && ends_in(path, ending) ? path_list_add(files, path, f) : STATUS_OK;
}

static status add_entries(const char *folder, const char *ending, path_list *folders, path_list *files, failure *f)
{
    path_list names = {0};
    status result = read_names(folder, &names, f);
    for (size_t i = 0; result == STATUS_OK && i < names.n; i++) {
        char *path = join_path(folder, names.paths[i]);
        result = path ? add_entry(path, ending, folders, files, f) : fail_memory(f);
        free(path);
    }
    path_list_destroy(&names);
    return result;
}

bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

status folder_list(const char *folder, const char *ending, path_list *list, failure *f)
{
    const size_t n_before = list->n;
    path_list folders = {0}; /* that were found, the first ones visited already */
    status result = path_list_add(&folders, folder, f);
    for (size_t i = 0; result == STATUS_OK && i < folders.n; i++)
        result = add_entries(folders.paths[i], ending, &folders, list, f);
    path_list_destroy(&folders);
    if (list->n > n_before)
        qsort(list->paths + n_before, list->n - n_before, sizeof *list->paths, compare_paths);
    return result;
}
