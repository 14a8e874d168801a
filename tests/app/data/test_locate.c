/* The folders in which data is searched, in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "data/locate.h"
#include "base/folder.h"
#include "support_app/scratch.h"

static void check_found(const char *wanted, const char *expected)
{
    char *folder = NULL;
    failure f = {""};
    CHECK_OK(locate_folder(wanted, &folder, &f), &f);
    ck_assert_str_eq(folder, expected);
    free(folder);
}

/* Makes datasets/mnist in a new folder, which becomes the working directory. */
static void enter_folder_with_data(void)
{
    failure f = {""};
    ck_assert_int_eq(chdir(scratch_folder()), 0);
    CHECK_OK(make_folder("datasets/mnist", &f), &f);
}

START_TEST(the_option_wins)
{
    const char *wanted = scratch_folder(), *environment = scratch_folder();
    enter_folder_with_data();
    ck_assert_int_eq(setenv("MNIST_DATA", environment, 1), 0);
    check_found(wanted, wanted);
}
END_TEST

START_TEST(the_environment_comes_next)
{
    const char *environment = scratch_folder();
    enter_folder_with_data();
    ck_assert_int_eq(setenv("MNIST_DATA", environment, 1), 0);
    check_found(NULL, environment);
}
END_TEST

START_TEST(then_the_working_directory)
{
    enter_folder_with_data();
    ck_assert_int_eq(unsetenv("MNIST_DATA"), 0);
    check_found(NULL, "datasets/mnist");
    ck_assert_int_eq(setenv("MNIST_DATA", "", 1), 0);
    check_found(NULL, "datasets/mnist");
}
END_TEST

/* The program is this test. */
static void beside_program(char *path, size_t size)
{
#ifdef __APPLE__
    uint32_t size_bytes = (uint32_t)size;
    ck_assert_int_eq(_NSGetExecutablePath(path, &size_bytes), 0);
#else
    const ssize_t length = readlink("/proc/self/exe", path, size - 1);
    ck_assert_int_gt(length, 0);
    path[length] = '\0';
#endif
    char *slash = strrchr(path, '/');
    (void)snprintf(slash, size - (size_t)(slash - path), "/datasets/mnist");
}

START_TEST(a_failure_names_every_folder_tried)
{
    char beside[4096];
    beside_program(beside, sizeof beside);
    ck_assert_int_eq(unsetenv("MNIST_DATA"), 0);
    ck_assert_int_eq(chdir(scratch_folder()), 0);
    char *folder = NULL;
    failure f = {""};
    check_failed(locate_folder(NULL, &folder, &f), &f, NULL, "tried datasets/mnist,", beside,
                 "/mnist/datasets/mnist", "--data", "MNIST_DATA", NULL);
    ck_assert_ptr_null(folder);
}
END_TEST

/* If a folder is given, no other one is used instead. */
START_TEST(a_given_folder_must_exist)
{
    const char *missing = scratch_path("missing"), *file = scratch_path("file");
    file_put(file, "", 0);
    enter_folder_with_data();
    char *folder = NULL;
    failure f = {""};
    check_failed(check_exists(missing, &f), &f, missing, "no such folder or file", "IDX files, or a table", NULL);
    CHECK_OK(check_exists(file, &f), &f);
    CHECK_OK(check_exists(NULL, &f), &f);
    check_failed(locate_folder(missing, &folder, &f), &f, missing, "no such folder", NULL);
    check_failed(locate_folder(file, &folder, &f), &f, file, "folder", NULL);
    check_failed(locate_folder("", &folder, &f), &f, "", "folder", NULL);
    ck_assert_int_eq(setenv("MNIST_DATA", missing, 1), 0);
    check_failed(locate_folder(NULL, &folder, &f), &f, missing, "no such folder", NULL);
    ck_assert_ptr_null(folder);
}
END_TEST

