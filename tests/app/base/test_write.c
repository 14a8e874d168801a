/* Files are written whole or not at all. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/write.h"
#include "support_app/scratch.h"

static void check_file(const char *path, const char *expected)
{
    size_t size;
    uint8_t *data = file_get(path, &size);
    ck_assert_uint_eq(size, strlen(expected));
    ck_assert_str_eq((const char *)data, expected);
    free(data);
}

START_TEST(content_is_written)
{
    const char *folder = scratch_folder();
    char *path = join_path(folder, "file");
    failure f = {""};
    CHECK_OK(write_file(path, "content", 7, &f), &f);
    check_file(path, "content");
    CHECK_OK(write_file(path, "other", 5, &f), &f);
    check_file(path, "other");
    CHECK_OK(write_file(path, NULL, 0, &f), &f);
    check_file(path, "");
    ck_assert_uint_eq(folder_count(folder), 1);
    free(path);
}
END_TEST

START_TEST(much_content_is_written_whole)
{
    enum { SIZE = 5000003 };
    uint8_t *data = malloc(SIZE);
    ck_assert_ptr_nonnull(data);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)(i * 2654435761U >> 13);
    const char *path = scratch_path("much");
    failure f = {""};
    CHECK_OK(write_file(path, data, SIZE, &f), &f);
    size_t size;
    uint8_t *back = file_get(path, &size);
    ck_assert_uint_eq(size, SIZE);
    ck_assert_mem_eq(back, data, SIZE);
    free(back);
    free(data);
}
END_TEST

/* A program that has the old file open can still read it: the file is replaced, not overwritten. */
START_TEST(the_old_file_is_replaced_as_a_whole)
{
    const char *folder = scratch_folder();
    char *path = join_path(folder, "file"), *other_name = join_path(folder, "other name");
    file_put(path, "old content", 11);
    ck_assert_int_eq(link(path, other_name), 0);
    failure f = {""};
    CHECK_OK(write_file(path, "new", 3, &f), &f);
    check_file(path, "new");
    check_file(other_name, "old content");
    ck_assert_uint_eq(folder_count(folder), 2);
    free(other_name);
    free(path);
}
END_TEST

START_TEST(a_file_obeys_the_umask)
{
    const char *path = scratch_path("mode");
    failure f = {""};
    const mode_t before = umask(027);
    CHECK_OK(write_file(path, "x", 1, &f), &f);
    (void)umask(before);
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    ck_assert_uint_eq(about.st_mode & 0777, 0640);
}
END_TEST

START_TEST(a_failure_leaves_the_old_file)
{
    const char *folder = scratch_folder();
    char *target = join_path(folder, "target"), *inside = join_path(target, "inside");
    ck_assert_int_eq(mkdir(target, 0777), 0);
    file_put(inside, "kept", 4);
    failure f = {""};
    check_failed(write_file(target, "new", 3, &f), &f, target, "cannot be written", NULL);
    check_file(inside, "kept");
    ck_assert_uint_eq(folder_count(folder), 1); /* no temporary file */
    ck_assert_uint_eq(folder_count(target), 1);

    char *below = join_path(inside, "below");
    check_failed(write_file(below, "new", 3, &f), &f, below, "Not a directory", NULL);
    check_file(inside, "kept");
    char *missing = join_path(folder, "missing/file");
    check_failed(write_file(missing, "new", 3, &f), &f, missing, "No such file", NULL);
    ck_assert_uint_eq(folder_count(folder), 1);
    free(missing);
    free(below);
    free(inside);
    free(target);
}
END_TEST

/* A limit on the size of files makes the writing itself fail, as on a full disk. */
START_TEST(a_write_that_fails_half_way_leaves_the_old_file)
{
    static const char data[100000];
    const char *folder = scratch_folder();
    char *path = join_path(folder, "file");
    file_put(path, "old", 3);
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    const struct rlimit small = {50000, 50000};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    failure f = {""};
    check_failed(write_file(path, data, sizeof data, &f), &f, path, "cannot be written", "too large", NULL);
    check_file(path, "old");
    ck_assert_uint_eq(folder_count(folder), 1);
    free(path);
}
END_TEST

START_TEST(a_name_without_a_folder_is_written_to_the_working_folder)
{
    const char *folder = scratch_folder();
    ck_assert_int_eq(chdir(folder), 0);
    failure f = {""};
    CHECK_OK(write_file("here", "x", 1, &f), &f);
    check_file("here", "x");
}
END_TEST

/* The root folder cannot be replaced, and no temporary file is left in it. */
START_TEST(the_root_is_not_replaced)
{
    failure f = {""};
    char temporary[64];
    (void)snprintf(temporary, sizeof temporary, "/.%ld.tmp", (long)getpid());
    check_failed(write_file("/", "x", 1, &f), &f, "/", "cannot be written", NULL);
    ck_assert(!file_exists(temporary));
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */
/* Temporary files of processes that were killed                                                   */

/* The id of a process that has ended. */
static long dead_process(void)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    return (long)child;
}

