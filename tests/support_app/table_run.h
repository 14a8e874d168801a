/* A training on a small table. */
#ifndef TABLE_RUN_H
#define TABLE_RUN_H

#include "training/trained_model.h"

/* A training with everything that it refers to. */
typedef struct table_run {
    settings s;
    training_set set;
    training t;
    model model; /* of the end, and what is known of it */
    outcome outcome;
} table_run;

/* A newly created training on rows in CSV, for table_run_free. The options are separated by spaces. */
table_run *table_run_create(const char *rows, const char *options);
void table_run_free(table_run *r);

/* Trains to the end, and makes the model and finds the outcome. */
void table_run_finish(table_run *r);

#endif