static void check_file(const char *folder, split which, bool labels, const char *name)
{
    char *path = NULL;
    failure f = {""};
    CHECK_OK(locate_file(folder, which, labels, true, &path, &f), &f);
    char *expected = join_path(folder, name);
    ck_assert_str_eq(path, expected);
    free(expected);
    free(path);
}

START_TEST(files_have_several_names)
{
    static const struct {
        const char *name;
        split which;
        bool labels;
    } files[] = {
        {"train-images-idx3-ubyte", SPLIT_TRAIN, false}, {"train-images-idx3-ubyte.gz", SPLIT_TRAIN, false},
        {"train-images.idx3-ubyte", SPLIT_TRAIN, false}, {"train-images.idx3-ubyte.gz", SPLIT_TRAIN, false},
        {"train-labels-idx1-ubyte", SPLIT_TRAIN, true},  {"train-labels-idx1-ubyte.gz", SPLIT_TRAIN, true},
        {"train-labels.idx1-ubyte", SPLIT_TRAIN, true},  {"train-labels.idx1-ubyte.gz", SPLIT_TRAIN, true},
        {"t10k-images-idx3-ubyte", SPLIT_TEST, false},   {"t10k-images-idx3-ubyte.gz", SPLIT_TEST, false},
        {"t10k-images.idx3-ubyte", SPLIT_TEST, false},   {"t10k-images.idx3-ubyte.gz", SPLIT_TEST, false},
        {"t10k-labels-idx1-ubyte", SPLIT_TEST, true},    {"t10k-labels.idx1-ubyte.gz", SPLIT_TEST, true},
        {"test-images-idx3-ubyte", SPLIT_TEST, false},   {"test-images-idx3-ubyte.gz", SPLIT_TEST, false},
        {"test-images.idx3-ubyte", SPLIT_TEST, false},   {"test-images.idx3-ubyte.gz", SPLIT_TEST, false},
        {"test-labels-idx1-ubyte.gz", SPLIT_TEST, true}, {"test-labels.idx1-ubyte", SPLIT_TEST, true},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *folder = scratch_folder();
        char *path = join_path(folder, files[i].name);
        file_put(path, "", 0);
        check_file(folder, files[i].which, files[i].labels, files[i].name);
        free(path);
    }
}
END_TEST

START_TEST(a_plain_file_is_preferred_to_a_compressed_one)
{
    const char *folder = scratch_folder();
    char *plain = join_path(folder, "train-images-idx3-ubyte"),
         *packed = join_path(folder, "train-images-idx3-ubyte.gz");
    file_put(plain, "", 0);
    file_put(packed, "", 0);
    check_file(folder, SPLIT_TRAIN, false, "train-images-idx3-ubyte");
    free(packed);
    free(plain);
}
END_TEST

START_TEST(a_failure_names_every_file_tried)
{
    const char *folder = scratch_folder();
    char *path = NULL;
    failure f = {""};
    check_failed(locate_file(folder, SPLIT_TEST, true, true, &path, &f), &f, folder, "no labels of the test set",
                 "t10k-labels-idx1-ubyte,", "t10k-labels-idx1-ubyte.gz", "t10k-labels.idx1-ubyte,",
                 "t10k-labels.idx1-ubyte.gz", "test-labels-idx1-ubyte,", "test-labels-idx1-ubyte.gz",
                 "test-labels.idx1-ubyte,", "test-labels.idx1-ubyte.gz", NULL);
    check_failed(locate_file(folder, SPLIT_TRAIN, false, true, &path, &f), &f, folder,
                 "no images of the training set", "train-images-idx3-ubyte,", "train-images-idx3-ubyte.gz",
                 "train-images.idx3-ubyte,", "train-images.idx3-ubyte.gz", NULL);
    ck_assert_ptr_null(path);
}
END_TEST

int main(void)
{
    return APP_SUITE_RUN("locate", the_option_wins, the_environment_comes_next, then_the_working_directory,
                         a_failure_names_every_folder_tried, a_given_folder_must_exist, files_have_several_names,
                         a_plain_file_is_preferred_to_a_compressed_one, a_failure_names_every_file_tried);
}
