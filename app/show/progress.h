/* The line that tells how training goes on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One iteration or epoch. Accuracies are 0 to 1; NAN is for what is not known. */
typedef struct progress_row {
    const char *unit; /* "iteration" or "epoch" */
    size_t number;
    double objective, gradient_norm, gap;
    double training_accuracy, validation_accuracy, validation_loss;
    double seconds, seconds_left;
} progress_row;

/* Prints it to standard error: over the last one where that is a terminal, cut at its 80
 * columns, else as a line of its own. */
void progress_print(const progress_row *row, bool is_terminal);

/* Ends the line that is printed over and over. */
void progress_end(bool is_terminal);
