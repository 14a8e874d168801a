#include "base/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The limit that Linux sets by control groups; not a number where there is none. */
static const char limit_path[] = "/sys/fs/cgroup/memory.max";

size_t half_of_memory(void)
{
    const long n_pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);
    double n_bytes = n_pages > 0 && page_bytes > 0 ? (double)n_pages * (double)page_bytes : 0x1p32;
    char line[64];
    FILE *file = fopen(limit_path, "r");
    const double limit = file && fgets(line, sizeof line, file) ? strtod(line, NULL) : 0;
    if (limit > 0 && limit < n_bytes)
        n_bytes = limit;
    if (file)
        (void)fclose(file);
    return (size_t)(n_bytes / 2);
}

enum { MAX_THREADS = 1024 };

option_spec threads_option(sm_execution *execution)
{
    return (option_spec){
        "threads",          OPTION_COUNT, &execution->n_threads, "N", .help = "0 for as many as there are",
        .high = MAX_THREADS};
}

sm_execution default_execution(void)
{
    const char *isa = getenv("MNIST_ISA");
    return (sm_execution){.isa = isa && *isa ? isa : NULL};
}

status check_instruction_set(failure *f)
{
    const char *isa = default_execution().isa;
    return sm_isa_name(isa) ? STATUS_OK
                            : fail_usage(f, "MNIST_ISA=%s: this machine does not have it; its fastest is %s", isa,
                                         sm_isa_name(NULL));
}
