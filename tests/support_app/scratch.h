/* A folder for temporary files, and helpers to write and read files in tests. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In this order: check.h defines a macro named `fail`. */
#include "base/status.h"
#include "support/suite.h"

/* Creates the folder of this test program. */
void scratch_create(void);

/* Removes the folder with all its content, and returns exit_status. */
int scratch_remove(int exit_status);

/* A path in the folder, in static memory that is reused after 31 more calls. */
const char *scratch_path(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new empty folder within the folder; static memory as above. */
const char *scratch_folder(void);

/* Write and read a file without any of the program's own code. The caller frees the result of file_get. */
void file_put(const char *path, const void *data, size_t size);
uint8_t *file_get(const char *path, size_t *size);
bool file_exists(const char *path);

/* The number of entries in a folder. */
size_t folder_count(const char *folder);

/* One gzip member with this content; the caller frees it. */
uint8_t *gzip(const void *data, size_t size, size_t *packed_size);

/* Checks that a function failed as promised: STATUS_FAILED with one line that starts with "file: " (unless file is
 * NULL) and contains each of the texts after it. The last argument is NULL. */
void check_failed(status result, const failure *f, const char *file, ...) __attribute__((sentinel));

/* The same for STATUS_USAGE, whose line does not begin with a file name. */
void check_usage(status result, const failure *f, ...) __attribute__((sentinel));

/* Fails with the failure's line unless the status is STATUS_OK. */
#define CHECK_OK(result, f) ck_assert_msg((result) == STATUS_OK, "%s", (f)->text)

/* The body of main(): SUITE_RUN, or SUITE_RUN_SLOW, with a scratch folder. */
#define APP_SUITE_RUN(...) (scratch_create(), scratch_remove(SUITE_RUN(__VA_ARGS__)))
#define APP_SUITE_RUN_SLOW(...) (scratch_create(), scratch_remove(SUITE_RUN_SLOW(__VA_ARGS__)))

#endif
