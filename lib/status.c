/* The sentences for the library's enums. */
#include "softmax.h"

const char *sm_status_string(sm_status status)
{
    switch (status) {
    case SM_OK:
        return "ok";
    case SM_ERROR_ARGUMENT:
        return "an option or a size is out of range";
    case SM_ERROR_LABEL:
        return "a label is not below the number of classes";
    case SM_ERROR_MEMORY:
        return "out of memory";
    case SM_ERROR_NOT_FINITE:
        return "the scores or the objective are no finite numbers";
    case SM_ERROR_SOURCE:
        return "the source of samples failed";
    case SM_ERROR_STATE:
        return "the state to resume from belongs to something else";
    }
    return "unknown status";
}

const char *sm_stop_string(sm_stop stop)
{
    switch (stop) {
    case SM_STOP_NONE:
        return "it can still take steps";
    case SM_STOP_CONVERGED:
        return "converged to the tolerance";
    case SM_STOP_ITERATIONS:
        return "the limit of iterations was reached";
    case SM_STOP_NO_PROGRESS:
        return "no further progress is possible in this precision";
    }
    return "unknown reason";
}
