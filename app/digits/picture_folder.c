#include "digits/picture_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "base/pool.h"
#include "base/read.h"
#include "base/sizes.h"
#include "base/text.h"
#include "digits/digit.h"
#include "formats/png.h"

/* What became of a file. */
typedef enum file_state { FILE_PASSED_OVER, FILE_READ, FILE_LEFT_OUT, FILE_FAILED } file_state;

/* The files of a folder on their way to images. */
typedef struct collection {
    const char *folder;
    const picture_format *format;
    path_list files;
    class_names names; /* of the folders that have a file */
    size_t n_files[SM_MAX_CLASSES];
    uint8_t labels[SM_MAX_CLASSES]; /* of those folders */
    file_state *states;             /* [files.n] */
    char **reasons;                 /* [files.n], why a picture was left out; NULL for others */
} collection;

static const char *last_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Lists the files of a folder of a class; keeps its name if there are any. */
static status list_class(collection *c, const char *path, failure *f)
{
    const size_t n_before = c->files.n;
    const status result = folder_list(path, "", &c->files, f);
    if (result != STATUS_OK || c->files.n == n_before)
        return result;
    if (!class_name_is_valid(last_name(path)))
        return fail(f, "%s: is not the name of a class, expected text of 1 to 31 bytes", path);
    if (c->names.n == SM_MAX_CLASSES)
        return fail(f, "%s: is the folder of a 257th class, expected at most 256", path);
    c->n_files[c->names.n] = c->files.n - n_before;
    class_names_add(&c->names, last_name(path));
    return STATUS_OK;
}

static status list_classes(collection *c, failure *f)
{
    path_list folders = {0};
    status result = folder_list_folders(c->folder, &folders, f);
    for (size_t i = 0; result == STATUS_OK && i < folders.n; i++)
        result = list_class(c, folders.paths[i], f);
    path_list_destroy(&folders);
    return result;
}

/* The label that a text in decimal form is; SM_MAX_CLASSES for any other text. */
static size_t label_of(const char *text)
{
    const size_t length = strlen(text);
    const bool is_decimal = length <= 3 && strspn(text, "0123456789") == length && (*text != '0' || length == 1);
    return is_decimal ? size_min(strtoul(text, NULL, 10), SM_MAX_CLASSES) : SM_MAX_CLASSES;
}

/* Finds the labels of the folders among the known classes. */
static status find_labels(collection *c, failure *f)
{
    const picture_format *format = c->format;
    for (size_t i = 0; i < c->names.n; i++) {
        const char *name = c->names.names[i];
        const size_t label = format->names ? class_names_find(format->names, name) : label_of(name);
        if (label >= format->n_classes && format->names)
            return fail(f, "%s/%s: is not a class of the data, whose classes are %s%s%s%s", c->folder, name,
                        format->names->names[0], format->n_classes > 1 ? ", " : "",
                        format->n_classes > 1 ? format->names->names[1] : "", format->n_classes > 2 ? ", ..." : "");
        if (label >= format->n_classes)
            return fail(f, "%s/%s: is not a class of the data, whose classes are 0 to %zu", c->folder, name,
                        format->n_classes - 1);
        c->labels[i] = (uint8_t)label;
    }
    return STATUS_OK;
}

/* Makes labels of the names of the folders, and classes of the data. */
static status make_classes(collection *c, dataset *made, failure *f)
{
    const picture_format *format = c->format;
    bool are_labels = true;
    for (size_t i = 0; i < c->names.n; i++)
        are_labels = are_labels && label_of(c->names.names[i]) < SM_MAX_CLASSES;
    if (format->n_classes > 0) {
        made->n_classes = format->n_classes;
        made->names = format->names ? class_names_copy(format->names) : NULL;
        return format->names && !made->names ? fail_memory(f) : find_labels(c, f);
    }
    for (size_t i = 0; are_labels && i < c->names.n; i++) {
        c->labels[i] = (uint8_t)label_of(c->names.names[i]);
        made->n_classes = size_max(made->n_classes, (size_t)c->labels[i] + 1);
    }
    if (are_labels)
        return STATUS_OK;
    made->n_classes = c->names.n;
    made->names = class_names_copy(&c->names);
    if (!made->names)
        return fail_memory(f);
    class_names_sort(made->names, c->labels);
    return STATUS_OK;
}

