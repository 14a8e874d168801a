/* What lies in a folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Whether a path leads to a folder, by links too. */
bool is_folder(const char *path);

/* Paths, as strings of their own. */
typedef struct path_list {
    size_t n;
    char **paths; /* [n] */
} path_list;

/* Adds the path of every regular file (or link to one) in a folder and in those below it whose name ends in
 * `ending`, whatever the case of its letters, in the order of the names. Links to folders are not followed. *list,
 * which may hold some already, is for path_list_destroy, also after a failure. */
status folder_list(const char *folder, const char *ending, path_list *list, failure *f);

/* Adds a path. */
status path_list_add(path_list *list, const char *path, failure *f);

/* Frees what it holds; {0} is allowed. */
void path_list_destroy(path_list *list);
