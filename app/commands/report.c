/* mnist report: everything about a model on one page. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/folder.h"
#include "commands/command.h"
#include "model/pixel_model.h"
#include "show/report/report.h"

static const command_usage usage = {
    .name = "report",
    .summary = "Write a page on the model in a folder: scores, pictures, and a pad to draw digits for it.",
    .notes =
        "It reads DIR/model.safetensors and DIR/history.csv and writes DIR/report.html, a single file that a browser "
        "opens from the disk: it needs nothing else. --demo writes DIR/demo.html instead, a page of the drawing pad alone.",
};

/* A model that was trained elsewhere may have no history. */
static status gather_history(report_input *in, failure *f)
{
    char path[PATH_SIZE];
    const status result = result_path(in->folder, "history.csv", path, f);
    in->has_history = result == STATUS_OK && !(access(path, F_OK) != 0 && errno == ENOENT);
    return in->has_history ? history_read(path, &in->h, f) : result;
}

static status gather(const char *data, const sm_execution *execution, report_input *in, failure *f)
{
    status result = read_result_model(in->folder, &in->m, in->model_sha256, f);
    if (result == STATUS_OK)
        result = check_reads_images(in->folder, &in->m, f);
    if (result == STATUS_OK)
        result = gather_history(in, f);
    if (result == STATUS_OK)
        result = locate_folder(data, &in->data_folder, f);
    if (result == STATUS_OK)
        result = load_images(in->data_folder, SPLIT_TEST, &in->m, execution, true, &in->test, f);
    if (result == STATUS_OK)
        result = dataset_count(in->data_folder, SPLIT_TRAIN, &in->n_training_images, f);
    if (result == STATUS_OK)
        result = score_model(&in->test, &in->m, execution, &in->s, f);
    if (result == STATUS_OK)
        result = pixel_model(&in->m, &in->test, execution, &in->shown, f);
    return result;
}

/* Writes a page into the folder, and says so. */
static status write_page(const char *folder, const char *name, buffer *page, failure *f)
{
    const size_t size_bytes = page->size;
    const status result = write_result(folder, name, page, f);
    if (result == STATUS_OK)
        print_line(stdout, "wrote %s/%s, %zu kB, for a browser", folder, name, (size_bytes + 500) / 1000);
    return result;
}

static status write_demo(const char *folder, failure *f)
{
    model m = {0};
    buffer page = {0};
    status result = read_result_model(folder, &m, NULL, f);
    if (result == STATUS_OK)
        result = check_reads_images(folder, &m, f);
    if (result == STATUS_OK)
        result = report_print_demo(&m, &page, f);
    if (result == STATUS_OK)
        result = write_page(folder, "demo.html", &page, f);
    free(page.data);
    model_destroy(&m);
    return result;
}

static status write_report(const char *data, const sm_execution *execution, const char *folder, failure *f)
{
    report_input in = {.folder = folder};
    buffer page = {0};
    status result = gather(data, execution, &in, f);
    if (result == STATUS_OK)
        result = report_print(&in, &page, f);
    if (result == STATUS_OK)
        result = write_page(folder, "report.html", &page, f);
    if (result == STATUS_OK && !report_has_reader())
        print_line(stdout, "the page has no drawing pad: this program was built without clang for wasm32-wasi");
    free(page.data);
    scores_destroy(&in.s);
    free(in.h.rows);
    dataset_destroy(&in.test);
    free(in.data_folder);
    model_destroy(&in.shown);
    model_destroy(&in.m);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    const char *data = NULL, *folder = "results";
    bool is_demo = false;
    sm_execution execution = default_execution();
    option_spec specs[] = {
        {"data", OPTION_FOLDER, &data, "DIR", .help = "folder of IDX files or of pictures"},
        {"output", OPTION_TEXT, &folder, "DIR", .help = "folder with the model, and for the page"},
        {"demo", OPTION_FLAG, &is_demo, .help = "write the drawing pad alone, for any web server; needs no data"},
        threads_option(&execution),
        {0},
    };
    const status result = parse_options(&usage, specs, argc, argv, NULL, f);
    if (result != STATUS_OK)
        return result;
    return is_demo ? write_demo(folder, f) : write_report(data, &execution, folder, f);
}

const command command_report = {"report", "write a page on the model, with a pad to draw digits for it", run};
