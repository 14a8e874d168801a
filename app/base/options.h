/* The options of a command: one table from which they are parsed and their help is printed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum option_kind {
    OPTION_FLAG,   /* bool: present or not */
    OPTION_TEXT,   /* const char *: what was typed, NULL if nothing was */
    OPTION_COUNT,  /* size_t, from `low` to `high` */
    OPTION_SEED,   /* uint64_t */
    OPTION_NUMBER, /* double, from `low` to `high` */
    OPTION_CHOICE  /* size_t: the index into `choices` */
} option_kind;

typedef struct option_spec {
    const char *name; /* without the dashes; NULL ends a table */
    option_kind kind;
    void *value;                /* where the value goes; what stands there before is the default */
    const char *argument;       /* what the help calls the value: "DIR", "N|auto" (what is typed as it stands is in
                                 * lower case); NULL for flags, and for choices, whose names it shows */
    const char *help;           /* one line; the default is added to it */
    double low, high;           /* the range of counts and numbers, both ends allowed */
    const char *const *choices; /* NULL-terminated */
} option_spec;

/* What stands above the options in a command's help. */
typedef struct command_usage {
    const char *name;      /* "train" */
    const char *arguments; /* behind the options, e.g. "FILE.png ..."; NULL for none */
    const char *summary;   /* one line without a full stop */
    const char *notes;     /* paragraphs below the options, NULL for none */
} command_usage;

typedef struct positional {
    char **values; /* inside argv */
    size_t n;
} positional;

/* Parses argv (argv[0] is the command's name). Sets *help_shown, and nothing else, if --help was asked for
 * and printed. Arguments that are not options go to *rest; if the command takes none they are an error. */
status options_parse(const command_usage *usage, const option_spec *specs, int argc, char **argv, positional *rest,
                     bool *help_shown, failure *f);

/* The name in a NULL-terminated list that is nearest to what was typed; NULL if none is near. */
const char *nearest_name(const char *typed, const char *const *names);
