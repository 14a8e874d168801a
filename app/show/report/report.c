#include "show/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "model/model_file.h"
#include "show/canvas.h"
#include "show/report/page.h"

static print_section print_pad;

/* The section or the file of the page that replaces each name in a template. */
static const struct {
    const char *name;
    print_section *print;
    const char *text;
} sections[] = {
    {"style", NULL, page_style},
    {"sheets", print_sheet_styles, NULL},
    {"title", print_title_section, NULL},
    {"summary", print_summary_section, NULL},
    {"pad", print_pad, NULL},
    {"weights", print_weights_section, NULL},
    {"confusion", print_confusion_section, NULL},
    {"classes", print_classes_section, NULL},
    {"calibration", print_calibration_section, NULL},
    {"diagram", print_diagram_section, NULL},
    {"bins", print_bins_section, NULL},
    {"coverage-curve", print_coverage_curve_section, NULL},
    {"coverages", print_coverages_section, NULL},
    {"mistakes", print_mistakes_section, NULL},
    {"hits", print_hits_section, NULL},
    {"curves", print_curves_section, NULL},
    {"run", print_run_section, NULL},
    {"notes", print_notes_section, NULL},
    {"images", print_image_data, NULL},
    {"module", print_module_data, NULL},
    {"model", print_model_data, NULL},
    {"worker", NULL, page_worker},
    {"script", NULL, page_script},
};

static void print_named(const void *context, const char *name, buffer *b)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (strcmp(sections[i].name, name) != 0)
            continue;
        if (sections[i].print)
            sections[i].print(context, b);
        else
            buffer_print(b, "%s", sections[i].text);
    }
}

static void print_pad(const page *p, buffer *b)
{
    if (p->has_pad)
        buffer_fill_in(b, page_pad, print_named, p);
    else
        print_missing_pad(p, b);
}

/* A pad of more bytes in base64 leaves no room for the rest. */
static const size_t MAX_PAD_BYTES = REPORT_MAX_BYTES / 2;

/* A sheet of more pixels is larger than the page, whatever it shows. */
static const size_t MAX_SHEET_PIXELS = (size_t)1 << 24;

/* Prints the page with the images of a selection; *fits says whether it is small enough. */
static status print_selection(page *p, const selection *images, buffer *b, bool *fits, failure *f)
{
    const status result = sheet_of_images(&p->in->test, images->n_shown, images->shown, &p->image_sheet, f);
    if (result == STATUS_OK) {
        b->size = 0;
        p->images = images;
        buffer_fill_in(b, page_template, print_named, p);
        *fits = b->size <= REPORT_MAX_BYTES;
    }
    sheet_destroy(&p->image_sheet);
    return result == STATUS_OK && b->failed ? fail_memory(f) : result;
}

/* Prints the page with fewer and fewer images, until it is small enough. */
static status print_thinned(page *p, buffer *b, bool *fits, failure *f)
{
    enum { MAX_IMAGES_A_CELL = 1 << 12 };
    const size_t n_most_shown = MAX_SHEET_PIXELS / (p->in->m.n_rows * p->in->m.n_columns);
    status result = STATUS_OK;
    *fits = false;
    for (size_t n_most = 2 * MAX_IMAGES_A_CELL; result == STATUS_OK && !*fits && n_most > 0;) {
        selection images = {0};
        n_most /= 2;
        result = selection_create(p->in, n_most, &images, f);
        if (result == STATUS_OK && (n_most == 0 || images.n_shown <= n_most_shown))
            result = print_selection(p, &images, b, fits, f);
        selection_destroy(&images);
    }
    return result;
}

bool report_has_reader(void)
{
    return page_module_size > 0;
}

/* Packs what the pad needs. */
static status pack_reader(page *p, failure *f)
{
    buffer file = {0};
    model_pack(&p->in->m, &file);
    status result = file.failed ? fail_memory(f) : gzip_deflate(file.data, file.size, &p->model, f);
    free(file.data);
    if (result == STATUS_OK)
        result = gzip_deflate(page_module, page_module_size, &p->module, f);
    p->has_pad = report_has_reader() && base64_size(p->module.size) + base64_size(p->model.size) <= MAX_PAD_BYTES;
    return result;
}

/* Prints the page with the pad, or without it if there is no room for it. */
static status print_page(page *p, buffer *b, failure *f)
{
    bool fits = false;
    status result = print_thinned(p, b, &fits, f);
    if (result == STATUS_OK && !fits && p->has_pad) {
        p->has_pad = false;
        result = print_thinned(p, b, &fits, f);
    }
    if (result == STATUS_OK && !fits)
        result = fail(f, "the report is larger than %d bytes, whatever is left out", (int)REPORT_MAX_BYTES);
    return result;
}

status report_print(const report_input *in, buffer *b, failure *f)
{
    const model *shown = &in->shown;
    page p = {.in = in, .weight_range = colour_range(shown->n_classes * shown->n_features, shown->weight)};
    status result = pack_reader(&p, f);
    if (result == STATUS_OK)
        result = sheet_of_weights(shown, p.weight_range, &p.weight_sheet, f);
    if (result == STATUS_OK)
        result = print_page(&p, b, f);
    sheet_destroy(&p.weight_sheet);
    free(p.model.data);
    free(p.module.data);
    return result;
}

status report_print_demo(const model *m, buffer *b, failure *f)
{
    const report_input in = {.m = *m};
    page p = {.in = &in};
    status result = pack_reader(&p, f);
    if (result == STATUS_OK && !report_has_reader())
        result = fail(f, "a demo needs a program that was built with clang for wasm32-wasi");
    else if (result == STATUS_OK && !p.has_pad)
        result = fail(f, "the model has %zu weights, too many for a page to hold", m->n_classes * m->n_features);
    if (result == STATUS_OK)
        buffer_fill_in(b, page_demo, print_named, &p);
    free(p.model.data);
    free(p.module.data);
    return result == STATUS_OK && b->failed ? fail_memory(f) : result;
}
