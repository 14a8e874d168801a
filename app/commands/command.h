/* The type of a command, and steps that several commands share. */
#pragma once

#include <stdio.h>

#include "base/machine.h"
#include "model/model.h"
#include "digits/picture_folder.h"
#include "show/canvas.h"

typedef struct command {
    const char *name, *summary;
    status (*run)(int argc, char **argv, failure *f); /* argv[0] is the command's name */
} command;

extern const command command_train, command_eval, command_weights, command_predict, command_report, command_export,
    command_gradcheck;

/* Parses the command line as options_parse does, and prints the help if it is asked for. */
status parse_options(const command_usage *usage, option_spec *specs, int argc, char **argv, positional *rest,
                     failure *f);

/* Reads the model in a folder of results; the SHA-256 of its file goes to sha256 [SHA256_TEXT_SIZE] if not NULL. */
status read_result_model(const char *folder, model *m, char *sha256, failure *f);

/* Fails unless the model of a folder reads images. */
status check_reads_images(const char *folder, const model *m, failure *f);

/* Prints a buffer, and frees it; a buffer that ran out of memory is a failure. */
status print_buffer(buffer *b, failure *f);

/* Write a buffer, or a canvas, into a folder of results, and free it. */
status write_result(const char *folder, const char *name, buffer *content, failure *f);
status write_picture(const char *folder, const char *name, picture *p, failure *f);

/* Prints a line and its end; bytes that might act on a terminal become '?'. */
void print_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints to standard error how many pictures of a folder were read, unless is_quiet, and which ones were left out.
 * Nothing for data of other kinds. */
void print_pictures(const char *folder, const picture_summary *s, bool is_quiet);

/* Loads images for a model, which gives their size and classes: a split of IDX files or, as the test set, the pictures
 * of a folder (see print_pictures). *data is for dataset_destroy. */
status load_images(const char *wanted_folder, split which, const model *m, const sm_execution *execution,
                   bool is_quiet, dataset *data, failure *f);
