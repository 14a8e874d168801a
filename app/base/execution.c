#include "base/execution.h"

#include <stdlib.h>

enum { MAX_THREADS = 1024 };

option_spec threads_option(size_t *n_threads)
{
    return (option_spec){"threads",          OPTION_COUNT, n_threads, "N", .help = "0 for as many as there are",
                         .high = MAX_THREADS};
}

status get_execution(size_t n_threads, sm_execution *execution, failure *f)
{
    const char *isa = getenv("MNIST_ISA");
    *execution = (sm_execution){.n_threads = n_threads, .isa = isa && *isa ? isa : NULL};
    if (!sm_isa_name(execution->isa))
        return fail_usage(f, "MNIST_ISA=%s: this machine does not have it; its fastest is %s", isa,
                          sm_isa_name(NULL));
    return STATUS_OK;
}
