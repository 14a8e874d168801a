/* What a command is, and what several of them do in the same way. */
#pragma once

#include "data/dataset.h"
#include "base/buffer.h"
#include "model/model.h"
#include "base/options.h"
#include "base/status.h"

typedef struct command {
    const char *name, *summary;
    status (*run)(int argc, char **argv, failure *f); /* argv[0] is the command's name */
} command;

/* Parses the command line as options_parse does; prints the help if it is asked for. */
status parse_options(const command_usage *usage, option_spec *specs, int argc, char **argv, positional *rest,
                     failure *f);

/* --threads, the same for every command that has it. */
option_spec threads_option(size_t *n_threads);

extern const command command_train, command_eval, command_weights, command_predict, command_report, command_export,
    command_gradcheck;

/* The path of the model that train left in the folder of results, which the caller frees; fails if there is none. */
status find_result_model(const char *folder, char **path, failure *f);

/* Reads the model that train left in the folder of results. */
status read_result_model(const char *folder, model *m, failure *f);

/* Fails unless the model of the folder reads images. */
status check_reads_images(const char *folder, const model *m, failure *f);

/* Prints a buffer and frees it. Fails if memory for it had run out. */
status print_buffer(buffer *b, failure *f);
