/* mnist export: the model in forms that other programs take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "model/c_header.h"
#include "formats/npy.h"
#include "model/onnx.h"
#include "base/write.h"
#include "base/text.h"

static const command_usage usage = {
    .name = "export",
    .summary = "Write the model of a folder in a form that other programs take.",
    .notes =
        "It reads DIR/model.safetensors and writes into DIR:\n"
        "--format c: digit.h, a C99 header with the weights and a function that reads an image, for "
        "microcontrollers and whatever else compiles C; it allocates nothing. --quantize int8 makes it a quarter as "
        "large.\n"
        "--format onnx: model.onnx, from images of bytes to probabilities, opset 13.\n"
        "--format npy: weight.npy and bias.npy, for NumPy.\n"
        "--format csv: weights.csv, a line a class.\n"
        "c and onnx take a model of pixels; the weights in npy and csv are for the features that the model reads.",
};

typedef enum quantization { QUANTIZE_NONE, QUANTIZE_INT8 } quantization;
static const char *const quantization_names[] = {"none", "int8", NULL};

typedef struct export_options {
    const char *output;
    size_t format, quantize; /* indices into the names */
} export_options;

/* A file that is to be written. */
typedef struct exported_file {
    const char *name;
    buffer content;
} exported_file;

enum { MAX_FILES = 2 };

/* Fills in the files of a format. */
typedef void format_function(const model *m, const export_options *options, exported_file files[MAX_FILES]);

/* ---------------------------------------------------------------------------------------------- */

static void make_c(const model *m, const export_options *options, exported_file files[MAX_FILES])
{
    files[0].name = "digit.h";
    c_header_print(m, options->quantize == QUANTIZE_INT8, &files[0].content);
}

static void make_onnx(const model *m, const export_options *options, exported_file files[MAX_FILES])
{
    (void)options;
    files[0].name = "model.onnx";
    onnx_print(m, &files[0].content);
}

static void make_npy(const model *m, const export_options *options, exported_file files[MAX_FILES])
{
    (void)options;
    files[0].name = "weight.npy";
    npy_print(m->n_classes, m->n_features, m->weight, &files[0].content);
    files[1].name = "bias.npy";
    npy_print(m->n_classes, 0, m->bias, &files[1].content);
}

/* The columns of weights bear the name of the map whose features they are for. */
static void make_csv(const model *m, const export_options *options, exported_file files[MAX_FILES])
{
    (void)options;
    buffer *b = &files[0].content;
    files[0].name = "weights.csv";
    buffer_print(b, "class,bias");
    for (size_t d = 0; d < m->n_features; d++)
        buffer_print(b, ",%s_%zu", features_map(&m->features)->name, d);
    for (size_t k = 0; k < m->n_classes; k++) {
        char number[CLASS_NAME_SIZE];
        buffer_print(b, "\n");
        buffer_add_cell(b, class_label(m->names, k, number));
        buffer_print(b, ",%.9g", (double)m->bias[k]);
        for (size_t d = 0; d < m->n_features; d++)
            buffer_print(b, ",%.9g", (double)m->weight[k * m->n_features + d]);
    }
    buffer_print(b, "\n");
}

enum { FORMAT_C, FORMAT_ONNX, FORMAT_NPY, FORMAT_CSV };
static const char *const format_names[] = {"c", "onnx", "npy", "csv", NULL};

static const struct {
    format_function *make;
    bool computes; /* the probabilities of pixels; the others are weights that stand alone */
} formats[] = {
    [FORMAT_C] = {make_c, true},
    [FORMAT_ONNX] = {make_onnx, true},
    [FORMAT_NPY] = {make_npy, false},
    [FORMAT_CSV] = {make_csv, false},
};

/* ---------------------------------------------------------------------------------------------- */

/* What a format computes is the model and nothing before it. */
static status check_features(const char *path, const model *m, const export_options *options, failure *f)
{
    char features[FEATURES_TEXT_SIZE];
    if (!formats[options->format].computes || features_map(&m->features) == &feature_map_pixels)
        return STATUS_OK;
    features_print(&m->features, features);
    return fail(f, "%s: reads %s features, expected a model of pixels for --format %s", path, features,
                format_names[options->format]);
}

static status write_exported(const char *folder, exported_file *file, failure *f)
{
    char *path;
    const size_t size = file->content.size;
    status result = result_path(folder, file->name, &path, f);
    if (result != STATUS_OK)
        return result;
    result = write_buffer(path, &file->content, f);
    clean_text(path, false);
    if (result == STATUS_OK)
        printf("wrote %s, %zu bytes\n", path, size);
    free(path);
    return result;
}

/* What is to be known of weights that stand alone. */
static void print_use(const model *m)
{
    printf("inputs are %s; probabilities are ", features_map(&m->features)->input);
    if (m->temperature != 1)
        printf("softmax((weight x + bias) / %.4g)\n", m->temperature);
    else
        printf("softmax(weight x + bias)\n");
}

static status export_model(const model *m, const export_options *options, failure *f)
{
    exported_file files[MAX_FILES] = {{NULL, {0}}};
    status result = STATUS_OK;
    formats[options->format].make(m, options, files);
    for (size_t i = 0; i < MAX_FILES; i++) {
        if (files[i].name && result == STATUS_OK)
            result = write_exported(options->output, &files[i], f);
        free(files[i].content.data);
    }
    if (result == STATUS_OK && !formats[options->format].computes)
        print_use(m);
    return result;
}

static status run_with(const export_options *options, failure *f)
{
    char *path = NULL;
    model m = {0};
    status result = find_result_model(options->output, &path, f);
    if (result == STATUS_OK)
        result = model_read(path, &m, f);
    if (result == STATUS_OK)
        result = check_features(path, &m, options, f);
    if (result == STATUS_OK)
        result = export_model(&m, options, f);
    model_destroy(&m);
    free(path);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    export_options options = {.output = "results"};
    option_spec specs[] = {
        {"output", OPTION_TEXT, &options.output, "DIR", .help = "folder with the model, and for what is written"},
        {"format", OPTION_CHOICE, &options.format, .help = "what to write", .choices = format_names},
        {"quantize", OPTION_CHOICE, &options.quantize, .help = "weights as they are, or small",
         .choices = quantization_names, .only_for = "--format c"},
        {0},
    };
    const status result = parse_options(&usage, specs, argc, argv, NULL, f);
    return result == STATUS_OK ? run_with(&options, f) : result;
}

const command command_export = {"export", "write the model for other programs: C, ONNX, NumPy, CSV", run};
