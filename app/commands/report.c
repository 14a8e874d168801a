/* mnist report: everything about a model on one page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/execution.h"
#include "base/folder.h"
#include "commands/command.h"
#include "data/locate.h"
#include "model/history.h"
#include "model/pixel_model.h"
#include "model/scores.h"
#include "show/report/report.h"

typedef struct report_options {
    const char *data, *output;
    size_t n_threads;
} report_options;

static const command_usage usage = {
    .name = "report",
    .summary = "Write a page on the model of a folder: scores, pictures, and a pad to draw digits for it.",
    .notes =
        "It reads DIR/model.safetensors and DIR/history.csv and writes DIR/report.html, a single file that a browser "
        "opens from the disk: it needs nothing else.",
};

/* What the report is made from. */
typedef struct material {
    char *model_path, *data_folder, *history_path;
    model m, shown;
    dataset test;
    history h;
    scores s;
    report r;
} material;

static void material_destroy(material *t)
{
    scores_destroy(&t->s);
    free(t->h.rows);
    dataset_destroy(&t->test);
    model_destroy(&t->shown);
    model_destroy(&t->m);
    free(t->history_path);
    free(t->data_folder);
    free(t->model_path);
}

/* Reads the model, and takes the SHA-256 of the same bytes. */
static status gather_model(const char *folder, material *t, failure *f)
{
    bytes content;
    status result = find_result_model(folder, &t->model_path, f);
    if (result == STATUS_OK)
        result = model_read_bytes(t->model_path, &content, f);
    if (result != STATUS_OK)
        return result;
    sha256_text(content.data, content.size, t->r.model_sha256);
    result = model_parse(t->model_path, content.data, content.size, &t->m, f);
    free(content.data);
    return result == STATUS_OK ? check_reads_images(folder, &t->m, f) : result;
}

static status gather_data(const char *wanted_folder, material *t, failure *f)
{
    status result = locate_folder(wanted_folder, &t->data_folder, f);
    if (result == STATUS_OK)
        result = dataset_load(t->data_folder, DATASET_TEST, &t->test, f);
    if (result == STATUS_OK)
        result = dataset_count(t->data_folder, DATASET_TRAIN, &t->r.n_training_images, f);
    return result;
}

/* A model that was trained elsewhere may have no history. */
static status gather_history(const char *folder, material *t, failure *f)
{
    const status result = result_path(folder, "history.csv", &t->history_path, f);
    if (result != STATUS_OK || (access(t->history_path, F_OK) != 0 && errno == ENOENT))
        return result;
    t->r.h = &t->h;
    return history_read(t->history_path, &t->h, f);
}

static status gather(const report_options *options, material *t, failure *f)
{
    sm_execution execution;
    status result = get_execution(options->n_threads, &execution, f);
    if (result == STATUS_OK)
        result = gather_model(options->output, t, f);
    if (result == STATUS_OK)
        result = gather_history(options->output, t, f);
    if (result == STATUS_OK)
        result = gather_data(options->data, t, f);
    if (result == STATUS_OK)
        result = score_model(&t->test, &t->m, &execution, &t->s, f);
    if (result == STATUS_OK)
        result = pixel_model(&t->m, &t->test, &execution, &t->shown, f);
    t->r.m = &t->m;
    t->r.shown = &t->shown;
    t->r.model_path = t->model_path;
    t->r.test = &t->test;
    t->r.data_folder = t->data_folder;
    t->r.probabilities = t->s.probabilities;
    t->r.s = &t->s;
    t->r.history_path = t->history_path;
    return result;
}

static status write_page(const char *folder, buffer *page, failure *f)
{
    char details[64];
    (void)snprintf(details, sizeof details, ", %zu kB, for a browser", (page->size + 500) / 1000);
    const status result = write_result(folder, "report.html", page, f);
    return result == STATUS_OK ? print_written(folder, "report.html", details, f) : result;
}

static status run_with(const report_options *options, failure *f)
{
    material t = {0};
    buffer page = {0};
    status result = gather(options, &t, f);
    if (result == STATUS_OK)
        result = report_print(&t.r, &page, f);
    if (result == STATUS_OK)
        result = write_page(options->output, &page, f);
    free(page.data);
    material_destroy(&t);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    report_options options = {.output = "results"};
    option_spec specs[] = {
        {"data", OPTION_TEXT, &options.data, "DIR", .help = "folder of the IDX files"},
        {"output", OPTION_TEXT, &options.output, "DIR", .help = "folder with the model, and for the page"},
        threads_option(&options.n_threads),
        {0},
    };
    const status result = parse_options(&usage, specs, argc, argv, NULL, f);
    return result == STATUS_OK ? run_with(&options, f) : result;
}

const command command_report = {"report", "write a page on the model, with a pad to draw digits for it", run};
