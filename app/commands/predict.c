/* mnist predict: reads the digits in pictures, or classifies the rows of a table. */
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "base/text.h"
#include "commands/command.h"
#include "data/table.h"
#include "digits/reading.h"
#include "formats/json.h"
#include "model/prediction.h"
#include "show/examples.h"
#include "show/terminal.h"
#include "show/terminal_model.h"

static const command_usage usage = {
    .name = "predict",
    .arguments = "FILE.png ...",
    .summary =
        "Read the digit in each PNG picture (- is standard input): of any size, dark on light or light on dark.",
    .notes =
        "Each picture is brought into the form of the training images: its ink is found, whatever the paper and "
        "the light, fitted into 20 x 20 pixels and centred by its mass in 28 x 28. --show prints the result. "
        "Probabilities are calibrated if the model was trained with --validation or --l2 auto.\n"
        "If the model reads the columns of a table, the one FILE (or -) is a table, too, in CSV or NumPy's format, "
        "with the columns of training except the labels. The output is CSV: for each row its class and the "
        "probabilities of all classes.",
};

/* The likeliest classes of a digit that the output names. */
enum { N_SHOWN = 3 };

typedef struct predict_options {
    const char *output, *save_normalized;
    bool json, recursive, show;
    double threshold; /* answers less probable than this are rejected */
    size_t n_saved;   /* pictures, so far */
} predict_options;

static void copy_path(const char *path, bool keep_controls, char name[PATH_SIZE])
{
    (void)snprintf(name, PATH_SIZE, "%s", path);
    clean_text(name, keep_controls);
}

static status print_probabilities(size_t n_rows, const model *m, const float *probabilities, failure *f)
{
    buffer b = {0};
    buffer_print(&b, "class");
    for (size_t k = 0; k < m->n_classes; k++) {
        buffer_print(&b, ",");
        buffer_add_cell(&b, m->names->names[k]);
    }
    for (size_t i = 0; i < n_rows; i++) {
        const float *row = probabilities + i * m->n_classes;
        buffer_print(&b, "\n");
        buffer_add_cell(&b, m->names->names[sm_argmax(m->n_classes, row)]);
        for (size_t k = 0; k < m->n_classes; k++)
            buffer_print(&b, ",%.6g", (double)row[k]);
    }
    buffer_print(&b, "\n");
    return print_buffer(&b, f);
}

static status predict_table(const char *path, const reader *r, failure *f)
{
    const table_format format = {.has_no_labels = true};
    const model *m = r->m;
    dataset data = {0};
    float *probabilities = NULL;
    status result = table_load(path, &format, &data, f);
    if (result == STATUS_OK && data.n_columns != m->n_columns)
        result =
            fail(f, "%s: has %zu columns, the model reads %zu, without labels", path, data.n_columns, m->n_columns);
    if (result == STATUS_OK)
        result = predict(path, &data, m, &r->execution, &probabilities, NULL, f);
    if (result == STATUS_OK)
        result = print_probabilities(data.n_samples, m, probabilities, f);
    free(probabilities);
    dataset_destroy(&data);
    return result;
}

/* Adds the digits of a line of writing, which starts with digit `first`, as one word, with ? for those rejected;
 * returns the first digit after it. *least is the least certain of its answers. */
static size_t add_word(const reading *made, const reader *r, double threshold, size_t first, buffer *b,
                       example *least)
{
    char number[CLASS_NAME_SIZE];
    size_t i = first;
    for (; i < made->found.n && made->found.lines[i] == made->found.lines[first]; i++) {
        const example a = example_of(r->m->n_classes, made->probabilities, i);
        *least = i == first || a.confidence < least->confidence ? a : *least;
        buffer_print(b, i > first && (r->m->names || r->m->n_classes > 10) ? " " : "");
        buffer_print(b, "%s", a.confidence < threshold ? "?" : class_label(r->m->names, a.prediction, number));
    }
    return i;
}

