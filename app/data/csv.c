/*
 * Tables as text: cells between commas, a row a line, as RFC 4180 has them, but a cell does not reach over lines.
 * The first line is a header if none of its cells is a number, or if the labels are asked for by a name in it.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/table.h"

enum { CELL_SIZE = 256 };

/* Where reading stands. */
typedef struct csv_reader {
    const char *text;
    size_t size, at;
    table_place place;
} csv_reader;

typedef struct csv_cell {
    size_t length;
    char text[CELL_SIZE];
} csv_cell;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char peek(const csv_reader *r)
{
    return r->at < r->size ? r->text[r->at] : '\n';
}

static bool is_end_of_line(const csv_reader *r)
{
    return peek(r) == '\n' || (peek(r) == '\r' && (r->at + 1 >= r->size || r->text[r->at + 1] == '\n'));
}

static status add_character(const csv_reader *r, csv_cell *cell, failure *f)
{
    const char c = r->text[r->at];
    cell->text[cell->length] = '\0';
    if ((unsigned char)c < ' ' && c != '\t')
        return fail_cell(&r->place, cell->text, "is followed by a control character", f);
    if (cell->length == CELL_SIZE - 1)
        return fail_cell(&r->place, cell->text, "goes on, expected at most 255 characters", f);
    cell->text[cell->length++] = c;
    cell->text[cell->length] = '\0';
    return STATUS_OK;
}

/* The rest of a cell behind its opening quote; a quote in it is doubled. */
static status read_quoted(csv_reader *r, csv_cell *cell, failure *f)
{
    for (;; r->at++) {
        if (is_end_of_line(r))
            return fail_cell(&r->place, cell->text, "has a quote that is not closed in the same line", f);
        if (peek(r) == '"') {
            r->at++;
            if (peek(r) != '"')
                break;
        }
        const status result = add_character(r, cell, f);
        if (result != STATUS_OK)
            return result;
    }
    while (is_blank(peek(r)))
        r->at++;
    return peek(r) == ',' || is_end_of_line(r) ? STATUS_OK
                                               : fail_cell(&r->place, cell->text, "goes on behind its quote", f);
}

static status read_plain(csv_reader *r, csv_cell *cell, failure *f)
{
    for (; peek(r) != ',' && !is_end_of_line(r); r->at++) {
        const status result = add_character(r, cell, f);
        if (result != STATUS_OK)
            return result;
    }
    while (cell->length > 0 && is_blank(cell->text[cell->length - 1]))
        cell->text[--cell->length] = '\0';
    return STATUS_OK;
}

/* Reads the next cell without the blanks around it, and goes behind what ends it. */
static status read_cell(csv_reader *r, csv_cell *cell, bool *ends_line, failure *f)
{
    cell->length = 0;
    cell->text[0] = '\0';
    r->place.column++;
    while (is_blank(peek(r)))
        r->at++;
    const bool is_quoted = peek(r) == '"';
    r->at += is_quoted;
    const status result = is_quoted ? read_quoted(r, cell, f) : read_plain(r, cell, f);
    if (result != STATUS_OK)
        return result;
    *ends_line = is_end_of_line(r);
    r->at += *ends_line && peek(r) == '\r' ? 2 : 1;
    r->at = r->at < r->size ? r->at : r->size;
    return STATUS_OK;
}

static void start_line(csv_reader *r)
{
    r->place.row++;
    r->place.column = 0;
}

/* Whether nothing but empty lines follows. */
static bool is_at_end(const csv_reader *r)
{
    size_t at = r->at;
    while (at < r->size && (is_blank(r->text[at]) || r->text[at] == '\r' || r->text[at] == '\n'))
        at++;
    return at == r->size;
}