/* Finds the digit in the content of a file, and writes it to pixels; finds none in some pictures. */
static status find_digit(const char *path, const bytes *content, const picture_format *format, uint8_t *pixels,
                         bool *found, failure *f)
{
    picture grey = {0};
    grey_image image = {0};
    digits made = {0};
    status result = png_parse_grey(path, content->data, content->size, &grey, f);
    if (result == STATUS_OK)
        result = picture_to_image(&grey, &image, f);
    free(grey.values);
    if (result == STATUS_OK)
        result = digits_find(&image, format->n_rows, format->n_columns, false, &made, f);
    free(image.values);
    *found = result == STATUS_OK && made.n > 0;
    if (*found)
        memcpy(pixels, made.pixels, format->n_rows * format->n_columns);
    digits_destroy(&made);
    return result;
}

/* What a failure says about a file; NULL if it is about something else, which is memory. */
static const char *reason_in(const failure *f, const char *path)
{
    const size_t length = strlen(path);
    return strlen(f->text) > length + 2 && f->text[length] == ':' ? f->text + length + 2 : NULL;
}

/* Reads a file into pixels. *reason, which the caller frees, says why a picture is left out; where the system fails to
 * read, all fails. */
static file_state read_digit(const char *path, const picture_format *format, uint8_t *pixels, char **reason,
                             failure *f)
{
    file_head head;
    bytes content = {0};
    bool found = false;
    if (read_head(path, &head, f) != STATUS_OK)
        return FILE_FAILED;
    if (!ends_in(path, ".png") && !picture_has_magic(head.data, head.size))
        return FILE_PASSED_OVER;
    if (head.content_size > PNG_MAX_BYTES)
        *reason = strdup("is too large");
    else if (read_file(path, PNG_MAX_BYTES, &content, f) != STATUS_OK)
        return FILE_FAILED;
    else if (find_digit(path, &content, format, pixels, &found, f) != STATUS_OK)
        *reason = reason_in(f, path) ? strdup(reason_in(f, path)) : NULL;
    else if (!found)
        *reason = strdup("no digit found");
    free(content.data);
    if (!found && !*reason)
        (void)fail_memory(f);
    return found ? FILE_READ : *reason ? FILE_LEFT_OUT : FILE_FAILED;
}

/* An sm_source.rows: the digits of the files. */
static const void *read_digits(void *context, size_t first, size_t n, void *scratch)
{
    const collection *c = context;
    const size_t n_pixels = c->format->n_rows * c->format->n_columns;
    failure *f = malloc(sizeof *f);
    bool ok = f;
    memset(scratch, 0, n * n_pixels);
    for (size_t i = first; ok && i < first + n; i++) {
        uint8_t *pixels = (uint8_t *)scratch + (i - first) * n_pixels;
        c->states[i] = read_digit(c->files.paths[i], c->format, pixels, &c->reasons[i], f);
        ok = c->states[i] != FILE_FAILED;
        if (!ok)
            c->reasons[i] = strdup(f->text);
    }
    free(f);
    return ok ? scratch : NULL;
}

/* The failure of the first file that failed; without one, memory ran out. */
static status fail_reading(const collection *c, failure *f)
{
    for (size_t i = 0; i < c->files.n; i++)
        if (c->states[i] == FILE_FAILED && c->reasons[i])
            return fail(f, "%s", c->reasons[i]);
    return fail_memory(f);
}

/* Reads all files; those that are not read leave black images. */
static status read_files(collection *c, const sm_execution *execution, dataset *made, failure *f)
{
    const sm_source source = {.n_samples = c->files.n,
                              .n_features = made->n_rows * made->n_columns,
                              .n_classes = 1,
                              .type = SM_U8,
                              .unit = 1,
                              .rows = read_digits,
                              .scratch_row_bytes = made->n_rows * made->n_columns,
                              .context = c};
    made->pixels = made->files[0] = calloc(c->files.n, source.n_features);
    made->labels = made->files[1] = calloc(c->files.n + 1, 1); /* not empty in any case */
    c->states = calloc(c->files.n, sizeof *c->states);
    c->reasons = calloc(c->files.n, sizeof *c->reasons);
    if (!made->pixels || !made->labels || !c->states || !c->reasons)
        return fail_memory(f);
    const sm_status result = sm_source_read(&source, execution, made->pixels);
    return result == SM_ERROR_SOURCE ? fail_reading(c, f) : check_library(f, c->folder, result);
}

/* Keeps the images that were read, and labels them. */
static void keep_read(const collection *c, dataset *made)
{
    const size_t n_pixels = made->n_rows * made->n_columns;
    size_t file = 0;
    for (size_t i = 0; i < c->names.n; i++) {
        for (const size_t end = file + c->n_files[i]; file < end; file++) {
            if (c->states[file] != FILE_READ)
                continue;
            memmove(made->pixels + made->n_samples * n_pixels, made->pixels + file * n_pixels, n_pixels);
            made->labels[made->n_samples++] = c->labels[i];
        }
    }
}

