/* mnist eval: how well the model does on data it was not trained on. */
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "files/write.h"
#include "show/heatmap.h"
#include "show/score_json.h"
#include "show/score_tables.h"
#include "text.h"

typedef struct eval_options {
    const char *data, *output;
    bool json, train;
    size_t n_threads;
} eval_options;

static const command_usage usage = {
    .name = "eval",
    .summary = "Score the model of a folder on the test set",
    .notes = "It reads DIR/model.safetensors and writes confusion.csv, confusion.png and metrics.json beside it.",
};

static void scores_destroy(scores *s)
{
    free(s->classes);
    free(s->confusion);
    *s = (scores){0};
}

static status scores_from(const dataset *data, const model *m, const float *probabilities, scores *s, failure *f)
{
    s->n_classes = m->n_classes;
    s->confusion = calloc(m->n_classes * m->n_classes, sizeof *s->confusion);
    s->classes = calloc(m->n_classes, sizeof *s->classes);
    if (!s->confusion || !s->classes)
        return fail_memory(f);
    sm_confusion(data->n_samples, m->n_classes, probabilities, data->labels, s->confusion);
    sm_metrics(m->n_classes, s->confusion, s->classes);
    s->counts = sm_confusion_counts(m->n_classes, s->confusion);
    s->accuracy = (double)s->counts.n_correct / (double)s->counts.n_samples;
    s->interval = sm_wilson_interval(s->counts.n_correct, s->counts.n_samples);
    s->n_confused =
        sm_most_confused(m->n_classes, s->confusion, sizeof s->confused / sizeof *s->confused, s->confused);
    return STATUS_OK;
}

/* Accuracy and confidence of the probabilities [N, K]; those at a temperature of 1 are in `plain`. */
static void calibrate(const dataset *data, const model *m, const float *probabilities, const float *plain,
                      scores *s)
{
    static const double least[N_REJECTIONS] = {0, 0.5, 0.8, 0.9, 0.95, 0.99};
    sm_calibration_bin bins[N_CALIBRATION_BINS];
    const size_t n = data->n_samples, n_classes = m->n_classes;
    s->temperature = m->temperature;
    s->uncalibrated_error = sm_calibration(n, n_classes, plain, data->labels, N_CALIBRATION_BINS, bins);
    s->calibration_error = sm_calibration(n, n_classes, probabilities, data->labels, N_CALIBRATION_BINS, s->bins);
    for (size_t i = 0; i < N_REJECTIONS; i++)
        s->rejections[i] =
            (rejection){least[i], sm_sure_counts(n, n_classes, probabilities, data->labels, least[i])};
}

static status predict_data(const dataset *data, const model *m, double temperature, const sm_execution *execution,
                           float *probabilities, double *mean_loss, failure *f)
{
    sm_matrix matrix;
    const sm_source source = dataset_source(data, 0, data->n_samples, m->n_classes, &matrix);
    sm_model view = model_view(m);
    view.temperature = temperature;
    const sm_status predicted = sm_predict(&view, &source, execution, probabilities, mean_loss);
    return predicted == SM_OK ? STATUS_OK : fail_library(f, "scoring", predicted);
}

static status score(const dataset *data, const model *m, size_t n_threads, scores *s, failure *f)
{
    sm_execution execution;
    status result = get_execution(n_threads, &execution, f);
    if (result == STATUS_OK)
        result = dataset_check(data, m->n_rows, m->n_columns, m->n_classes, f);
    float *probabilities = calloc(data->n_samples, m->n_classes * sizeof *probabilities);
    float *plain = m->temperature != 1 ? calloc(data->n_samples, m->n_classes * sizeof *plain) : probabilities;
    if (result == STATUS_OK && (!probabilities || !plain))
        result = fail_memory(f);
    if (result == STATUS_OK)
        result = predict_data(data, m, m->temperature, &execution, probabilities, &s->mean_loss, f);
    if (result == STATUS_OK && plain != probabilities)
        result = predict_data(data, m, 1, &execution, plain, NULL, f);
    if (result == STATUS_OK)
        result = scores_from(data, m, probabilities, s, f);
    if (result == STATUS_OK)
        calibrate(data, m, probabilities, plain, s);
    if (plain != probabilities)
        free(plain);
    free(probabilities);
    return result;
}

/* ---------------------------------------------------------------------------------------------- */

static void print_csv(const scores *s, buffer *b)
{
    buffer_print(b, "true\\predicted");
    for (size_t j = 0; j < s->n_classes; j++)
        buffer_print(b, ",%zu", j);
    buffer_print(b, "\n");
    for (size_t i = 0; i < s->n_classes; i++) {
        buffer_print(b, "%zu", i);
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
    result = heatmap_draw(s->n_classes, s->confusion, &p, f);
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
    printf("\nwrote confusion.csv, confusion.png and metrics.json to %s\n", folder);
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

static status run_with(const eval_options *options, failure *f)
{
    model m = {0};
    dataset data = {0};
    scores s = {0};
    status result = read_result_model(options->output, &m, f);
    if (result == STATUS_OK)
        result = load_data(options->data, options->train ? DATASET_TRAIN : DATASET_TEST, &data, f);
    if (result == STATUS_OK)
        result = score(&data, &m, options->n_threads, &s, f);
    if (result == STATUS_OK)
        result = report(&s, options, f);
    scores_destroy(&s);
    dataset_destroy(&data);
    model_destroy(&m);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    eval_options options = {.output = "results"};
    const option_spec specs[] = {
        {"data", OPTION_TEXT, &options.data, "DIR", "folder of the IDX files", 0, 0, NULL},
        {"output", OPTION_TEXT, &options.output, "DIR", "folder with the model, and for what is written", 0, 0,
         NULL},
        {"train", OPTION_FLAG, &options.train, NULL, "score the training set instead", 0, 0, NULL},
        {"json", OPTION_FLAG, &options.json, NULL, "print metrics.json instead of tables", 0, 0, NULL},
        {"threads", OPTION_COUNT, &options.n_threads, "N", "0 for as many as there are", 0, MAX_THREADS, NULL},
        {0},
    };
    positional rest;
    bool help_shown;
    const status result = options_parse(&usage, specs, argc, argv, &rest, &help_shown, f);
    return result != STATUS_OK || help_shown ? result : run_with(&options, f);
}

const command command_eval = {"eval", "score the model on the test set: accuracy, confusion matrix, metrics", run};
