/* history.csv, the table of a training: a row for each iteration or epoch. */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

/* The point that training has reached, in the order of the columns; unknown numbers are NAN, or infinite. */
typedef struct history_row {
    double number; /* of iterations or epochs done */
    double objective, gradient_norm, gap;
    double training_accuracy, validation_accuracy, validation_loss; /* accuracies from 0 to 1 */
    double seconds;                                                 /* since training started */
} history_row;

typedef struct history {
    bool by_epoch; /* rows are epochs, not iterations */
    size_t n_rows;
    history_row *rows; /* [n_rows]; the owner frees it */
} history;

/* Adds a row to a buffer, and to an empty buffer the header first. */
void history_add(buffer *b, bool by_epoch, const history_row *row);

/* Parses content [size]; `name` is for the failure's line. Fails for another header than that of history_add, for
 * a row of more or fewer cells, and for a cell that is neither empty nor a finite number. */
status history_parse(const char *name, const uint8_t *content, size_t size, history *h, failure *f);

/* Parses a file. */
status history_read(const char *path, history *h, failure *f);
