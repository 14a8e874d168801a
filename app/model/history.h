/* history.csv, the table that training leaves: read back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Where training stood after an iteration or epoch; NAN is for what was not known. */
typedef struct history_row {
    double number, objective, training_accuracy, validation_accuracy, validation_loss;
} history_row;

typedef struct history {
    bool by_epoch; /* or else by iteration */
    size_t n_rows;
    history_row *rows; /* [n_rows]; the owner frees it */
} history;

/* Parses content [size]; `name` is for the failure's line. Fails for another header than that of `mnist train`, for
 * a row of more or fewer cells, and for a cell that is neither empty nor a finite number. */
status history_parse(const char *name, const uint8_t *content, size_t size, history *h, failure *f);

/* Reads a file of it. */
status history_read(const char *path, history *h, failure *f);