/* The likeliest classes of the one digit. */
static void add_classes(const char *name, const reading *made, const reader *r, double threshold, buffer *b)
{
    static const char *const before[N_SHOWN] = {"", ", then", ","};
    const float *row = made->probabilities;
    char number[CLASS_NAME_SIZE];
    size_t classes[N_SHOWN];
    const size_t n = likeliest_classes(r->m->n_classes, row, N_SHOWN, classes);
    buffer_print(b, "%s:%s", name, (double)row[classes[0]] < threshold ? " not sure:" : "");
    for (size_t i = 0; i < n && i < N_SHOWN; i++)
        buffer_print(b, "%s %s (%.1f %%)", before[i], class_label(r->m->names, classes[i], number),
                     100 * (double)row[classes[i]]);
    buffer_print(b, "\n");
}

static void add_lines(const char *name, const reading *made, const reader *r, double threshold, buffer *b)
{
    char number[CLASS_NAME_SIZE];
    example least;
    for (size_t i = 0; i < made->found.n;) {
        buffer_print(b, "%s: ", name);
        i = add_word(made, r, threshold, i, b, &least);
        buffer_print(b, " (least sure: %s, %.1f %%)\n", class_label(r->m->names, least.prediction, number),
                     100 * least.confidence);
    }
}

/* Prints the likeliest classes of the one digit, or, if r->all, a line of text for each line of writing. */
static status print_reading(const char *path, const reading *made, const reader *r, const predict_options *o,
                            failure *f)
{
    const size_t n_classes = r->m->n_classes, n_pixels = r->m->n_rows * r->m->n_columns;
    char name[PATH_SIZE];
    buffer b = {0};
    copy_path(path, false, name);
    if (made->found.n == 0)
        buffer_print(&b, "%s: no digit found\n", name);
    else if (r->all)
        add_lines(name, made, r, o->threshold, &b);
    else
        add_classes(name, made, r, o->threshold, &b);
    if (made->n_apart > 1)
        buffer_print(&b, "    there may be %zu digits, which --all reads one by one\n", made->n_apart);
    status result = print_buffer(&b, f);
    for (size_t i = 0; result == STATUS_OK && o->show && i < made->found.n; i++)
        result = print_prediction(stdout, terminal_colours(stdout), r->m, made->found.pixels + i * n_pixels,
                                  made->probabilities + i * n_classes, f);
    return result;
}

static json_t *digit_as_json(const reading *made, const reader *r, double threshold, size_t digit)
{
    const size_t n_classes = r->m->n_classes;
    const float *row = made->probabilities + digit * n_classes;
    const digit_box *box = &made->found.boxes[digit];
    size_t classes[N_SHOWN];
    const size_t n = likeliest_classes(n_classes, row, N_SHOWN, classes);
    json_t *guesses = json_array(), *probabilities = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *guess =
            json_pack("{s:I, s:f}", "label", (json_int_t)classes[i], "probability", (double)row[classes[i]]);
        if (r->m->names)
            json_set(&guess, "name", json_string(r->m->names->names[classes[i]]));
        json_list_add(&guesses, guess);
    }
    for (size_t k = 0; k < n_classes; k++)
        json_list_add(&probabilities, json_real((double)row[k]));
    return json_pack("{s:{s:I, s:I, s:I, s:I}, s:I, s:b, s:o, s:o}", "box", "left", (json_int_t)box->left, "top",
                     (json_int_t)box->top, "width", (json_int_t)box->width, "height", (json_int_t)box->height,
                     "line", (json_int_t)made->found.lines[digit], "rejected", (double)row[classes[0]] < threshold,
                     "guesses", guesses, "probabilities", probabilities);
}

