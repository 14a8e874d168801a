/* mnist predict: reads digits from pictures. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/command.h"
#include "data/digit.h"
#include "files/json.h"
#include "files/png.h"
#include "text.h"

enum { N_SHOWN = 3 };

static const command_usage usage = {
    .name = "predict",
    .arguments = "FILE.png ...",
    .summary = "Read the digit in each PNG picture: of any size, dark on light or light on dark",
    .notes = "Each picture is brought into the form of the training images: its ink is found, whatever the paper\n"
             "and the light, fitted into 20 x 20 pixels and centred by its mass in 28 x 28.",
};

/* A class and its probability. */
typedef struct guess {
    size_t label;
    double probability;
} guess;

/* The likeliest classes, best first; returns how many. */
static size_t best_guesses(size_t n_classes, const float *probabilities, guess guesses[N_SHOWN])
{
    size_t n = 0;
    for (size_t k = 0; k < n_classes; k++) {
        const guess g = {k, (double)probabilities[k]};
        size_t at = n;
        for (; at > 0 && guesses[at - 1].probability < g.probability; at--)
            if (at < N_SHOWN)
                guesses[at] = guesses[at - 1];
        if (at < N_SHOWN)
            guesses[at] = g;
        n = n < N_SHOWN ? n + 1 : n;
    }
    return n;
}

/* What all pictures are read with. */
typedef struct reader {
    const model *m;
    sm_execution execution;
    bool as_is; /* pictures are in the form of the model's images */
} reader;

/* Normalises a picture; pixels [n_rows, n_columns]. */
static status normalise(const grey_picture *grey, const model *m, uint8_t *pixels, bool *found, failure *f)
{
    digit_box box;
    const size_t n = grey->width * grey->height;
    grey_image image = {grey->width, grey->height, calloc(n, sizeof *image.values)};
    for (size_t i = 0; image.values && i < n; i++)
        image.values[i] = (float)grey->values[i] / 255;
    const status result =
        image.values ? digit_normalise(&image, m->n_rows, m->n_columns, pixels, &box, found, f) : fail_memory(f);
    free(image.values);
    return result;
}

static status read_digit(const char *path, const reader *r, uint8_t *pixels, bool *found, failure *f)
{
    const model *m = r->m;
    grey_picture grey;
    status result = png_read_grey(path, &grey, f);
    if (result != STATUS_OK)
        return result;
    if (!r->as_is)
        result = normalise(&grey, m, pixels, found, f);
    else if (grey.width != m->n_columns || grey.height != m->n_rows)
        result = fail(f, "%s: is %zu x %zu pixels, expected %zu x %zu with --as-is", path, grey.width, grey.height,
                      m->n_columns, m->n_rows);
    else
        memcpy(pixels, grey.values, m->n_features);
    *found = *found || r->as_is;
    free(grey.values);
    return result;
}

static status guess_digit(const char *path, const reader *r, uint8_t *pixels, guess guesses[N_SHOWN],
                          size_t *n_guesses, failure *f)
{
    const model *m = r->m;
    const dataset one = {.n_samples = 1, .n_rows = m->n_rows, .n_columns = m->n_columns, .pixels = pixels};
    sm_matrix matrix;
    sm_source source = dataset_source(&one, 0, 1, m->n_classes, &matrix);
    source.labels = NULL;
    const sm_model view = model_view(m);
    float probabilities[SM_MAX_CLASSES];
    const sm_status predicted = sm_predict(&view, &source, &r->execution, probabilities, NULL);
    if (predicted != SM_OK)
        return fail_library(f, path, predicted);
    *n_guesses = best_guesses(m->n_classes, probabilities, guesses);
    return STATUS_OK;
}

