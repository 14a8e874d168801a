#include "data/table.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/csv.h"
#include "formats/npy.h"
#include "formats/png.h"
#include "base/read.h"

/* A file with a table may be at most this large. */
static const size_t MAX_TABLE_BYTES = (size_t)1 << 31;

/* A table on its way from cells. */
typedef struct builder {
    const char *name, *unit; /* of the file; of its rows, for messages */
    const table_format *format;
    size_t n_cells, label; /* of a row; which of them is the label, from 1, or n_cells + 1 if none is */
    bool has_whole_labels; /* nothing else is allowed */
    dataset *data;
} builder;

static status fail_cell(const builder *b, const csv_cell *cell, const char *text, const char *what, failure *f)
{
    return fail(f, "%s: %s %zu, column %zu: '%.40s' %s", b->name, b->unit, cell->row, cell->column, text, what);
}

/* Makes room for up to n_rows rows. */
static status make_room(const builder *b, size_t n_rows, failure *f)
{
    dataset *t = b->data;
    t->n_rows = 1;
    t->n_columns = b->n_cells - (b->label <= b->n_cells);
    t->values = calloc(n_rows * t->n_columns + 1, sizeof *t->values); /* not empty in any case */
    if (!t->values)
        return fail_memory(f);
    if (b->format->has_no_labels)
        return STATUS_OK;
    t->labels = t->files[1] = calloc(n_rows, 1);
    t->names = b->format->known ? class_names_copy(b->format->known) : calloc(1, sizeof *t->names);
    return t->labels && t->names ? STATUS_OK : fail_memory(f);
}

static bool is_float(double value)
{
    return fabs(value) <= (double)FLT_MAX;
}

/* The decimal form of a whole number; false if the number is not whole, or may not be exact in a double. */
static bool print_whole(double value, char text[CLASS_NAME_SIZE])
{
    if (!(fabs(value) <= 0x1p53) || floor(value) != value)
        return false;
    (void)snprintf(text, CLASS_NAME_SIZE, "%.0f", value + 0.0); /* 0 for -0 */
    return true;
}

static status take_label(const builder *b, const csv_cell *cell, failure *f)
{
    class_names *names = b->data->names;
    char whole[CLASS_NAME_SIZE];
    const bool is_whole = cell->is_number && print_whole(cell->value, whole);
    const char *text = is_whole ? whole : cell->text;
    if (b->has_whole_labels && !is_whole)
        return fail_cell(b, cell, text, "is not a label, expected a whole number", f);
    if (!class_name_is_valid(text))
        return fail_cell(b, cell, text, "is not a label, expected text of 1 to 31 bytes", f);
    const size_t k = class_names_find(names, text);
    if (k == names->n && b->format->known)
        return fail_cell(b, cell, text, "is not one of the model's classes", f);
    if (k == SM_MAX_CLASSES)
        return fail_cell(b, cell, text, "is the label of a 257th class, expected at most 256", f);
    if (k == names->n)
        class_names_add(names, text);
    b->data->labels[b->data->n_samples] = (uint8_t)k;
    return STATUS_OK;
}

static status take_cell(const builder *b, const csv_cell *cell, failure *f)
{
    dataset *t = b->data;
    if (t->names && cell->column == b->label)
        return take_label(b, cell, f);
    if (!cell->is_number)
        return fail_cell(b, cell, cell->text, "is not a number", f);
    if (!is_float(cell->value))
        return fail_cell(b, cell, cell->text, "is not a finite number that a float can hold", f);
    t->values[t->n_samples * t->n_columns + cell->column - 1 - (cell->column > b->label)] = cell->value;
    return STATUS_OK;
}

/* The number of a column in decimal form; 0 for any other text. */
static size_t column_number(const char *text)
{
    const size_t length = strlen(text);
    return length < 10 && *text != '0' && strspn(text, "0123456789") == length ? strtoul(text, NULL, 10) : 0;
}

/* Reads the first line, which may be a header; sets what a row consists of. */
static status read_first_line(csv_reader *r, builder *b, bool *is_header, failure *f)
{
    const table_format *format = b->format;
    const size_t number = format->label ? column_number(format->label) : 0;
    const bool wants_name = format->label && number == 0;
    size_t named = 0;
    *is_header = true;
    do {
        const status result = csv_next(r, f);
        if (result != STATUS_OK)
            return result;
        if (r->cell.is_number)
            *is_header = false;
        if (named == 0 && wants_name && strcmp(r->cell.text, format->label) == 0)
            named = r->cell.column;
    } while (!r->cell.ends_row);
    *is_header = *is_header || named > 0;
    b->n_cells = r->cell.column;
    b->label = format->has_no_labels ? b->n_cells + 1 : wants_name ? named : format->label ? number : b->n_cells;
    if (format->has_no_labels)
        return STATUS_OK;
    if (b->n_cells < 2)
        return fail(f, "%s: line 1: has one column, expected features and a label between commas", b->name);
    if (wants_name && !*is_header)
        return fail(f, "%s: line 1: has numbers, expected the names of columns with '%s' among them", b->name,
                    format->label);
    if (b->label == 0 || b->label > b->n_cells)
        return fail(f, "%s: line 1: has no column '%s' for the labels among its %zu", b->name, format->label,
                    b->n_cells);
    return STATUS_OK;
}

