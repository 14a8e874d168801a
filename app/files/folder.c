#include "files/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "files/write.h"

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

/* All names in a folder but . and .., in order. */
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
    if (names->n > 0)
        qsort(names->paths, names->n, sizeof *names->paths, compare_paths);
    return result;
}

static bool ends_in(const char *name, const char *ending)
{
    const size_t length = strlen(name), n = strlen(ending);
    return length > n && strcasecmp(name + length - n, ending) == 0;
}

/* Adds a file that is wanted, or what is in a folder. */
static status add_entry(const char *path, const char *ending, path_list *list, failure *f)
{
    struct stat about;
    if (lstat(path, &about) != 0)
        return fail(f, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return folder_list(path, ending, list, f);
    const bool is_file =
        S_ISREG(about.st_mode) || (S_ISLNK(about.st_mode) && stat(path, &about) == 0 && S_ISREG(about.st_mode));
    return is_file && ends_in(path, ending) ? path_list_add(list, path, f) : STATUS_OK;
}

status folder_list(const char *folder, const char *ending, path_list *list, failure *f)
{
    path_list names = {0};
    status result = read_names(folder, &names, f);
    for (size_t i = 0; result == STATUS_OK && i < names.n; i++) {
        char *path = join_path(folder, names.paths[i]);
        result = path ? add_entry(path, ending, list, f) : fail_memory(f);
        free(path);
    }
    path_list_destroy(&names);
    return result;
}
