#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

status result_path(const char *folder, const char *name, char path[PATH_SIZE], failure *f)
{
    const int length = snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return length < PATH_SIZE ? STATUS_OK : fail(f, "%s/%s: %s", folder, name, strerror(ENAMETOOLONG));
}

bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Whether the first `length` characters of a path name a folder of it. */
static bool ends_folder(const char *path, size_t length)
{
    return length > 0 && (path[length] == '/' || path[length] == '\0');
}

status make_folder(const char *path, failure *f)
{
    char above[PATH_SIZE] = "";
    struct stat about;
    const size_t length = strlen(path);
    int error = length < sizeof above ? 0 : ENAMETOOLONG;
    for (size_t i = 0; error == 0 && i <= length; i++) {
        if (ends_folder(path, i))
            error = mkdir(above, 0777) == 0 || errno == EEXIST ? 0 : errno;
        above[i] = path[i];
    }
    if (error == 0 && stat(path, &about) != 0)
        error = errno;
    if (error != 0)
        return fail(f, "%s: this folder cannot be made: %s", path, strerror(error));
    return S_ISDIR(about.st_mode) ? STATUS_OK : fail(f, "%s: is a file, expected a folder", path);
}

size_t existing_length(const char *path)
{
    char above[PATH_SIZE] = "";
    size_t found = 0;
    for (size_t i = 0, length = strlen(path); i <= length && i < sizeof above - 1; i++) {
        if (ends_folder(path, i) && is_folder(above))
            found = i;
        above[i] = path[i];
    }
    return found;
}

void remove_empty_folders(const char *path, size_t kept_length)
{
    char above[PATH_SIZE] = "";
    (void)snprintf(above, sizeof above, "%s", path);
    for (size_t i = strlen(above); i > kept_length; i--)
        if (ends_folder(path, i)) {
            above[i] = '\0';
            (void)rmdir(above); /* which fails if anything is in it */
        }
}

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

bool ends_in(const char *name, const char *ending)
{
    const size_t length = strlen(name), n = strlen(ending);
    return length > n && strcasecmp(name + length - n, ending) == 0;
}

/* Adds the paths of what a folder holds, without hidden entries. */
static status list_entries(const char *folder, path_list *entries, failure *f)
{
    DIR *listing = opendir(folder);
    if (!listing)
        return fail(f, "%s: cannot be listed: %s", folder, strerror(errno));
    status result = STATUS_OK;
    errno = 0;
    for (const struct dirent *entry; result == STATUS_OK && (entry = readdir(listing)); errno = 0) {
        char *path = entry->d_name[0] == '.' ? NULL : join_path(folder, entry->d_name);
        if (path)
            result = path_list_add(entries, path, f);
        else if (entry->d_name[0] != '.')
            result = fail_memory(f);
        free(path);
    }
    if (result == STATUS_OK && errno != 0)
        result = fail(f, "%s: cannot be listed: %s", folder, strerror(errno));
    (void)closedir(listing);
    return result;
}

/* The mode of what a path leads to, also by links; 0 for a link that leads nowhere. */
static status find_mode(const char *path, mode_t *mode, failure *f)
{
    struct stat about;
    const bool found = stat(path, &about) == 0;
    if (!found && errno != ENOENT && errno != ELOOP)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    *mode = found ? about.st_mode : 0;
    return STATUS_OK;
}

/* Adds a path to the folders or the files, if it is one of those that are wanted. */
static status sort_in(const char *path, const char *ending, path_list *folders, path_list *files, failure *f)
{
    struct stat about;
    mode_t mode = 0;
    if (lstat(path, &about) != 0)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return path_list_add(folders, path, f);
    const status result = ends_in(path, ending) ? find_mode(path, &mode, f) : STATUS_OK;
    return result == STATUS_OK && S_ISREG(mode) ? path_list_add(files, path, f) : result;
}

static void sort_from(path_list *list, size_t first)
{
    if (list->n > first)
        qsort(list->paths + first, list->n - first, sizeof *list->paths, compare_paths);
}

status folder_list(const char *folder, const char *ending, path_list *list, failure *f)
{
    const size_t n_before = list->n;
    path_list folders = {0}; /* those found so far, the visited ones first */
    status result = path_list_add(&folders, folder, f);
    for (size_t i = 0; result == STATUS_OK && i < folders.n; i++) {
        path_list entries = {0};
        result = list_entries(folders.paths[i], &entries, f);
        for (size_t j = 0; result == STATUS_OK && j < entries.n; j++)
            result = sort_in(entries.paths[j], ending, &folders, list, f);
        path_list_destroy(&entries);
    }
    path_list_destroy(&folders);
    sort_from(list, n_before);
    return result;
}

status folder_list_folders(const char *folder, path_list *list, failure *f)
{
    const size_t n_before = list->n;
    path_list entries = {0};
    status result = list_entries(folder, &entries, f);
    for (size_t i = 0; result == STATUS_OK && i < entries.n; i++) {
        mode_t mode = 0;
        result = find_mode(entries.paths[i], &mode, f);
        if (result == STATUS_OK && S_ISDIR(mode))
            result = path_list_add(list, entries.paths[i], f);
    }
    path_list_destroy(&entries);
    sort_from(list, n_before);
    return result;
}