/* A number in the decimal form, which may be infinite; false for any other text. */
static bool parse_number(const char *text, double *value)
{
    char *end;
    if (strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    *value = strtod(text, &end);
    return end != text && *end == '\0';
}

/* ---------------------------------------------------------------------------------------------- */

/* What the first line tells. */
typedef struct csv_layout {
    size_t n_cells, label; /* of a line; which of them is the label, from 1, or one that there is not */
    bool has_header;
} csv_layout;

static status check_layout(const csv_reader *r, const char *label, const csv_layout *layout, failure *f)
{
    const char *name = r->place.name;
    if (layout->n_cells < 2)
        return fail(f, "%s: line 1: has one column, expected features and a label between commas", name);
    if (label && table_column_number(label) == 0 && !layout->has_header)
        return fail(f, "%s: line 1: has numbers, expected the names of columns with '%s' among them", name, label);
    if (layout->label == 0 || layout->label > layout->n_cells)
        return fail(f, "%s: line 1: has no column '%s' for the labels among its %zu", name, label, layout->n_cells);
    return STATUS_OK;
}

static status read_layout(csv_reader r, const table_format *format, csv_layout *layout, failure *f)
{
    csv_cell cell;
    bool ends_line = false;
    double value;
    const bool wants_name = format->label && table_column_number(format->label) == 0;
    *layout = (csv_layout){.has_header = true};
    while (!ends_line) {
        const status result = read_cell(&r, &cell, &ends_line, f);
        if (result != STATUS_OK)
            return result;
        layout->n_cells++;
        if (parse_number(cell.text, &value))
            layout->has_header = false;
        if (layout->label == 0 && wants_name && strcmp(cell.text, format->label) == 0)
            layout->label = layout->n_cells;
    }
    layout->has_header = layout->has_header || layout->label > 0;
    if (format->has_no_labels) {
        layout->label = layout->n_cells + 1;
        return STATUS_OK;
    }
    if (!wants_name)
        layout->label = format->label ? table_column_number(format->label) : layout->n_cells;
    return check_layout(&r, format->label, layout, f);
}

/* ---------------------------------------------------------------------------------------------- */

static status take_cell(const csv_reader *r, const csv_cell *cell, const csv_layout *layout,
                        const table_format *format, table *t, failure *f)
{
    const size_t column = r->place.column;
    double value;
    const bool is_number = parse_number(cell->text, &value);
    if (column == layout->label) {
        char whole[CLASS_NAME_SIZE];
        const bool is_whole = is_number && table_number_label(value, whole);
        return table_set_label(t, t->n_rows, is_whole ? whole : cell->text, format, &r->place, f);
    }
    if (!is_number)
        return fail_cell(&r->place, cell->text, "is not a number", f);
    return table_set_value(t, t->n_rows, column - 1 - (column > layout->label), value, cell->text, &r->place, f);
}

static status read_row(csv_reader *r, const csv_layout *layout, const table_format *format, table *t, failure *f)
{
    csv_cell cell;
    bool ends_line = false;
    while (!ends_line) {
        status result = read_cell(r, &cell, &ends_line, f);
        if (result == STATUS_OK &&
            (r->place.column > layout->n_cells || (ends_line && r->place.column < layout->n_cells)))
            result = fail(f, "%s: line %zu: has %s than %zu columns", r->place.name, r->place.row,
                          ends_line && r->place.column < layout->n_cells ? "fewer" : "more", layout->n_cells);
        if (result == STATUS_OK)
            result = take_cell(r, &cell, layout, format, t, f);
        if (result != STATUS_OK)
            return result;
    }
    t->n_rows++;
    return STATUS_OK;
}

/* No more rows than there are lines, nor than can lie in so many bytes with a character in each cell. */
static size_t most_rows(const csv_reader *r, size_t n_cells)
{
    const size_t by_size = (r->size - r->at) / (2 * n_cells) + 1;
    size_t n_lines = 1;
    for (size_t i = r->at; i < r->size && n_lines < by_size; i++)
        n_lines += r->text[i] == '\n';
    return n_lines;
}

static void skip_line(csv_reader *r)
{
    const char *end = memchr(r->text + r->at, '\n', r->size - r->at);
    r->at = end ? (size_t)(end - r->text) + 1 : r->size;
    start_line(r);
}

static status read_rows(csv_reader *r, const csv_layout *layout, const table_format *format, table *t, failure *f)
{
    if (layout->has_header)
        skip_line(r);
    if (is_at_end(r))
        return fail(f, "%s: has no rows", r->place.name);
    t->n_columns = layout->n_cells - (layout->label <= layout->n_cells);
    status result = table_make_room(t, most_rows(r, layout->n_cells), format, f);
    while (result == STATUS_OK && !is_at_end(r)) {
        start_line(r);
        result = read_row(r, layout, format, t, f);
    }
    return result;
}

status csv_parse(const char *name, const uint8_t *content, size_t size, const table_format *format, table *t,
                 failure *f)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, at the start of files of some programs */
    csv_reader r = {.text = (const char *)content, .size = size, .place = {.name = name, .unit = "line"}};
    csv_layout layout;
    if (size >= 3 && memcmp(content, mark, 3) == 0)
        r.at = 3;
    if (is_at_end(&r))
        return fail(f, "%s: has no rows", name);
    csv_reader first = r;
    start_line(&first);
    const status result = read_layout(first, format, &layout, f);
    return result == STATUS_OK ? read_rows(&r, &layout, format, t, f) : result;
}
