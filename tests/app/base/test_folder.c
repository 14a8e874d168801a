/* Making folders, and joining paths. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/text.h"
#include "support_app/scratch.h"

static bool folder_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

START_TEST(folders_are_made_with_their_parents)
{
    const char *folder = scratch_folder();
    const char *const names[] = {"a", "b/c/d", "b/c/e/", "f//g", "./h/../i"};
    failure f = {""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = join_path(folder, names[i]);
        CHECK_OK(make_folder(path, &f), &f);
        ck_assert_msg(folder_exists(path), "%s", path);
        CHECK_OK(make_folder(path, &f), &f); /* already there */
        free(path);
    }
    CHECK_OK(make_folder("/", &f), &f);
    ck_assert_int_eq(chdir(folder), 0);
    CHECK_OK(make_folder("from/here", &f), &f);
    ck_assert(folder_exists("from/here"));
    CHECK_OK(make_folder(".", &f), &f);
}
END_TEST

/* Those that did not exist before, and are empty. */
START_TEST(new_folders_are_removed)
{
    failure f = {""};
    ck_assert_int_eq(chdir(scratch_folder()), 0);
    static const struct {
        const char *path;
        size_t existing;
    } cases[] = {{"x/y/z", 0}, {"x//y/", 0}, {"old/new/", 3}, {"old/.././x/y", 8}, {"old", 3}, {"", 0}};
    CHECK_OK(make_folder("old", &f), &f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = cases[i].path;
        ck_assert_uint_eq(existing_length(path), cases[i].existing);
        (void)make_folder(path, &f);
        remove_empty_folders(path, cases[i].existing);
        ck_assert(folder_exists("old") && !folder_exists("x") && !folder_exists("old/new"));
    }
    CHECK_OK(make_folder("x/y/z", &f), &f);
    file_put("x/file", "kept", 4);
    remove_empty_folders("x/y/z", 0);
    ck_assert(access("x/file", F_OK) == 0 && !folder_exists("x/y"));
    ck_assert_uint_eq(existing_length("x/file/z"), 1);
    ck_assert_uint_gt(existing_length(scratch_folder()), 1);
}
END_TEST

START_TEST(a_folder_cannot_replace_a_file)
{
    const char *path = scratch_path("a-file");
    file_put(path, "kept", 4);
    failure f = {""};
    check_failed(make_folder(path, &f), &f, path, "file", "folder", NULL);
    const char *below = scratch_path("a-file/below");
    check_failed(make_folder(below, &f), &f, below, "cannot be made", NULL);
    size_t size;
    uint8_t *kept = file_get(path, &size);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(kept, "kept", 4);
    free(kept);
    check_failed(make_folder("", &f), &f, "", "cannot be made", NULL);
}
END_TEST

/* Lists paths relative to a folder, separated by spaces. */
static const char *joined(const path_list *list, const char *folder)
{
    static char text[512];
    text[0] = '\0';
    for (size_t i = 0; i < list->n; i++) {
        ck_assert_int_eq(strncmp(list->paths[i], folder, strlen(folder)), 0);
        append_text(text, sizeof text, "%s ", list->paths[i] + strlen(folder) + 1);
    }
    return text;
}

START_TEST(entries_are_listed_in_order_and_hidden_ones_passed_over)
{
    const char *folder = scratch_folder();
    static const char *const names[] = {"b/2.PNG",  "b/1.png", "b/c/0.png", ".b/1.png",
                                        "b/.3.png", "a.png",   "a/x.txt"};
    failure f = {""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = join_path(folder, names[i]), *slash = strrchr(path, '/');
        *slash = '\0';
        CHECK_OK(make_folder(path, &f), &f);
        *slash = '/';
        file_put(path, "", 0);
        free(path);
    }
    char *link = join_path(folder, "linked");
    ck_assert_int_eq(symlink("b", link), 0);
    free(link);
    path_list list = {0};
    CHECK_OK(folder_list(folder, ".png", &list, &f), &f);
    ck_assert_str_eq(joined(&list, folder), "a.png b/1.png b/2.PNG b/c/0.png ");
    path_list_destroy(&list);
    CHECK_OK(folder_list(folder, "", &list, &f), &f);
    ck_assert_str_eq(joined(&list, folder), "a.png a/x.txt b/1.png b/2.PNG b/c/0.png ");
    path_list_destroy(&list);
    CHECK_OK(folder_list_folders(folder, &list, &f), &f);
    ck_assert_str_eq(joined(&list, folder), "a b linked ");
    path_list_destroy(&list);
    check_failed(folder_list_folders(scratch_path("missing"), &list, &f), &f, scratch_path("missing"), "listed",
                 NULL);
}
END_TEST

START_TEST(paths_are_joined)
{
    char *path = join_path("folder", "name");
    ck_assert_str_eq(path, "folder/name");
    free(path);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("folder", folders_are_made_with_their_parents, new_folders_are_removed,
                         a_folder_cannot_replace_a_file, entries_are_listed_in_order_and_hidden_ones_passed_over,
                         paths_are_joined);
}