/* The one digit, if there is one, and how many there seem to be if there are several. NULL if memory ran out. */
static json_t *digit_in_picture(const reading *made, const reader *r, double threshold)
{
    json_t *entry = made->found.n > 0 ? digit_as_json(made, r, threshold, 0) : json_pack("{s:[]}", "guesses");
    if (made->n_apart > 1)
        json_set(&entry, "may_be_digits", json_integer((json_int_t)made->n_apart));
    return entry;
}

/* A list of all digits, and their text. NULL if memory ran out. */
static json_t *digits_in_picture(const reading *made, const reader *r, double threshold)
{
    buffer text = {0};
    example least;
    json_t *list = json_array();
    for (size_t i = 0; i < made->found.n; i++)
        json_list_add(&list, digit_as_json(made, r, threshold, i));
    for (size_t i = 0; i < made->found.n;) {
        buffer_print(&text, i > 0 ? "\n" : "");
        i = add_word(made, r, threshold, i, &text, &least);
    }
    json_t *string = text.failed ? NULL : json_stringn(text.data ? text.data : "", text.size);
    free(text.data);
    return json_pack("{s:o, s:o}", "text", string, "digits", list);
}

/* Adds the answer for a file to a list and takes ownership of the entry, which is NULL if memory ran out. */
static status add_entry(json_t *all, const char *path, json_t *entry, failure *f)
{
    char name[PATH_SIZE];
    copy_path(path, true, name); /* JSON escapes controls, but must be UTF-8 */
    json_set(&entry, "file", json_string(name));
    return json_array_append_new(all, entry) == 0 ? STATUS_OK : fail_memory(f);
}

/* Writes the images that the model saw to DIR/0001-NAME.png and so on, numbered by picture. */
static status save_normalized(const char *path, const reading *made, predict_options *o, failure *f)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *ending = strrchr(name, '.');
    const size_t n = made->found.n_rows * made->found.n_columns;
    const size_t length = ending && ending > name ? (size_t)(ending - name) : strlen(name);
    status result = STATUS_OK;
    for (size_t i = 0; result == STATUS_OK && i < made->found.n; i++) {
        buffer file = {0};
        buffer_print(&file, "%s/%04zu-%.*s.png%c", o->save_normalized, ++o->n_saved, (int)length,
                     strcmp(path, "-") == 0 ? "input" : name, '\0');
        const picture seen = {made->found.n_columns, made->found.n_rows, 1, made->found.pixels + i * n};
        result = file.failed ? fail_memory(f) : png_write(file.data, &seen, f);
        free(file.data);
    }
    return result;
}

static status predict_file(const char *path, const reader *r, predict_options *o, json_t *all, failure *f)
{
    reading made;
    status result = read_picture(path, r, &made, f);
    if (result == STATUS_OK && o->save_normalized)
        result = save_normalized(path, &made, o, f);
    if (result == STATUS_OK && o->json)
        result = add_entry(all, path, (r->all ? digits_in_picture : digit_in_picture)(&made, r, o->threshold), f);
    else if (result == STATUS_OK)
        result = print_reading(path, &made, r, o, f);
    reading_destroy(&made);
    return result;
}

/* A picture that cannot be read does not stop the others from being read: each failure but the last is printed here,
 * and with --json each has its entry. */
