/* How the functions of the program report failures.
 *
 * A function that ends in _destroy or _close frees what a struct holds, and allows {0}. */
#pragma once

#include <stdarg.h>

#include "softmax.h"

/* The exit statuses of the program; functions that can fail return one of them. */
typedef enum status {
    STATUS_HELP = -1, /* not a failure: --help was found, and nothing else is to be done */
    STATUS_OK = 0,
    STATUS_FAILED = 1,       /* bad input, a failed read or write, a failed check */
    STATUS_USAGE = 2,        /* the command line was wrong */
    STATUS_INTERRUPTED = 130 /* Ctrl-C, as in shells */
} status;

/* One line for the user, without the program's name and without a newline. A function writes it only if it fails. */
typedef struct failure {
    char text[6000]; /* a path of 4096 bytes, and what is wrong with it */
} failure;

/* Writes the line. Control characters, which might act on a terminal, become '?'. */
void failure_print(failure *f, const char *format, va_list arguments);

/* Writes the line and returns STATUS_FAILED. */
status fail(failure *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a wrong command line: STATUS_USAGE. */
status fail_usage(failure *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* STATUS_OK if the library's status is SM_OK; otherwise fails with "what: the library's sentence for it". */
status check_library(failure *f, const char *what, sm_status library_status);

/* Fails with the sentence for a failed allocation. */
status fail_memory(failure *f);