/* Takes the next cell of a row, which must have as many as the first line. */
static status take_next(csv_reader *r, const builder *b, failure *f)
{
    const status result = csv_next(r, f);
    if (result != STATUS_OK)
        return result;
    const csv_cell *cell = &r->cell;
    if (cell->column > b->n_cells || (cell->ends_row && cell->column < b->n_cells))
        return fail(f, "%s: line %zu: has %s than %zu columns", b->name, cell->row,
                    cell->column > b->n_cells ? "more" : "fewer", b->n_cells);
    return take_cell(b, cell, f);
}

static status parse_csv(builder *b, const uint8_t *content, size_t size, failure *f)
{
    const csv_reader start = csv_start(b->name, content, size);
    csv_reader r = start;
    bool is_header;
    b->unit = "line";
    if (csv_is_at_end(&r))
        return fail(f, "%s: has no rows", b->name);
    status result = read_first_line(&r, b, &is_header, f);
    if (result != STATUS_OK)
        return result;
    if (!is_header)
        r = start;
    else if (csv_is_at_end(&r))
        return fail(f, "%s: has no rows", b->name);
    result = make_room(b, csv_max_rows(&r, b->n_cells), f);
    while (result == STATUS_OK && !(r.cell.ends_row && csv_is_at_end(&r))) {
        result = take_next(&r, b, f);
        b->data->n_samples += r.cell.ends_row;
    }
    return result;
}

static status parse_npy(builder *b, const uint8_t *content, size_t size, failure *f)
{
    npy_array array;
    status result = npy_parse(b->name, content, size, &array, f);
    if (result != STATUS_OK)
        return result;
    if (array.n_dimensions != 2)
        return fail(f, "%s: has one dimension, expected rows and columns", b->name);
    const char *label = b->format->label;
    const size_t n = b->n_cells = array.shape[1];
    b->label = b->format->has_no_labels ? n + 1 : label ? column_number(label) : n;
    b->unit = "row";
    b->has_whole_labels = true;
    if (n < 2 && !b->format->has_no_labels)
        return fail(f, "%s: has one column, expected features and a label", b->name);
    if (b->label == 0 || (b->label > n && !b->format->has_no_labels))
        return fail(f, "%s: has no column '%s' for the labels, expected a number from 1 to %zu", b->name, label, n);
    result = make_room(b, array.shape[0], f);
    csv_cell cell = {.is_number = true, .ends_row = true};
    for (size_t i = 0; result == STATUS_OK && i < array.n_values; i++) {
        cell.row += cell.ends_row;
        cell.column = cell.ends_row ? 1 : cell.column + 1;
        cell.ends_row = cell.column == n;
        cell.value = npy_value(&array, i);
        if (cell.column == b->label || !is_float(cell.value))
            (void)snprintf(cell.text, sizeof cell.text, "%.9g", cell.value);
        result = take_cell(b, &cell, f);
        b->data->n_samples += cell.ends_row;
    }
    return result;
}

status table_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, dataset *data,
                   failure *f)
{
    dataset made = {0};
    builder b = {.name = name, .format = format, .data = &made};
    if (png_has_magic(content, size))
        return fail(f, "%s: is a picture, expected a table in CSV or NumPy's format", name);
    const status result =
        npy_has_magic(content, size) ? parse_npy(&b, content, size, f) : parse_csv(&b, content, size, f);
    if (result != STATUS_OK) {
        dataset_destroy(&made);
        return result;
    }
    made.n_classes = made.names ? made.names->n : 0;
    if (made.names && !format->known) {
        uint8_t numbers[SM_MAX_CLASSES];
        class_names_sort(made.names, numbers);
        for (size_t i = 0; i < made.n_samples; i++)
            made.labels[i] = numbers[made.labels[i]];
    }
    *data = made;
    return STATUS_OK;
}

status table_load(const char *path, const table_format *format, dataset *data, failure *f)
{
    bytes content = {0};
    const char *name;
    dataset loaded = {0};
    status result = read_file_or_input(path, MAX_TABLE_BYTES, &content, &name, f);
    if (result == STATUS_OK)
        result = table_parse(name, content.data, content.size, format, &loaded, f);
    free(content.data);
    loaded.images_path = strdup(path);
    loaded.labels_path = strdup(path);
    if (result == STATUS_OK && !(loaded.images_path && loaded.labels_path))
        result = fail_memory(f);
    if (result == STATUS_OK)
        *data = loaded;
    else
        dataset_destroy(&loaded);
    return result;
}
