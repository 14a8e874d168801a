/* The options of a command: one table from which they are parsed and their help is printed. */
#pragma once

#include "base/buffer.h"
#include "base/status.h"

typedef enum option_kind {
    OPTION_FLAG,   /* bool: given or not */
    OPTION_TEXT,   /* const char *: what was typed, NULL if nothing was */
    OPTION_FOLDER, /* the same; not a file */
    OPTION_COUNT,  /* size_t, from `low` to `high` */
    OPTION_SEED,   /* uint64_t */
    OPTION_NUMBER, /* double, from `low` to `high` */
    OPTION_CHOICE  /* size_t: the index into `choices` */
} option_kind;

typedef struct option_spec {
    const char *name; /* without the dashes; NULL ends a table */
    option_kind kind;
    void *value;                /* where the value goes; its content before parsing is the default */
    const char *argument;       /* the value's name in the help: "DIR", "N|auto" (literal values are in lower case);
                                 * NULL for flags, and for choices, whose names the help lists */
    const char *help;           /* one line; `only_for`, if it is an option, and the default are added to it */
    double low, high;           /* the range of counts and numbers, both ends allowed */
    const char *const *choices; /* NULL-terminated */
    const char *only_for;       /* what uses the option: a choice, "--optimizer sgd", a text, "--l2 auto", or an
                                 * option, "--validation", of the same table, which options_parse checks; or a
                                 * kind of data, "images", for options_refuse; NULL for everything */
    const char *typed;          /* set by options_parse: the argument that gave the option last; NULL if none did */
} option_spec;

/* The texts in a command's help besides the options. */
typedef struct command_usage {
    const char *name;      /* "train" */
    const char *arguments; /* after the options, e.g. "FILE.png ..."; NULL for none */
    const char *summary;   /* one sentence */
    const char *notes;     /* paragraphs below the options, NULL for none */
} command_usage;

typedef struct positional {
    char **values; /* inside argv */
    size_t n;
} positional;

/* Parses argv (argv[0] is the command's name) and checks that each option given is used, as far as that depends on
 * other options. Arguments that are not options go to *rest, which may be NULL if the command takes none; then they
 * are an error. Returns STATUS_HELP as soon as --help is found. */
status options_parse(const command_usage *usage, option_spec *specs, int argc, char **argv, positional *rest,
                     failure *f);

/* Fails if an option was given that is only for this kind of data: "--copies is for images; FILE is a table", with
 * `what` (FILE) and `is` (is a table) after the semicolon. */
status options_refuse(const option_spec *specs, const char *only_for, const char *what, const char *is, failure *f);

/* Whether an option of the table was given. */
bool option_is_given(const option_spec *specs, const char *name);

/* Whether `wanted` (of --data) names a table: a file that exists, and not a folder. Fails if an option was given
 * that is only for "images" or only for "a table", as its `only_for` has it, and the data is the other kind. */
status check_kind_of_data(const option_spec *specs, const char *wanted, bool *is_table, failure *f);

/* Adds the help of a command, in lines that fit the terminal ($COLUMNS, else 80). */
void options_print_help(const command_usage *usage, const option_spec *specs, buffer *b);

/* The name in a NULL-terminated list that is nearest to what was typed; NULL if none is near. */
const char *nearest_name(const char *typed, const char *const *names);