/* *n_guesses is 0 where there is no digit in the picture. */
static status predict_file(const char *path, const reader *r, guess guesses[N_SHOWN], size_t *n_guesses, failure *f)
{
    bool found = false;
    uint8_t *pixels = calloc(r->m->n_features, sizeof *pixels);
    status result = pixels ? read_digit(path, r, pixels, &found, f) : fail_memory(f);
    if (result == STATUS_OK && found)
        result = guess_digit(path, r, pixels, guesses, n_guesses, f);
    free(pixels);
    return result;
}

static status print_line(const char *path, const guess *guesses, size_t n, failure *f)
{
    char *name = clean_copy(path, false);
    if (!name)
        return fail_memory(f);
    if (n == 0)
        printf("%s: no digit found", name);
    else
        printf("%s: %zu (%.1f %%)", name, guesses[0].label, 100 * guesses[0].probability);
    for (size_t i = 1; i < n; i++)
        printf("%s %zu (%.1f %%)", i == 1 ? ", then" : ",", guesses[i].label, 100 * guesses[i].probability);
    printf("\n");
    free(name);
    return STATUS_OK;
}

static status add_json(json_t *all, const char *path, const guess *guesses, size_t n, failure *f)
{
    json_t *list = json_array();
    char *name = clean_copy(path, true); /* JSON escapes controls, but must be UTF-8 */
    bool ok = list && name;
    for (size_t i = 0; ok && i < n; i++)
        ok = json_array_append_new(list, json_pack("{s:I, s:f}", "label", (json_int_t)guesses[i].label,
                                                   "probability", guesses[i].probability)) == 0;
    list = json_if_whole(list, ok);
    json_t *entry = list ? json_pack("{s:s, s:o}", "file", name, "guesses", list) : NULL;
    free(name);
    return json_array_append_new(all, entry) == 0 ? STATUS_OK : fail_memory(f);
}

static status print_json(const json_t *all, failure *f)
{
    buffer b = {0};
    buffer_add_json(&b, all, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    buffer_print(&b, "\n");
    const bool ok = !b.failed;
    if (ok)
        (void)fwrite(b.data, 1, b.size, stdout);
    free(b.data);
    return ok ? STATUS_OK : fail_memory(f);
}

static status predict_all(const positional *files, const reader *r, bool json, failure *f)
{
    status result = STATUS_OK;
    json_t *all = json_array();
    for (size_t i = 0; result == STATUS_OK && i < files->n; i++) {
        guess guesses[N_SHOWN] = {{0, 0}};
        size_t n_guesses = 0;
        result = predict_file(files->values[i], r, guesses, &n_guesses, f);
        if (result == STATUS_OK && json)
            result = add_json(all, files->values[i], guesses, n_guesses, f);
        else if (result == STATUS_OK)
            result = print_line(files->values[i], guesses, n_guesses, f);
    }
    if (result == STATUS_OK && json)
        result = print_json(all, f);
    json_decref(all);
    return result;
}

static status run(int argc, char **argv, failure *f)
{
    const char *output = "results";
    bool json = false;
    model m = {0};
    reader r = {.m = &m};
    const option_spec specs[] = {
        {"output", OPTION_TEXT, &output, "DIR", "folder with the model", 0, 0, NULL},
        {"as-is", OPTION_FLAG, &r.as_is, NULL, "pictures are in the form of the training images", 0, 0, NULL},
        {"json", OPTION_FLAG, &json, NULL, "print JSON", 0, 0, NULL},
        {0},
    };
    positional files;
    bool help_shown;
    status result = options_parse(&usage, specs, argc, argv, &files, &help_shown, f);
    if (result != STATUS_OK || help_shown)
        return result;
    if (files.n == 0)
        return fail_usage(f, "predict: expected one PNG file or more");
    result = get_execution(1, &r.execution, f);
    if (result == STATUS_OK)
        result = read_result_model(output, &m, f);
    if (result == STATUS_OK)
        result = predict_all(&files, &r, json, f);
    model_destroy(&m);
    return result;
}

const command command_predict = {"predict", "read digits from PNG pictures", run};