/* Adds the path of a file within the folder. */
static void add_name(const collection *c, size_t file, buffer *b)
{
    char name[PATH_SIZE];
    (void)snprintf(name, sizeof name, "%s", c->files.paths[file] + strlen(c->folder) + 1);
    clean_text(name, false);
    buffer_print(b, "%s", name);
}

/* Adds a line on all files that were left out for the same reason as this one, and forgets their reasons. */
static void add_reason(const collection *c, size_t first, buffer *b)
{
    enum { N_NAMED = 3 };
    char *reason = c->reasons[first];
    size_t n = 0;
    buffer examples = {0};
    for (size_t i = first; i < c->files.n; i++) {
        if (!c->reasons[i] || strcmp(c->reasons[i], reason) != 0)
            continue;
        if (n++ < N_NAMED) {
            buffer_print(&examples, n > 1 ? ", " : "");
            add_name(c, i, &examples);
        }
        if (i > first)
            free(c->reasons[i]);
        c->reasons[i] = NULL;
    }
    buffer_print(b, "%6zu: %s (%s%s)\n", n, reason, examples.failed ? "" : examples.data,
                 n > N_NAMED ? ", ..." : "");
    b->failed = b->failed || examples.failed;
    free(examples.data);
    free(reason);
}

static status summarise(const collection *c, size_t n_read, picture_summary *s, failure *f)
{
    *s = (picture_summary){.n_read = n_read};
    for (size_t i = 0; i < c->files.n; i++)
        s->n_left_out += c->reasons[i] != NULL;
    if (n_read == 0 && s->n_left_out == 0)
        return fail(f, "%s: its folders contain no pictures", c->folder);
    for (size_t i = 0; i < c->files.n; i++) {
        if (c->reasons[i] && n_read == 0)
            return fail(f, "%s: none of its %zu pictures can be read; %s: %s", c->folder, s->n_left_out,
                        c->files.paths[i] + strlen(c->folder) + 1, c->reasons[i]);
        if (c->reasons[i])
            add_reason(c, i, &s->reasons);
    }
    return s->reasons.failed ? fail_memory(f) : STATUS_OK;
}

static void collection_destroy(collection *c)
{
    for (size_t i = 0; c->reasons && i < c->files.n; i++)
        free(c->reasons[i]);
    free(c->reasons);
    free(c->states);
    path_list_destroy(&c->files);
}

status picture_folder_load(const char *folder, const picture_format *format, const sm_execution *execution,
                           dataset *data, picture_summary *summary, failure *f)
{
    collection c = {.folder = folder, .format = format};
    dataset made = {.n_rows = format->n_rows, .n_columns = format->n_columns};
    made.images_path = strdup(folder);
    made.labels_path = strdup(folder);
    status result = made.images_path && made.labels_path ? list_classes(&c, f) : fail_memory(f);
    if (result == STATUS_OK && c.files.n == 0)
        result = fail(f, "%s: contains no pictures, expected a folder of pictures for each class", folder);
    if (result == STATUS_OK)
        result = make_classes(&c, &made, f);
    if (result == STATUS_OK)
        result = read_files(&c, execution, &made, f);
    if (result == STATUS_OK) {
        keep_read(&c, &made);
        result = summarise(&c, made.n_samples, summary, f);
    }
    collection_destroy(&c);
    if (result == STATUS_OK)
        *data = made;
    else
        dataset_destroy(&made);
    return result;
}

status is_picture_folder(const char *folder, bool *is, failure *f)
{
    path_list folders = {0};
    bool has_idx = false;
    status result = has_idx_files(folder, &has_idx, f);
    if (result == STATUS_OK && !has_idx)
        result = folder_list_folders(folder, &folders, f);
    *is = folders.n > 0;
    path_list_destroy(&folders);
    return result;
}

status image_folder_load(const char *wanted_folder, split which, const picture_format *format,
                         const sm_execution *execution, dataset *data, picture_summary *summary, failure *f)
{
    char *folder = NULL;
    bool are_pictures = false;
    *summary = (picture_summary){0};
    status result = locate_folder(wanted_folder, &folder, f);
    if (result == STATUS_OK)
        result = is_picture_folder(folder, &are_pictures, f);
    if (result == STATUS_OK && are_pictures)
        result = picture_folder_load(folder, format, execution, data, summary, f);
    else if (result == STATUS_OK)
        result = dataset_load(folder, which, data, f);
    free(folder);
    return result;
}
