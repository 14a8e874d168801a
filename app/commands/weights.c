/* mnist weights: what the model has learned, as pictures. */
#include "base/folder.h"
#include "commands/command.h"
#include "model/pixel_model.h"
#include "show/terminal.h"
#include "show/weight_pictures.h"
#include "show/terminal_model.h"

static const command_usage usage = {
    .name = "weights",
    .summary = "Draw the weights of the model: red speaks against a class, blue for it.",
    .notes =
        "It reads DIR/model.safetensors and writes DIR/weights.png, a sheet of all classes, and DIR/weights/0.png "
        "and so on, one for each class. All classes share one colour scale, from -max|w| to +max|w|, unless --each "
        "is given.\n"
        "If the model reads other features than pixels, the pictures show how its scores change with each pixel: "
        "for each class the mean over its test images in --data.",
};

typedef struct weights_options {
    const char *data, *output;
    bool show;
    sm_execution execution;
    weight_options drawing;
} weights_options;

static status write_classes(const model *m, const weights_options *o, failure *f)
{
    char folder[PATH_SIZE];
    status result = result_path(o->output, "weights", folder, f);
    if (result == STATUS_OK)
        result = make_folder(folder, f);
    for (size_t k = 0; result == STATUS_OK && k < m->n_classes; k++) {
        char name[32];
        picture p = draw_class_weights(m, k, &o->drawing);
        (void)snprintf(name, sizeof name, "%zu.png", k);
        result = write_picture(folder, name, &p, f);
    }
    return result;
}

static status write_sheet(const model *m, const weights_options *o, failure *f)
{
    picture p = draw_weight_sheet(m, &o->drawing);
    const status result = write_picture(o->output, "weights.png", &p, f);
    if (result == STATUS_OK)
        print_line(stdout, "wrote %s/weights.png, and one picture for each class in weights/ beside it", o->output);
    return result;
}

/* Reads the model of the folder, and makes one of pixels that shows what it has learned. */
static status read_shown_model(const weights_options *o, model *shown, failure *f)
{
    model m = {0};
    dataset data = {0};
    status result = read_result_model(o->output, &m, NULL, f);
    if (result == STATUS_OK)
        result = check_reads_images(o->output, &m, f);
    if (result == STATUS_OK && o->data && !pixel_model_needs_data(&m))
        result = fail_usage(f, "--data is for a model that reads other features than pixels");
    if (result == STATUS_OK && pixel_model_needs_data(&m)) {
        result = load_images(o->data, SPLIT_TEST, &m, &o->execution, true, &data, f);
        if (result == STATUS_OK)
            result = dataset_check(&data, m.n_rows, m.n_columns, m.n_classes, f);
    }
    if (result == STATUS_OK)
        result = pixel_model(&m, &data, &o->execution, shown, f);
    dataset_destroy(&data);
    model_destroy(&m);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    weights_options o = {.output = "results", .execution = default_execution(), .drawing.scale = 8};
    option_spec specs[] = {
        {"output", OPTION_TEXT, &o.output, "DIR", .help = "folder with the model, and for the pictures"},
        {"scale", OPTION_COUNT, &o.drawing.scale, "N", .help = "picture pixels per weight", .low = 1, .high = 64},
        {"show", OPTION_FLAG, &o.show, .help = "draw the weights in the terminal, too"},
        {"each", OPTION_FLAG, &o.drawing.each, .help = "give each class a colour scale of its own"},
        {"data", OPTION_FOLDER, &o.data, "DIR",
         .help = "folder of the IDX files, if the model reads other features than pixels"},
        threads_option(&o.execution),
        {0},
    };
    model shown = {0};
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result == STATUS_OK)
        result = read_shown_model(&o, &shown, f);
    if (result == STATUS_OK && o.show)
        print_weights(stdout, terminal_colours(stdout), terminal_columns(stdout), &shown, o.drawing.each);
    if (result == STATUS_OK)
        result = write_classes(&shown, &o, f);
    if (result == STATUS_OK)
        result = write_sheet(&shown, &o, f);
    model_destroy(&shown);
    return result;
}

const command command_weights = {"weights", "draw what the model has learned as PNG pictures", run};
