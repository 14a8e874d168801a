#include "table_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

enum { MAX_ARGUMENTS = 32, LINE_SIZE = 8192 };

table_run *table_run_create(const char *rows, const char *options)
{
    static char line[LINE_SIZE], path[4096]; /* the settings refer to them */
    char *argv[MAX_ARGUMENTS] = {"train", "--data", path, "--threads", "2"};
    int argc = 5;
    failure f = {""};
    table_run *r = calloc(1, sizeof *r);
    ck_assert_ptr_nonnull(r);
    (void)snprintf(path, sizeof path, "%s", scratch_path("table.csv"));
    file_put(path, rows, strlen(rows));
    (void)snprintf(line, sizeof line, "%s", options);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    CHECK_OK(settings_parse(argc, argv, &r->s, &(buffer){0}, &f), &f);
    CHECK_OK(training_set_load(&r->s, &r->set, &f), &f);
    CHECK_OK(training_create(&r->s, &r->set, &r->t, &f), &f);
    return r;
}

void table_run_free(table_run *r)
{
    model_destroy(&r->model);
    training_destroy(&r->t);
    training_set_destroy(&r->set);
    free(r);
}

void table_run_finish(table_run *r)
{
    failure f = {""};
    while (training_step(&r->t))
        (void)training_record(&r->t);
    CHECK_OK(training_end(&r->t, &f), &f);
    CHECK_OK(trained_model_create(&r->t, &r->model, &f), &f);
    CHECK_OK(outcome_find(&r->t, &r->model, &r->outcome, &f), &f);
}
