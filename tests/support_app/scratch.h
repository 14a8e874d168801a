/* A folder to write into, and the files that tests of the program read. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In this order: check.h makes a macro of the name `fail`. */
#include "base/status.h"
#include "support/suite.h"

/* Makes the folder of this test program. */
void scratch_create(void);

/* Removes it with all that it holds, and returns exit_status. */
int scratch_remove(int exit_status);

/* A path in the folder. Static memory that lives for the next 31 calls. */
const char *scratch_path(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new empty folder in the folder; static memory as above. */
const char *scratch_folder(void);

/* Writes and reads a file with nothing of the program's own code. The caller frees what file_get returns. */
void file_put(const char *path, const void *data, size_t size);
uint8_t *file_get(const char *path, size_t *size);
bool file_exists(const char *path);

/* How many names a folder holds. */
size_t folder_count(const char *folder);

/* One gzip member with this content; the caller frees it. */
uint8_t *gzip(const void *data, size_t size, size_t *packed_size);

/* Checks that a function failed as promised: STATUS_FAILED with one line that starts with "file: " (unless
 * file is NULL) and holds each of the texts behind it. The last argument is NULL. */
void check_failed(status result, const failure *f, const char *file, ...) __attribute__((sentinel));

/* The same for STATUS_USAGE; a wrong command line names no file. */
void check_usage(status result, const failure *f, ...) __attribute__((sentinel));

/* Fails with the failure's line unless it is STATUS_OK. */
#define CHECK_OK(result, f) ck_assert_msg((result) == STATUS_OK, "%s", (f)->text)

/* The body of a main(): SUITE_RUN with a scratch folder. */
#define APP_SUITE_RUN(...) (scratch_create(), scratch_remove(SUITE_RUN(__VA_ARGS__)))

#endif
