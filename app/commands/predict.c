/* mnist predict: reads digits from pictures. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/command.h"
#include "base/execution.h"
#include "commands/predict_table.h"
#include "commands/reading_output.h"
#include "base/folder.h"
#include "formats/json.h"
#include "formats/png.h"
#include "base/write.h"
#include "base/text.h"

static const command_usage usage = {
    .name = "predict",
    .arguments = "FILE.png ...",
    .summary = "Read the digit in each PNG picture, or in standard input for -: of any size, dark on light or not.",
    .notes =
        "Each picture is brought into the form of the training images: its ink is found, whatever the paper "
        "and the light, fitted into 20 x 20 pixels and centred by its mass in 28 x 28. --show prints the "
        "result. Probabilities are calibrated if the model was trained with --validation or --l2 auto.\n"
        "With a model of a table FILE, or -, is one, too, CSV or NumPy's format, with the columns of training but "
        "for the labels; what is printed is CSV: for each row its class, and the probabilities of all.",
};

typedef struct predict_options {
    const char *output, *save_normalized;
    bool json, recursive;
    reading_form form;
    size_t n_saved; /* pictures, so far */
} predict_options;

/* Adds what is said of a file to the answer; owns the entry, which may be NULL for want of memory. */
static status add_entry(json_t *all, const char *path, json_t *entry, failure *f)
{
    char *name = clean_copy(path, true); /* JSON escapes controls, but must be UTF-8 */
    const bool ok = entry && name && json_object_set_new(entry, "file", json_string(name)) == 0;
    free(name);
    return json_array_append_new(all, json_if_whole(entry, ok)) == 0 ? STATUS_OK : fail_memory(f);
}

static status print_json(const json_t *all, failure *f)
{
    buffer b = {0};
    buffer_add_json(&b, all, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    buffer_print(&b, "\n");
    return print_buffer(&b, f);
}

/* ---------------------------------------------------------------------------------------------- */

/* Writes what the model saw as DIR/0001-NAME.png and so on: no two pictures have the same number. */
static status save_normalized(const char *path, const reading *made, predict_options *options, failure *f)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *ending = strrchr(name, '.');
    const size_t n = made->found.n_rows * made->found.n_columns;
    const size_t length = ending && ending > name ? (size_t)(ending - name) : strlen(name);
    status result = STATUS_OK;
    for (size_t i = 0; result == STATUS_OK && i < made->found.n; i++) {
        buffer file = {0};
        buffer_print(&file, "%s/%04zu-%.*s.png%c", options->save_normalized, ++options->n_saved, (int)length,
                     strcmp(path, "-") == 0 ? "input" : name, '\0');
        result = file.failed ? fail_memory(f)
                             : png_write_grey(file.data, made->found.pixels + i * n, made->found.n_columns,
                                              made->found.n_rows, f);
        free(file.data);
    }
    return result;
}

static status predict_file(const char *path, const reader *r, predict_options *options, json_t *all, failure *f)
{
    reading made;
    status result = read_picture(path, r, &made, f);
    if (result == STATUS_OK && options->save_normalized)
        result = save_normalized(path, &made, options, f);
    if (result == STATUS_OK && options->json)
        result = add_entry(all, path, reading_as_json(&made, r, &options->form), f);
    else if (result == STATUS_OK)
        result = print_reading(path, &made, r, &options->form, f);
    reading_destroy(&made);
    return result;
}

/* One picture that cannot be read does not keep others from it: all but the last failure are printed here, and with
 * --json each has its entry. */
