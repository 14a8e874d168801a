/* mnist export: the model in forms that other programs take. */
#include "commands/command.h"
#include "formats/npy.h"
#include "model/c_header.h"
#include "model/onnx.h"

static const command_usage usage = {
    .name = "export",
    .summary = "Write the model of a folder in a form that other programs take.",
    .notes =
        "It reads DIR/model.safetensors and writes into DIR:\n"
        "--format c: digit.h, a C99 header with the weights and a function that reads an image, for "
        "microcontrollers and anything else that compiles C; it allocates nothing. --quantize int8 makes it a "
        "quarter as large.\n"
        "--format onnx: model.onnx, from images of bytes to probabilities, opset 13, or 16 for features other than "
        "pixels.\n"
        "--format npy: weight.npy and bias.npy, for NumPy.\n"
        "--format csv: weights.csv, a line for each class.\n"
        "c and onnx take models of pixels, deskew and patches, such as train --features quick and best make, and compute these "
        "features; the weights in npy and csv are for the features that the model reads.",
};

typedef struct export_options {
    const char *output;
    size_t format, quantize; /* indices into the names */
} export_options;

typedef enum format { FORMAT_C, FORMAT_ONNX, FORMAT_NPY, FORMAT_CSV } format;
static const char *const format_names[] = {"c", "onnx", "npy", "csv", NULL};

typedef enum quantization { QUANTIZE_NONE, QUANTIZE_INT8 } quantization;
static const char *const quantization_names[] = {"none", "int8", NULL};

/* C and ONNX compute probabilities from pixels; the others hold nothing but weights. */
static bool takes_pixels(const export_options *o)
{
    return o->format == FORMAT_C || o->format == FORMAT_ONNX;
}

/* The columns of weights are named after the map whose features they are for. */
static void print_csv(const model *m, buffer *b)
{
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

static status write_exported(const char *folder, const char *name, buffer *content, failure *f)
{
    const size_t size_bytes = content->size;
    const status result = write_result(folder, name, content, f);
    if (result == STATUS_OK)
        print_line(stdout, "wrote %s/%s, %zu bytes", folder, name, size_bytes);
    return result;
}

static status write_format(const model *m, const export_options *o, failure *f)
{
    static const char *const names[] = {"digit.h", "model.onnx", "weight.npy", "weights.csv"};
    buffer b = {0};
    status result = STATUS_OK;
    if (o->format == FORMAT_C)
        result = c_header_print(m, o->quantize == QUANTIZE_INT8, &b, f);
    else if (o->format == FORMAT_ONNX)
        result = onnx_print(m, &b, f);
    else if (o->format == FORMAT_NPY)
        npy_print(m->n_classes, m->n_features, m->weight, &b);
    else
        print_csv(m, &b);
    if (result == STATUS_OK)
        result = write_exported(o->output, names[o->format], &b, f);
    if (result != STATUS_OK || o->format != FORMAT_NPY)
        return result;
    npy_print(m->n_classes, 0, m->bias, &b);
    return write_exported(o->output, "bias.npy", &b, f);
}

/* Tells how to use weights without a program around them. */
static void print_use(const model *m)
{
    printf("inputs are %s; probabilities are ", features_map(&m->features)->input);
    if (m->temperature != 1)
        printf("softmax((weight x + bias) / %.4g)\n", m->temperature);
    else
        printf("softmax(weight x + bias)\n");
}

static bool takes_map(const export_options *o, const feature_map *map)
{
    return o->format == FORMAT_C ? c_header_takes(map) : onnx_takes(map);
}

static status check_features(const model *m, const export_options *o, failure *f)
{
    const feature_map *map = features_map(&m->features);
    char features[FEATURES_TEXT_SIZE];
    if (!takes_pixels(o) || takes_map(o, map))
        return STATUS_OK;
    features_print(&m->features, features);
    if (map == &feature_map_scattering)
        return fail(f,
                    "%s/model.safetensors: is for --features %s, whose Fourier transforms --format %s cannot hold: "
                    "train with --features best",
                    o->output, features, format_names[o->format]);
    return fail(f, "%s/model.safetensors: is for --features %s, expected pixels, deskew or patches for --format %s",
                o->output, features, format_names[o->format]);
}

static status run(int argc, char **argv, failure *f)
{
    export_options o = {.output = "results"};
    option_spec specs[] = {
        {"output", OPTION_TEXT, &o.output, "DIR", .help = "folder with the model, and for the exported files"},
        {"format", OPTION_CHOICE, &o.format, .help = "what to write", .choices = format_names},
        {"quantize", OPTION_CHOICE, &o.quantize, .help = "how to store the weights", .choices = quantization_names,
         .only_for = "--format c"},
        {0},
    };
    model m = {0};
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result == STATUS_OK)
        result = read_result_model(o.output, &m, NULL, f);
    if (result == STATUS_OK)
        result = check_features(&m, &o, f);
    if (result == STATUS_OK)
        result = write_format(&m, &o, f);
    if (result == STATUS_OK && !takes_pixels(&o))
        print_use(&m);
    model_destroy(&m);
    return result;
}

const command command_export = {"export", "write the model for other programs: C, ONNX, NumPy, CSV", run};
