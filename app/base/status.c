#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

void failure_print(failure *f, const char *format, va_list arguments)
{
    (void)vsnprintf(f->text, sizeof f->text, format, arguments);
    clean_text(f->text, false);
}

status fail(failure *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    failure_print(f, format, arguments);
    va_end(arguments);
    return STATUS_FAILED;
}

status fail_usage(failure *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    failure_print(f, format, arguments);
    va_end(arguments);
    return STATUS_USAGE;
}

status check_library(failure *f, const char *what, sm_status library_status)
{
    return library_status == SM_OK ? STATUS_OK : fail(f, "%s: %s", what, sm_status_string(library_status));
}

status fail_memory(failure *f)
{
    return fail(f, "%s", sm_status_string(SM_ERROR_MEMORY));
}