static status predict_files(const path_list *files, const reader *r, predict_options *o, failure *f)
{
    status result = STATUS_OK;
    json_t *all = json_array();
    for (size_t i = 0; i < files->n; i++) {
        failure own = {""};
        if (predict_file(files->paths[i], r, o, all, &own) == STATUS_OK)
            continue;
        failure no_memory;
        if (o->json)
            (void)add_entry(all, files->paths[i], json_pack("{s:s}", "error", own.text), &no_memory);
        if (result != STATUS_OK)
            fprintf(stderr, "mnist: %s\n", f->text);
        result = STATUS_FAILED;
        *f = own;
    }
    if (o->json) {
        buffer b = {0};
        failure own;
        buffer_add_json(&b, all, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        buffer_print(&b, "\n");
        const status printed = print_buffer(&b, result == STATUS_OK ? f : &own);
        result = result == STATUS_OK ? printed : result;
    }
    json_decref(all);
    return result;
}

/* The files that are named, and with --recursive the pictures in the folders that are. */
static status list_pictures(const positional *named, bool recursive, path_list *files, failure *f)
{
    status result = STATUS_OK;
    for (size_t i = 0; result == STATUS_OK && i < named->n; i++) {
        const char *path = named->values[i];
        const size_t n_before = files->n;
        if (!recursive && is_folder(path))
            return fail(f, "%s: is a folder; --recursive reads the pictures in it", path);
        result = is_folder(path) ? folder_list(path, ".png", files, f) : path_list_add(files, path, f);
        if (result == STATUS_OK && files->n == n_before)
            result = fail(f, "%s: there is no picture in it whose name ends in .png", path);
    }
    return result;
}

static status predict_pictures(const positional *named, const reader *r, predict_options *o, failure *f)
{
    path_list files = {0};
    status result = list_pictures(named, o->recursive, &files, f);
    if (result == STATUS_OK && o->save_normalized)
        result = make_folder(o->save_normalized, f);
    if (result == STATUS_OK)
        result = predict_files(&files, r, o, f);
    path_list_destroy(&files);
    return result;
}

static status predict_named(const option_spec *specs, const positional *named, const reader *r, predict_options *o,
                            failure *f)
{
    if (!features_are_columns(&r->m->features))
        return predict_pictures(named, r, o, f);
    if (named->n > 1)
        return fail_usage(f, "predict: the model reads the columns of a table, expected one file");
    const status result = options_refuse(specs, "pictures", "the model", "reads the columns of a table", f);
    return result == STATUS_OK ? predict_table(named->values[0], r, f) : result;
}

static status run(int argc, char **argv, failure *f)
{
    predict_options o = {.output = "results"};
    model m = {0};
    reader r = {.m = &m, .execution = {.n_threads = 1, .isa = default_execution().isa}};
    const char *const pictures = "pictures";
    option_spec specs[] = {
        {"output", OPTION_TEXT, &o.output, "DIR", .help = "folder with the model"},
        {"all", OPTION_FLAG, &r.all, .help = "several digits in a picture, line by line", .only_for = pictures},
        {"recursive", OPTION_FLAG, &o.recursive, .help = "read the PNG files in folders, too",
         .only_for = pictures},
        {"show", OPTION_FLAG, &o.show, .help = "show what the model saw, and what supports its answer",
         .only_for = pictures},
        {"save-normalized", OPTION_TEXT, &o.save_normalized, "DIR", .help = "save the images that the model saw",
         .only_for = pictures},
        {"reject", OPTION_NUMBER, &o.threshold, "PROBABILITY", .high = 1, .only_for = pictures,
         .help = "do not trust answers less probable than this threshold"},
        {"as-is", OPTION_FLAG, &r.as_is, .help = "pictures are in the form of the training images",
         .only_for = pictures},
        {"json", OPTION_FLAG, &o.json, .help = "print JSON", .only_for = pictures},
        {0},
    };
    positional named;
    status result = parse_options(&usage, specs, argc, argv, &named, f);
    if (result == STATUS_OK && named.n == 0)
        result = fail_usage(f, "predict: expected a file");
    if (result == STATUS_OK && o.json && o.show)
        result = fail_usage(f, "--json and --show cannot be combined");
    if (result == STATUS_OK && r.as_is && r.all)
        result = fail_usage(f, "--as-is and --all cannot be combined: such a picture is one digit");
    if (result == STATUS_OK)
        result = read_result_model(o.output, &m, NULL, f);
    if (result == STATUS_OK)
        result = predict_named(specs, &named, &r, &o, f);
    model_destroy(&m);
    return result;
}

const command command_predict = {"predict", "read the digits in pictures (PNG files)", run};
