#include "show/progress.h"

#include <math.h>

#include "base/text.h"

enum { TERMINAL_COLUMNS = 80 };

void progress_print(FILE *out, bool is_terminal, bool by_epoch, const history_row *row, double seconds_left)
{
    char line[2048]; /* enough for the digits of any doubles */
    const bool is_huge = fabs(row->objective) >= 1e6;
    const bool has_room = !is_terminal || isnan(row->validation_accuracy);
    (void)snprintf(line, sizeof line, "%s %.0f  loss ", by_epoch ? "epoch" : "iteration", row->number);
    append_text(line, sizeof line, is_huge ? "%.5g" : "%.5f", row->objective);
    if (!isnan(row->gradient_norm) && has_room)
        append_text(line, sizeof line, "  gradient %.1e", row->gradient_norm);
    append_text(line, sizeof line, "  training %.2f %%", 100 * row->training_accuracy);
    if (!isnan(row->validation_accuracy))
        append_text(line, sizeof line, "  validation %.2f %%", 100 * row->validation_accuracy);
    if (is_terminal && isfinite(seconds_left))
        append_text(line, sizeof line, "  %.*f s left", seconds_left < 100, seconds_left);
    /* A line that wraps could not be overwritten. */
    if (is_terminal)
        fprintf(out, "\r%.*s\033[K", TERMINAL_COLUMNS - 1, line);
    else
        fprintf(out, "%s\n", line);
}