static char *put_beside(const char *folder, const char *format, long process)
{
    char name[64];
    (void)snprintf(name, sizeof name, format, process);
    char *path = join_path(folder, name);
    file_put(path, "kept", 4);
    return path;
}

/* Whether a file of this name is still there after the other one was written. */
static bool survives(const char *folder, const char *path_to_write, const char *format, long process)
{
    char *path = put_beside(folder, format, process);
    failure f = {""};
    CHECK_OK(write_file(path_to_write, "new", 3, &f), &f);
    check_file(path_to_write, "new");
    const bool is_there = file_exists(path);
    if (is_there)
        check_file(path, "kept");
    (void)unlink(path);
    free(path);
    return is_there;
}

START_TEST(temporary_files_of_dead_writers_are_removed)
{
    const char *folder = scratch_folder();
    char *path = join_path(folder, "file.csv");
    const long dead = dead_process();
    ck_assert(!survives(folder, path, "file.csv.%ld.tmp", dead));
    ck_assert_int_eq(chdir(folder), 0); /* also for a path without a folder, and one with detours */
    ck_assert(!survives(".", "file.csv", "file.csv.%ld.tmp", dead));
    ck_assert(!survives(".", ".//./file.csv", "file.csv.%ld.tmp", dead));
    free(path);
}
END_TEST

/* Files of live processes, and files whose names only look similar. */
START_TEST(other_files_are_left_alone)
{
    const char *const foreign[] = {
        "other.%ld.tmp",     "file.csv.%ld.tmp2", "file.csv.%ld",      "file.csv.%ldx.tmp", "file.csv.x%ld.tmp",
        "xfile.csv.%ld.tmp", "file.csv%ld.tmp",   "file.csv.-%ld.tmp", "file.csv. %ld.tmp", "file.csv.+%ld.tmp",
        "file.%ld.tmp",      "file.csv.tmp",      "file.csv..tmp",     "file.csv.0.tmp",    "%ld.tmp",
    };
    const char *folder = scratch_folder();
    char *path = join_path(folder, "file.csv");
    const long dead = dead_process();
    ck_assert(survives(folder, path, "file.csv.%ld.tmp", (long)getppid()));
    ck_assert(survives(folder, path, "file.csv.%ld.tmp", 1));
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        ck_assert_msg(survives(folder, path, foreign[i], dead), "%s", foreign[i]);
    free(path);
}
END_TEST

/* A folder with such a name is not removed, nor its content. */
START_TEST(folders_are_left_alone)
{
    const char *folder = scratch_folder();
    char name[64];
    (void)snprintf(name, sizeof name, "file.%ld.tmp", dead_process());
    char *path = join_path(folder, "file"), *beside = join_path(folder, name), *inside = join_path(beside, "kept");
    ck_assert_int_eq(mkdir(beside, 0777), 0);
    file_put(inside, "kept", 4);
    failure f = {""};
    CHECK_OK(write_file(path, "new", 3, &f), &f);
    check_file(path, "new");
    check_file(inside, "kept");
    free(inside);
    free(beside);
    free(path);
}
END_TEST

START_TEST(a_buffer_is_written_and_freed)
{
    const char *path = scratch_path("buffer");
    buffer b = {0};
    buffer_print(&b, "%s %d", "text", 42);
    failure f = {""};
    CHECK_OK(write_buffer(path, &b, &f), &f);
    check_file(path, "text 42");
    ck_assert_ptr_null(b.data);
    ck_assert_uint_eq(b.size, 0);
    CHECK_OK(write_buffer(path, &b, &f), &f);
    check_file(path, "");
}
END_TEST

/* After a failed allocation, incomplete content must not become the file. */
START_TEST(a_buffer_that_failed_is_not_written)
{
    const char *path = scratch_path("failed-buffer");
    file_put(path, "old", 3);
    buffer b = {0};
    buffer_print(&b, "half of it");
    b.failed = true;
    buffer_add(&b, "more", 4);
    buffer_print(&b, "%s", "more");
    ck_assert_uint_eq(b.size, 10);
    failure f = {""};
    check_failed(write_buffer(path, &b, &f), &f, NULL, "memory", NULL);
    ck_assert_ptr_null(b.data);
    check_file(path, "old");
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN(
        "write", content_is_written, much_content_is_written_whole, the_old_file_is_replaced_as_a_whole,
        a_file_obeys_the_umask, a_failure_leaves_the_old_file, a_write_that_fails_half_way_leaves_the_old_file,
        a_name_without_a_folder_is_written_to_the_working_folder, the_root_is_not_replaced,
        temporary_files_of_dead_writers_are_removed, other_files_are_left_alone, folders_are_left_alone,
        a_buffer_is_written_and_freed, a_buffer_that_failed_is_not_written);
}
