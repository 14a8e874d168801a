/* The sentences for the library's enums. */
#include "softmax.h"

const char *sm_status_string(sm_status status)
{
    static const char *const sentences[] = {
        [SM_OK] = "ok",
        [SM_ERROR_ARGUMENT] = "an option or a size is out of range",
        [SM_ERROR_LABEL] = "a label is not below the number of classes",
        [SM_ERROR_MEMORY] = "out of memory",
        [SM_ERROR_NOT_FINITE] = "the scores or the objective are not finite",
        [SM_ERROR_SOURCE] = "the source of samples failed",
        [SM_ERROR_STATE] = "the state to continue from belongs to something else",
    };
    return (size_t)status < sizeof sentences / sizeof *sentences ? sentences[status] : "unknown status";
}

const char *sm_stop_string(sm_stop stop)
{
    static const char *const sentences[] = {
        [SM_STOP_NONE] = "not stopped",
        [SM_STOP_CONVERGED] = "converged to the tolerance",
        [SM_STOP_ITERATIONS] = "the limit of iterations was reached",
        [SM_STOP_PRECISION] = "the tolerance is below what rounding allows",
        [SM_STOP_STUCK] = "no step lowers the objective any more",
    };
    return (size_t)stop < sizeof sentences / sizeof *sentences ? sentences[stop] : "unknown reason";
}
