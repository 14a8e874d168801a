#include "show/progress.h"

#include <math.h>
#include <stdio.h>

enum { TERMINAL_COLUMNS = 80 };

void progress_print(const progress_row *row, bool is_terminal)
{
    char line[2048]; /* enough for the digits of any doubles */
    int length = snprintf(line, sizeof line, "%s %zu  loss %.5f", row->unit, row->number, row->objective);
    const size_t size = sizeof line;
    const bool has_room = !is_terminal || isnan(row->validation_accuracy);
    if (!isnan(row->gradient_norm) && has_room)
        length += snprintf(line + length, size - (size_t)length, "  gradient %.1e", row->gradient_norm);
    length += snprintf(line + length, size - (size_t)length, "  training %.2f %%", 100 * row->training_accuracy);
    if (!isnan(row->validation_accuracy))
        length +=
            snprintf(line + length, size - (size_t)length, "  validation %.2f %%", 100 * row->validation_accuracy);
    if (is_terminal && isfinite(row->seconds_left))
        (void)snprintf(line + length, size - (size_t)length, "  %.*f s left", row->seconds_left < 100,
                       row->seconds_left);
    /* A line that wraps is not written over. */
    if (is_terminal)
        fprintf(stderr, "\r%.*s\033[K", TERMINAL_COLUMNS - 1, line);
    else
        fprintf(stderr, "%s\n", line);
}

void progress_end(bool is_terminal)
{
    if (is_terminal)
        fprintf(stderr, "\n");
}
