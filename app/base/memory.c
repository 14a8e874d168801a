#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
