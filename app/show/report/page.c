/* The page as a whole: its template, filled in, and no larger than it may be. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/pixel_model.h"
#include "show/report/page_files.h"
#include "show/report/parts.h"

size_t report_prediction(const report *r, size_t sample)
{
    return sm_argmax(r->m->n_classes, r->probabilities + sample * r->m->n_classes);
}

double report_confidence(const report *r, size_t sample)
{
    return (double)r->probabilities[sample * r->m->n_classes + report_prediction(r, sample)];
}

/* ---------------------------------------------------------------------------------------------- */
/* The template                                                                                    */

static void print_style(const page *p, buffer *b)
{
    (void)p;
    buffer_add(b, page_style.data, page_style.size);
}

static void print_script(const page *p, buffer *b)
{
    (void)p;
    buffer_add(b, page_script.data, page_script.size);
}

/* What the template calls the parts. */
static const struct {
    const char *name;
    print_part *print;
} parts[] = {
    {"style", print_style},
    {"sheets", print_sheet_styles},
    {"title", print_title_part},
    {"summary", print_summary_part},
    {"pad", print_pad_part},
    {"weights", print_weights_part},
    {"confusion", print_confusion_part},
    {"classes", print_classes_part},
    {"calibration", print_calibration_part},
    {"mistakes", print_mistakes_part},
    {"hits", print_hits_part},
    {"curves", print_curves_part},
    {"run", print_run_part},
    {"images", print_image_data},
    {"model", print_model_data},
    {"script", print_script},
};

static void print_named(const page *p, const char *name, size_t length, buffer *b)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strlen(parts[i].name) == length && memcmp(parts[i].name, name, length) == 0)
            parts[i].print(p, b);
}

/* The place of a text of two characters in text [size]; size if it is not there. */
static size_t find_pair(const char *text, size_t size, const char *pair)
{
    size_t at = 0;
    while (at < size && (size - at < 2 || memcmp(text + at, pair, 2) != 0))
        at++;
    return at;
}

/* Prints the template with its parts where their names stand, as {{name}}. */
static void fill_in(const page *p, buffer *b)
{
    const char *text = page_template.data;
    size_t left = page_template.size;
    while (left > 0) {
        const size_t before = find_pair(text, left, "{{");
        buffer_add(b, text, before);
        text += before;
        left -= before;
        const size_t length = find_pair(text, left, "}}");
        if (length < left) {
            print_named(p, text + 2, length - 2, b);
            text += length + 2;
            left -= length + 2;
        } else {
            left = 0;
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Sheets                                                                                          */

/* How large a tile is shown: so many whole pixels of the screen a pixel as fit. */
static void print_sheet_style(const sheet *sh, const char *name, size_t side, buffer *b)
{
    const size_t longer = sh->tile_height > sh->tile_width ? sh->tile_height : sh->tile_width;
    const size_t zoom = side > longer ? side / longer : 1;
    if (sh->n_tiles == 0)
        return;
    buffer_print(b, ".%s{--w:%zupx;--h:%zupx;--across:%zu;background-image:url(data:image/png;base64,", name,
                 zoom * sh->tile_width, zoom * sh->tile_height, sh->n_across);
    buffer_add_base64(b, sh->png.data, sh->png.size);
    buffer_print(b, ")}\n");
}

void print_sheet_styles(const page *p, buffer *b)
{
    enum { IMAGE_SIDE = 56, WEIGHT_SIDE = 140 };
    print_sheet_style(&p->images, "tile", IMAGE_SIDE, b);
    print_sheet_style(&p->weights, "weight", p->r->m->n_classes > PAGE_MANY_CLASSES ? IMAGE_SIDE : WEIGHT_SIDE, b);
}

static double max_magnitude(const model *m)
{
    float max = 0;
    for (size_t i = 0; i < m->n_classes * m->n_features; i++)
        max = fmaxf(max, fabsf(m->weight[i]));
    return (double)max;
}

/* ---------------------------------------------------------------------------------------------- */
/* Size                                                                                            */

/* More than this in base64 leaves no room for the rest. */
static const size_t MAX_PAD_BYTES = REPORT_MAX_BYTES / 2;

/* A sheet of more pixels is larger than the page, whatever is on it. */
static const size_t MAX_IMAGE_PIXELS = (size_t)1 << 24;

/* The page with at most n_most images a cell; *fits says whether it is small enough. */
static status print_with(page *p, size_t n_most, buffer *b, bool *fits, failure *f)
{
    size_t *samples, n;
    status result = choose_samples(p->r, n_most, &samples, &n, f);
    if (result != STATUS_OK)
        return result;
    const size_t most = MAX_IMAGE_PIXELS / (p->r->m->n_rows * p->r->m->n_columns);
    *fits = n_most == 0 || n <= most;
    if (*fits)
        result = sheet_of_images(p->r->test, n, samples, &p->images, f);
    if (*fits && result == STATUS_OK) {
        b->size = 0;
        p->samples = samples;
        fill_in(p, b);
        *fits = b->size <= REPORT_MAX_BYTES;
    }
    sheet_destroy(&p->images);
    free(samples);
    return result == STATUS_OK && b->failed ? fail_memory(f) : result;
}

/* Thins the images out until the page is small enough. */
static status print_thinned(page *p, buffer *b, bool *fits, failure *f)
{
    enum { MOST_A_CELL = 1 << 12 };
    *fits = false;
    status result = STATUS_OK;
    for (size_t n_most = MOST_A_CELL; result == STATUS_OK && !*fits && n_most > 0; n_most /= 2)
        result = print_with(p, n_most, b, fits, f);
    if (result == STATUS_OK && !*fits)
        result = print_with(p, 0, b, fits, f);
    return result;
}

status report_print(const report *r, buffer *b, failure *f)
{
    const size_t n_parameters = r->m->n_classes * (r->m->n_features + 1);
    page p = {.r = r,
              .mistakes = surest_mistakes(r),
              .hits = least_sure_hits(r),
              .weight_range = max_magnitude(r->shown),
              .has_pad =
                  !pixel_model_needs_data(r->m) && base64_size(n_parameters * sizeof(float)) <= MAX_PAD_BYTES};
    bool fits = false;
    status result = sheet_of_weights(r->shown, p.weight_range, &p.weights, f);
    if (result == STATUS_OK)
        result = print_thinned(&p, b, &fits, f);
    if (result == STATUS_OK && !fits && p.has_pad) {
        p.has_pad = false;
        result = print_thinned(&p, b, &fits, f);
    }
    if (result == STATUS_OK && !fits)
        result = fail(f, "the report is larger than %d bytes, whatever is left out", (int)REPORT_MAX_BYTES);
    sheet_destroy(&p.weights);
    return result;
}
