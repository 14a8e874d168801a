/* Folders and paths. */
#pragma once

#include "base/status.h"

/* folder/name, which the caller frees; NULL if memory ran out. */
char *join_path(const char *folder, const char *name);

/* No file has a longer path, terminator included. */
enum { PATH_SIZE = 4096 };

/* The same in path [PATH_SIZE]; fails if it is too long. */
status result_path(const char *folder, const char *name, char path[PATH_SIZE], failure *f);

/* Whether a path leads to a folder, also by a link. */
bool is_folder(const char *path);

/* Makes a folder, and those above it, where they are missing. */
status make_folder(const char *path, failure *f);

/* The length of the longest beginning of a path, up to a / or its end, that is a folder; 0 if none is. */
size_t existing_length(const char *path);

/* Removes a folder and those above it, as far as they are empty, down to the first `kept_length` characters. */
void remove_empty_folders(const char *path, size_t kept_length);

/* Starts as {0}. */
typedef struct path_list {
    size_t n;
    char **paths; /* [n], each allocated on its own */
} path_list;

/* Adds a copy of a path. */
status path_list_add(path_list *list, const char *path, failure *f);
void path_list_destroy(path_list *list);

/* Whether a name has this ending, in upper or lower case, and more before it. */
bool ends_in(const char *name, const char *ending);

/* Adds the paths of the regular files, and the links to some, in a folder and those below it whose names end in
 * `ending`, sorted. Passes over what is hidden, and links to folders. A failure may leave some of them added. */
status folder_list(const char *folder, const char *ending, path_list *list, failure *f);

/* Adds the paths of the folders in a folder, and of the links to some, sorted. Passes over hidden ones. */
status folder_list_folders(const char *folder, path_list *list, failure *f);
