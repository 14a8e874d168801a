/* mnist weights: what the model has learned, as pictures. */
#include <stdio.h>
#include <stdlib.h>

#include "commands/command.h"
#include "base/execution.h"
#include "base/write.h"
#include "model/pixel_model.h"
#include "show/terminal.h"
#include "show/weight_pictures.h"
#include "show/weight_rows.h"
#include "base/text.h"

static const command_usage usage = {
    .name = "weights",
    .summary = "Draw the weights of the model: red speaks against a class, blue for it.",
    .notes =
        "It reads DIR/model.safetensors and writes DIR/weights.png, a sheet of all classes, and DIR/weights/0.png "
        "and so on, one a class. Colours share one scale, from -max|w| to +max|w| over all classes, unless --each "
        "is given.\n"
        "Where the model reads other features than pixels, it draws how its scores move with each pixel: for each "
        "class the mean over its test images in --data.",
};

static status write_class(const model *m, size_t k, const char *folder, const weight_options *options, failure *f)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%zu.png", k);
    char *path;
    picture p = {0};
    status result = result_path(folder, name, &path, f);
    if (result != STATUS_OK)
        return result;
    result = draw_class_weights(m, k, options, &p, f);
    if (result == STATUS_OK)
        result = png_write_rgb(path, &p, f);
    free(p.rgb);
    free(path);
    return result;
}

static status write_classes(const model *m, const char *output, const weight_options *options, failure *f)
{
    char *folder;
    status result = result_path(output, "weights", &folder, f);
    if (result != STATUS_OK)
        return result;
    result = make_folder(folder, f);
    for (size_t k = 0; result == STATUS_OK && k < m->n_classes; k++)
        result = write_class(m, k, folder, options, f);
    free(folder);
    return result;
}

static status write_sheet(const model *m, const char *output, const weight_options *options, failure *f)
{
    char *path;
    picture p = {0};
    status result = result_path(output, "weights.png", &path, f);
    if (result != STATUS_OK)
        return result;
    result = draw_weight_sheet(m, options, &p, f);
    if (result == STATUS_OK)
        result = png_write_rgb(path, &p, f);
    clean_text(path, false);
    if (result == STATUS_OK)
        printf("wrote %s, and beside it one picture a class in weights/\n", path);
    free(p.rgb);
    free(path);
    return result;
}

/* The model of a folder as pictures show it. */
static status read_shown_model(const char *output, const char *data_folder, size_t n_threads, model *shown,
                               failure *f)
{
    model m = {0};
    dataset data = {0};
    sm_execution execution;
    status result = read_result_model(output, &m, f);
    if (result == STATUS_OK)
        result = check_reads_images(output, &m, f);
    if (result == STATUS_OK)
        result = get_execution(n_threads, &execution, f);
    if (result == STATUS_OK && pixel_model_needs_data(&m))
        result = load_data(data_folder, DATASET_TEST, &data, f);
    if (result == STATUS_OK && pixel_model_needs_data(&m))
        result = dataset_check(&data, m.n_rows, m.n_columns, m.n_classes, f);
    if (result == STATUS_OK)
        result = pixel_model(&m, &data, &execution, shown, f);
    dataset_destroy(&data);
    model_destroy(&m);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    const char *output = "results", *data = NULL;
    size_t n_threads = 0;
    weight_options options = {.scale = 8};
    bool show = false;
    option_spec specs[] = {
        {"output", OPTION_TEXT, &output, "DIR", .help = "folder with the model, and for the pictures"},
        {"scale", OPTION_COUNT, &options.scale, "N", .help = "pixels a weight", .low = 1, .high = 64},
        {"show", OPTION_FLAG, &show, .help = "draw them in the terminal, too"},
        {"each", OPTION_FLAG, &options.each, .help = "a colour scale of its own for each class"},
        {"data", OPTION_TEXT, &data, "DIR",
         .help = "folder of the IDX files, if the model reads other features than pixels"},
        threads_option(&n_threads),
        {0},
    };
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result != STATUS_OK)
        return result;
    model m = {0};
    result = read_shown_model(output, data, n_threads, &m, f);
    if (result == STATUS_OK && show)
        print_weights(stdout, terminal_has_colours(stdout), &m, options.each);
    if (result == STATUS_OK)
        result = write_classes(&m, output, &options, f);
    if (result == STATUS_OK)
        result = write_sheet(&m, output, &options, f);
    model_destroy(&m);
    return result;
}

const command command_weights = {"weights", "draw what the model has learned as PNG pictures", run};