static status predict_all(const path_list *files, const reader *r, predict_options *options, failure *f)
{
    status result = STATUS_OK;
    json_t *all = json_array();
    for (size_t i = 0; i < files->n; i++) {
        failure own = {""};
        if (predict_file(files->paths[i], r, options, all, &own) == STATUS_OK)
            continue;
        failure no_memory;
        if (options->json)
            (void)add_entry(all, files->paths[i], json_pack("{s:s}", "error", own.text), &no_memory);
        if (result != STATUS_OK)
            fprintf(stderr, "mnist: %s\n", f->text);
        result = STATUS_FAILED;
        *f = own;
    }
    if (options->json) {
        failure own = {""};
        const status printed = print_json(all, result == STATUS_OK ? f : &own);
        result = result == STATUS_OK ? printed : result;
    }
    json_decref(all);
    return result;
}

/* The files that are named, and with --recursive the pictures in folders that are. */
static status list_pictures(const positional *named, bool recursive, path_list *files, failure *f)
{
    status result = STATUS_OK;
    for (size_t i = 0; result == STATUS_OK && i < named->n; i++) {
        const char *path = named->values[i];
        const size_t n_before = files->n;
        if (!recursive && is_folder(path))
            return fail(f, "%s: is a folder; --recursive reads the pictures in it", path);
        result = is_folder(path) ? folder_list(path, ".png", files, f) : path_list_add(files, path, f);
        if (result == STATUS_OK && files->n == n_before)
            result = fail(f, "%s: there is no picture in it whose name ends in .png", path);
    }
    return result;
}

/* A table in the place of pictures; none of the options that are for them. */
static status predict_rows(const positional *named, const reader *r, const predict_options *o, failure *f)
{
    if (named->n > 1 || o->form.all || o->form.show || o->json || o->recursive || r->as_is || o->save_normalized ||
        o->form.reject > 0)
        return fail_usage(f, "predict: the model reads the columns of a table, expected one file and no option but "
                             "--output");
    return predict_table(named->values[0], r->m, &r->execution, f);
}

static status run_with(const positional *named, model *m, reader *r, predict_options *options, failure *f)
{
    path_list files = {0};
    r->all = options->form.all;
    status result = list_pictures(named, options->recursive, &files, f);
    if (result == STATUS_OK)
        result = get_execution(1, &r->execution, f);
    if (result == STATUS_OK)
        result = read_result_model(options->output, m, f);
    const bool reads_table = features_are_columns(&m->features);
    if (result == STATUS_OK && reads_table)
        result = predict_rows(named, r, options, f);
    if (result == STATUS_OK && !reads_table && options->save_normalized)
        result = make_folder(options->save_normalized, f);
    if (result == STATUS_OK && !reads_table)
        result = predict_all(&files, r, options, f);
    path_list_destroy(&files);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    predict_options options = {.output = "results"};
    model m = {0};
    reader r = {.m = &m};
    option_spec specs[] = {
        {"output", OPTION_TEXT, &options.output, "DIR", .help = "folder with the model"},
        {"all", OPTION_FLAG, &options.form.all, .help = "several digits in a picture, line by line"},
        {"recursive", OPTION_FLAG, &options.recursive, .help = "read the PNG files in folders, too"},
        {"show", OPTION_FLAG, &options.form.show, .help = "show what the model saw, and what spoke for the answer"},
        {"save-normalized", OPTION_TEXT, &options.save_normalized, "DIR",
         .help = "keep what the model saw as pictures"},
        {"reject", OPTION_NUMBER, &options.form.reject, "PROBABILITY", .help = "be sure only from here on",
         .high = 1},
        {"as-is", OPTION_FLAG, &r.as_is, .help = "pictures are in the form of the training images"},
        {"json", OPTION_FLAG, &options.json, .help = "print JSON"},
        {0},
    };
    positional named;
    status result = parse_options(&usage, specs, argc, argv, &named, f);
    if (result != STATUS_OK)
        return result;
    if (named.n == 0)
        return fail_usage(f, "predict: expected one PNG file or more");
    if (options.json && options.form.show)
        return fail_usage(f, "predict: --json and --show exclude each other");
    result = run_with(&named, &m, &r, &options, f);
    model_destroy(&m);
    return result;
}

const command command_predict = {"predict", "read the digits in pictures (PNG files)", run};
