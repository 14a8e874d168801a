/* The classes of rows that have no labels. */
#pragma once

#include "model/model.h"
#include "base/status.h"

/* Reads a table of features alone, and prints for each row its class by a model of tables, and the probabilities of
 * all classes, as CSV. Fails if it has other columns than the model reads. */
status predict_table(const char *path, const model *m, const sm_execution *execution, failure *f);
