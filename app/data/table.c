#include "data/table.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/npy.h"
#include "base/read.h"

/* No file of a table is believed to hold more than this. */
static const size_t MAX_TABLE_BYTES = (size_t)1 << 31;

void table_destroy(table *t)
{
    free(t->names);
    free(t->labels);
    free(t->values);
    *t = (table){0};
}

status fail_cell(const table_place *place, const char *text, const char *what, failure *f)
{
    return fail(f, "%s: %s %zu, column %zu: '%.40s' %s", place->name, place->unit, place->row, place->column, text,
                what);
}

status table_make_room(table *t, size_t n_rows, const table_format *format, failure *f)
{
    t->values = calloc(n_rows, t->n_columns * sizeof *t->values);
    if (!t->values)
        return fail_memory(f);
    if (format->has_no_labels)
        return STATUS_OK;
    t->labels = calloc(n_rows, 1);
    t->names = format->known ? class_names_copy(format->known) : calloc(1, sizeof *t->names);
    return t->labels && t->names ? STATUS_OK : fail_memory(f);
}

status table_set_value(table *t, size_t row, size_t column, double value, const char *text,
                       const table_place *place, failure *f)
{
    if (!(fabs(value) <= (double)FLT_MAX)) {
        char usual[32];
        (void)snprintf(usual, sizeof usual, "%.9g", value);
        return fail_cell(place, text ? text : usual, "is no finite number that a float can hold", f);
    }
    t->values[row * t->n_columns + column] = (float)value;
    return STATUS_OK;
}

status table_set_label(table *t, size_t row, const char *text, const table_format *format, const table_place *place,
                       failure *f)
{
    if (!class_name_is_valid(text))
        return fail_cell(place, text, "is no label, expected text of 1 to 31 bytes", f);
    const size_t k = class_names_find(t->names, text);
    if (k == t->names->n && format->known)
        return fail_cell(place, text, "is none of the model's classes", f);
    if (k == SM_MAX_CLASSES)
        return fail_cell(place, text, "is the label of a 257th class, expected at most 256", f);
    if (k == t->names->n)
        class_names_add(t->names, text);
    t->labels[row] = (uint8_t)k;
    return STATUS_OK;
}

bool table_number_label(double value, char text[CLASS_NAME_SIZE])
{
    if (!(fabs(value) <= 0x1p53) || floor(value) != value)
        return false;
    (void)snprintf(text, CLASS_NAME_SIZE, "%.0f", value + 0.0); /* 0 for -0 */
    return true;
}

size_t table_column_number(const char *label)
{
    const size_t length = strlen(label);
    return length < 10 && *label != '0' && strspn(label, "0123456789") == length ? strtoul(label, NULL, 10) : 0;
}

void table_sort_classes(table *t)
{
    uint8_t numbers[SM_MAX_CLASSES];
    class_names_sort(t->names, numbers);
    for (size_t i = 0; i < t->n_rows; i++)
        t->labels[i] = numbers[t->labels[i]];
}

/* ---------------------------------------------------------------------------------------------- */
/* Arrays of NumPy's, with the labels in one of the columns */

static status set_number_label(table *t, size_t row, double value, const table_format *format,
                               const table_place *place, failure *f)
{
    char text[CLASS_NAME_SIZE];
    if (!table_number_label(value, text)) {
        (void)snprintf(text, sizeof text, "%.9g", value);
        return fail_cell(place, text, "is no label, expected a whole number", f);
    }
    return table_set_label(t, row, text, format, place, f);
}

/* Column `label` has the labels, from 1; without them it is one that there is not. */
static status take_array(const char *name, const npy_array *array, size_t label, const table_format *format,
                         table *t, failure *f)
{
    const size_t n_cells = array->shape[1];
    t->n_columns = n_cells - (label <= n_cells);
    status result = table_make_room(t, array->shape[0], format, f);
    for (size_t i = 0; result == STATUS_OK && i < array->n_values; i++) {
        const table_place place = {name, "row", i / n_cells + 1, i % n_cells + 1};
        const double value = npy_value(array, i);
        if (place.column == label)
            result = set_number_label(t, t->n_rows, value, format, &place, f);
        else
            result = table_set_value(t, t->n_rows, i % n_cells - (place.column > label), value, NULL, &place, f);
        t->n_rows += place.column == n_cells;
    }
    return result;
}

static status parse_npy(const char *name, const uint8_t *content, size_t size, const table_format *format, table *t,
                        failure *f)
{
    npy_array array;
    const status result = npy_parse(name, content, size, &array, f);
    if (result != STATUS_OK)
        return result;
    if (array.n_dimensions != 2)
        return fail(f, "%s: has one dimension, expected rows and columns", name);
    const size_t n_cells = array.shape[1];
    if (format->has_no_labels)
        return take_array(name, &array, n_cells + 1, format, t, f);
    const size_t label = format->label ? table_column_number(format->label) : n_cells;
    if (n_cells < 2)
        return fail(f, "%s: has one column, expected features and a label", name);
    if (label == 0 || label > n_cells)
        return fail(f, "%s: has no column '%s' for the labels, expected a number from 1 to %zu", name,
                    format->label, n_cells);
    return take_array(name, &array, label, format, t, f);
}

/* ---------------------------------------------------------------------------------------------- */

status table_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, table *t,
                   failure *f)
{
    table made = {0};
    const status result = npy_has_magic(content, size) ? parse_npy(name, content, size, format, &made, f)
                                                       : csv_parse(name, content, size, format, &made, f);
    if (result != STATUS_OK) {
        table_destroy(&made);
        return result;
    }
    if (made.names && !format->known)
        table_sort_classes(&made);
    *t = made;
    return STATUS_OK;
}

status table_read(const char *path, const table_format *format, table *t, failure *f)
{
    bytes content;
    const char *name;
    status result = read_file_or_input(path, MAX_TABLE_BYTES, &content, &name, f);
    if (result != STATUS_OK)
        return result;
    result = table_parse(name, content.data, content.size, format, t, f);
    free(content.data);
    return result;
}
