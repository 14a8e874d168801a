/*
 * $MNIST_FAULT is KIND:N:HOW. The N-th call of the kind, counted from 1, fails with HOW, the name of an error; with a
 * + after it, every later call fails as well. `short` transfers only some of the bytes, and `full` does the same and
 * lets every later call fail with ENOSPC, like a full disk. $MNIST_FAULT_REPORT names the file for the report: lines
 * of a name and a number.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[N_CALL_KINDS] = {"memory", "read",   "write", "open", "fsync",
                                                     "close",  "rename", "mkdir", "stat"};

/* Global, since a preloaded library has no other place for its state. */
static struct {
    bool is_counting, has_begun, has_ended;
    size_t n_calls[N_CALL_KINDS], n_faults;
    call_kind kind; /* N_CALL_KINDS: none */
    size_t at;
    int error;
    bool is_short, goes_on;
} plan = {.kind = N_CALL_KINDS};

bool is_counting(void)
{
    return plan.is_counting;
}

static void end(void);

/* Registers end() at the first call, so that it runs after main() but before the handlers of the loader and of
 * coverage, whose calls are not counted. */
verdict next_verdict(call_kind kind)
{
    if (!plan.is_counting)
        return CALL_WORKS;
    if (!plan.has_begun) {
        plan.has_begun = true;
        (void)atexit(end);
    }
    const size_t n = ++plan.n_calls[kind];
    const bool is_first = n == plan.at;
    if (kind != plan.kind || !(is_first || (plan.goes_on && n > plan.at)))
        return CALL_WORKS;
    plan.n_faults++;
    if (plan.is_short && is_first)
        return CALL_IS_SHORT;
    errno = plan.error;
    return CALL_FAILS;
}

/* ---------------------------------------------------------------------------------------------- */

static void refuse(const char *text)
{
    fprintf(stderr, "MNIST_FAULT=%s: expected KIND:N:HOW\n", text);
    _exit(99);
}

static void parse_how(const char *text, const char *how)
{
    static const struct {
        const char *name;
        int error;
    } errors[] = {{"ENOMEM", ENOMEM}, {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EMFILE", EMFILE}};
    const size_t length = strcspn(how, "+");
    plan.goes_on = how[length] == '+' || strcmp(how, "full") == 0;
    plan.is_short = strcmp(how, "short") == 0 || strcmp(how, "full") == 0;
    plan.error = plan.is_short ? ENOSPC : 0;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strlen(errors[i].name) == length && strncmp(how, errors[i].name, length) == 0)
            plan.error = errors[i].error;
    if (plan.error == 0)
        refuse(text);
}

static void parse_plan(const char *text)
{
    char kind[16], how[16];
    if (sscanf(text, "%15[a-z]:%zu:%15s", kind, &plan.at, how) != 3)
        refuse(text);
    for (size_t i = 0; i < N_CALL_KINDS; i++)
        if (strcmp(kind, kind_names[i]) == 0)
            plan.kind = (call_kind)i;
    if (plan.kind == N_CALL_KINDS)
        refuse(text);
    parse_how(text, how);
}

/* ---------------------------------------------------------------------------------------------- */

/* libc writes standard output by internal calls, which cannot be replaced. This stream uses the wrapped write()
 * instead. Like libc's streams, it continues after a partial write and gives up at any error. */
static ssize_t write_output(void *cookie, const char *data, size_t size)
{
    (void)cookie;
    size_t n_written = 0;
    while (n_written < size) {
        const ssize_t n = write(STDOUT_FILENO, data + n_written, size - n_written);
        if (n < 0)
            break;
        n_written += (size_t)n;
    }
    return (ssize_t)n_written;
}

static void replace_output(void)
{
    static char few_bytes[200]; /* small, so that there are many writes to fail */
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_output});
    if (!stream || setvbuf(stream, few_bytes, _IOFBF, sizeof few_bytes) != 0)
        abort();
    stdout = stream;
}

static size_t count_open_descriptors(void)
{
    size_t n = 0;
    for (int descriptor = STDERR_FILENO + 1; descriptor < 256; descriptor++)
        n += fcntl(descriptor, F_GETFD) != -1;
    return n;
}

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("MNIST_FAULT");
    if (text)
        parse_plan(text);
    replace_output();
    plan.is_counting = true;
}

/* Also the destructor, for a program that makes no call at all. */
__attribute__((destructor)) static void end(void)
{
    if (plan.has_ended)
        return;
    plan.has_ended = true;
    plan.is_counting = false;
    const char *path = getenv("MNIST_FAULT_REPORT");
    const size_t n_open = count_open_descriptors();
    const int descriptor = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (descriptor < 0)
        return;
    for (size_t i = 0; i < N_CALL_KINDS; i++)
        dprintf(descriptor, "%s %zu\n", kind_names[i], plan.n_calls[i]);
    dprintf(descriptor, "faults %zu\ndescriptors %zu\n", plan.n_faults, n_open);
    report_memory(descriptor);
    (void)close(descriptor);
}
