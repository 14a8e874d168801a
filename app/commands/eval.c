/* mnist eval: how well the model does on data that it was not trained on. */
#include "commands/command.h"
#include "data/table.h"
#include "model/scores.h"
#include "show/heatmap.h"
#include "show/mistakes.h"
#include "show/score_output.h"

typedef struct eval_options {
    const char *data, *output, *label;
    bool is_table; /* --data is */
    bool json, train, mistakes;
    sm_execution execution;
} eval_options;

static const command_usage usage = {
    .name = "eval",
    .summary = "Score the model of a folder on the test set.",
    .notes =
        "It reads DIR/model.safetensors and writes confusion.csv, confusion.png and metrics.json beside it. A "
        "model of images is scored on the test set of a folder of IDX files, or on all pictures of a folder that has a "
        "folder for each class, read as by predict. A model of a table is scored on all rows of the table that --data "
        "names, which needs the columns of training and the class names that the model knows.\n"
        "The last table printed tells what rejecting uncertain answers gains (predict --reject): for each "
        "threshold on the probability of an answer, the coverage, which is the share of the answers that "
        "reach it, and their accuracy.",
};

static status write_csv(const char *folder, const scores *s, failure *f)
{
    char number[CLASS_NAME_SIZE];
    buffer b = {0};
    buffer_print(&b, "true\\predicted");
    for (size_t j = 0; j < s->n_classes; j++) {
        buffer_print(&b, ",");
        buffer_add_cell(&b, class_label(s->names, j, number));
    }
    buffer_print(&b, "\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        buffer_add_cell(&b, class_label(s->names, i, number));
        for (size_t j = 0; j < s->n_classes; j++)
            buffer_print(&b, ",%zu", s->confusion[i * s->n_classes + j]);
        buffer_print(&b, "\n");
    }
    return write_result(folder, "confusion.csv", &b, f);
}

static void print_tables(const scores *s)
{
    print_summary(stdout, s);
    printf("\n");
    print_class_table(stdout, s);
    printf("\n");
    print_confusion(stdout, s);
    printf("\n");
    print_confused_pairs(stdout, s);
    printf("\n");
    print_calibration(stdout, s);
}

static status draw_and_write(const dataset *data, const scores *s, const eval_options *o, failure *f)
{
    picture p = heatmap_draw(s->n_classes, s->confusion, s->names);
    const status result = write_picture(o->output, "confusion.png", &p, f);
    if (result != STATUS_OK || !o->mistakes)
        return result;
    p = draw_mistakes(data, s->n_classes, s->probabilities);
    return write_picture(o->output, "mistakes.png", &p, f);
}

static status present(const dataset *data, const scores *s, const eval_options *o, failure *f)
{
    buffer json = {0};
    print_scores_json(&json, s, o->train);
    status result = write_result(o->output, "metrics.json", &json, f);
    if (result == STATUS_OK)
        result = write_csv(o->output, s, f);
    if (result == STATUS_OK)
        result = draw_and_write(data, s, o, f);
    if (result == STATUS_OK && o->json) {
        print_scores_json(&json, s, o->train);
        result = print_buffer(&json, f);
    } else if (result == STATUS_OK) {
        print_tables(s);
        printf("\n");
        print_line(stdout, "wrote confusion.csv, confusion.png%s and metrics.json to %s",
                   o->mistakes ? ", mistakes.png" : "", o->output);
    }
    return result;
}

static status load_scored(const eval_options *o, const model *m, dataset *data, failure *f)
{
    const table_format format = {.label = o->label, .known = m->names};
    const status result = check_exists(o->data, f);
    if (result != STATUS_OK)
        return result;
    if (o->is_table != features_are_columns(&m->features))
        return fail(f, "%s/model.safetensors: reads %s, expected --data %s", o->output,
                    o->is_table ? "images" : "the columns of a table", o->is_table ? "DIR" : "FILE");
    return o->is_table
               ? table_load(o->data, &format, data, f)
               : load_images(o->data, o->train ? SPLIT_TRAIN : SPLIT_TEST, m, &o->execution, o->json, data, f);
}

static status run(int argc, char **argv, failure *f)
{
    eval_options o = {.output = "results", .execution = default_execution()};
    option_spec specs[] = {
        {"data", OPTION_TEXT, &o.data, "DIR|FILE", .help = "folder of IDX files or of pictures, or a table"},
        {"label", OPTION_TEXT, &o.label, "COLUMN", .only_for = "a table",
         .help = "of a table: where the labels are (default: the last)"},
        {"output", OPTION_TEXT, &o.output, "DIR", .help = "folder with the model, and for the results"},
        {"train", OPTION_FLAG, &o.train, .help = "score the training set instead", .only_for = "images"},
        {"mistakes", OPTION_FLAG, &o.mistakes, .only_for = "images",
         .help = "draw the misread images, too: mistakes.png"},
        {"json", OPTION_FLAG, &o.json, .help = "print metrics.json instead of tables"},
        threads_option(&o.execution),
        {0},
    };
    model m = {0};
    dataset data = {0};
    scores s = {0};
    status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result == STATUS_OK)
        result = check_kind_of_data(specs, o.data, &o.is_table, f);
    if (result == STATUS_OK)
        result = read_result_model(o.output, &m, NULL, f);
    if (result == STATUS_OK)
        result = load_scored(&o, &m, &data, f);
    if (result == STATUS_OK)
        result = score_model(&data, &m, &o.execution, &s, f);
    if (result == STATUS_OK)
        result = present(&data, &s, &o, f);
    scores_destroy(&s);
    dataset_destroy(&data);
    model_destroy(&m);
    return result;
}

const command command_eval = {"eval", "score the model on the test set: accuracy, confusion matrix", run};
