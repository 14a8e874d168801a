/* mnist eval: how well the model does on data it was not trained on. */
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "data/locate.h"
#include "base/execution.h"
#include "model/scoring.h"
#include "base/write.h"
#include "show/heatmap.h"
#include "show/mistakes.h"
#include "show/score_json.h"
#include "show/score_tables.h"
#include "base/text.h"

typedef struct eval_options {
    const char *data, *output, *label;
    bool json, train, mistakes;
    size_t n_threads;
} eval_options;

static const command_usage usage = {
    .name = "eval",
    .summary = "Score the model of a folder on the test set.",
    .notes = "It reads DIR/model.safetensors and writes confusion.csv, confusion.png and metrics.json beside it. A "
             "model of a table is scored on all rows of the one that --data names, whose columns are those of "
             "training, and its labels names of the model's classes.",
};

/* ---------------------------------------------------------------------------------------------- */

static void add_class(buffer *b, const scores *s, size_t k)
{
    char number[CLASS_NAME_SIZE];
    buffer_add_cell(b, class_label(s->names, k, number));
}

static void print_csv(const scores *s, buffer *b)
{
    buffer_print(b, "true\\predicted");
    for (size_t j = 0; j < s->n_classes; j++) {
        buffer_print(b, ",");
        add_class(b, s, j);
    }
    buffer_print(b, "\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        add_class(b, s, i);
        for (size_t j = 0; j < s->n_classes; j++)
            buffer_print(b, ",%zu", s->confusion[i * s->n_classes + j]);
        buffer_print(b, "\n");
    }
}

static status write_json(const char *folder, const buffer *json, failure *f)
{
    char *path;
    status result = result_path(folder, "metrics.json", &path, f);
    if (result != STATUS_OK)
        return result;
    result = json->failed ? fail_memory(f) : write_file(path, json->data, json->size, f);
    free(path);
    return result;
}

static status write_csv(const char *folder, const scores *s, failure *f)
{
    char *path;
    status result = result_path(folder, "confusion.csv", &path, f);
    if (result != STATUS_OK)
        return result;
    buffer b = {0};
    print_csv(s, &b);
    result = write_buffer(path, &b, f);
    free(path);
    return result;
}

static status write_heatmap(const char *folder, const scores *s, failure *f)
{
    char *path;
    picture p = {0};
    status result = result_path(folder, "confusion.png", &path, f);
    if (result != STATUS_OK)
        return result;
    result = heatmap_draw(s->n_classes, s->confusion, s->names, &p, f);
    if (result == STATUS_OK)
        result = png_write_rgb(path, &p, f);
    free(p.rgb);
    free(path);
    return result;
}

static status write_mistakes(const char *folder, const dataset *data, const model *m, const float *probabilities,
                             failure *f)
{
    char *path;
    picture p = {0};
    status result = result_path(folder, "mistakes.png", &path, f);
    if (result != STATUS_OK)
        return result;
    result = draw_mistakes(data, m->n_classes, probabilities, &p, f);
    if (result == STATUS_OK)
        result = png_write_rgb(path, &p, f);
    free(p.rgb);
    free(path);
    return result;
}

static status print_tables(const scores *s, const eval_options *options, failure *f)
{
    char *folder = clean_copy(options->output, false);
    if (!folder)
        return fail_memory(f);
    print_summary(stdout, s);
    printf("\n");
    print_class_table(stdout, s);
    printf("\n");
    print_confusion(stdout, s);
    printf("\n");
    print_confused_pairs(stdout, s);
    printf("\n");
    print_calibration(stdout, s);
    printf("\nwrote confusion.csv, confusion.png%s and metrics.json to %s\n",
           options->mistakes ? ", mistakes.png" : "", folder);
    free(folder);
    return STATUS_OK;
}

static status report(const scores *s, const eval_options *options, failure *f)
{
    buffer json = {0};
    print_scores_json(&json, s, options->train);
    status result = write_json(options->output, &json, f);
    if (result == STATUS_OK)
        result = write_csv(options->output, s, f);
    if (result == STATUS_OK)
        result = write_heatmap(options->output, s, f);
    if (result == STATUS_OK && options->json)
        (void)fwrite(json.data, 1, json.size, stdout);
    else if (result == STATUS_OK)
        result = print_tables(s, options, f);
    free(json.data);
    return result;
}

/* What the model reads: a table that --data names, or a part of the images in a folder. */
static status load_scored(const eval_options *o, const model *m, dataset *data, failure *f)
{
    const bool is_table = names_table(o->data);
    const table_format format = {.label = o->label, .known = m->names};
    if (is_table != features_are_columns(&m->features))
        return fail(f, "%s/model.safetensors: reads %s, expected --data %s", o->output,
                    is_table ? "images" : "the columns of a table", is_table ? "DIR" : "FILE");
    if (is_table && (o->train || o->mistakes))
        return fail_usage(f, "eval: --%s is for images; %s is a table", o->train ? "train" : "mistakes", o->data);
    if (!is_table && o->label)
        return fail_usage(f, "eval: --label is for a table, expected --data FILE");
    return is_table ? dataset_load_table(o->data, &format, data, f)
                    : load_data(o->data, o->train ? DATASET_TRAIN : DATASET_TEST, data, f);
}

static status run_with(const eval_options *options, failure *f)
{
    model m = {0};
    dataset data = {0};
    scores s = {0};
    float *probabilities = NULL;
    status result = read_result_model(options->output, &m, f);
    if (result == STATUS_OK)
        result = load_scored(options, &m, &data, f);
    if (result == STATUS_OK)
        result = score_model(&data, &m, options->n_threads, &s, &probabilities, f);
    if (result == STATUS_OK && options->mistakes)
        result = write_mistakes(options->output, &data, &m, probabilities, f);
    if (result == STATUS_OK)
        result = report(&s, options, f);
    free(probabilities);
    scores_destroy(&s);
    dataset_destroy(&data);
    model_destroy(&m);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    eval_options options = {.output = "results"};
    option_spec specs[] = {
        {"data", OPTION_TEXT, &options.data, "DIR|FILE", .help = "folder of the IDX files, or a table"},
        {"label", OPTION_TEXT, &options.label, "COLUMN",
         .help = "of a table: where the labels are (default: the last)"},
        {"output", OPTION_TEXT, &options.output, "DIR", .help = "folder with the model, and for what is written"},
        {"train", OPTION_FLAG, &options.train, .help = "score the training set instead"},
        {"mistakes", OPTION_FLAG, &options.mistakes, .help = "draw the misread images, too: mistakes.png"},
        {"json", OPTION_FLAG, &options.json, .help = "print metrics.json instead of tables"},
        threads_option(&options.n_threads),
        {0},
    };
    const status result = parse_options(&usage, specs, argc, argv, NULL, f);
    return result == STATUS_OK ? run_with(&options, f) : result;
}

const command command_eval = {"eval", "score the model on the test set: accuracy, confusion matrix", run};
