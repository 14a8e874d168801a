/* The line that shows the progress of training. */
#pragma once

#include <stdio.h>

#include "model/history.h"

/* Prints the newest row of a history: on a terminal over the previous one, without the end of a line, cut at 80 columns
 * and with the seconds left (infinite if unknown); elsewhere on a line of its own. */
void progress_print(FILE *out, bool is_terminal, bool by_epoch, const history_row *row, double seconds_left);
