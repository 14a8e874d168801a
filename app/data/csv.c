#include "data/csv.h"

#include <stdlib.h>
#include <string.h>

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

static status fail_here(const csv_reader *r, const char *what, failure *f)
{
    return fail(f, "%s: line %zu, column %zu: '%.40s' %s", r->name, r->cell.row, r->cell.column, r->cell.text,
                what);
}

/* Adds the next character to the cell. */
static status take_character(csv_reader *r, failure *f)
{
    const char c = r->text[r->at++];
    if ((unsigned char)c < ' ' && c != '\t')
        return fail_here(r, "is followed by a control character", f);
    if (r->cell.length == CSV_CELL_SIZE - 1)
        return fail_here(r, "is too long, expected at most 255 characters", f);
    r->cell.text[r->cell.length++] = c;
    r->cell.text[r->cell.length] = '\0';
    return STATUS_OK;
}

/* Reads the rest of a cell after its opening quote; two quotes in it are one. */
static status read_quoted(csv_reader *r, failure *f)
{
    for (;;) {
        if (is_end_of_line(r))
            return fail_here(r, "has a quote that is not closed in the same line", f);
        if (peek(r) == '"') {
            r->at++;
            if (peek(r) != '"')
                break;
        }
        const status result = take_character(r, f);
        if (result != STATUS_OK)
            return result;
    }
    while (is_blank(peek(r)))
        r->at++;
    return peek(r) == ',' || is_end_of_line(r) ? STATUS_OK : fail_here(r, "has text after its closing quote", f);
}

static status read_plain(csv_reader *r, failure *f)
{
    while (peek(r) != ',' && !is_end_of_line(r)) {
        const status result = take_character(r, f);
        if (result != STATUS_OK)
            return result;
    }
    while (r->cell.length > 0 && is_blank(r->cell.text[r->cell.length - 1]))
        r->cell.text[--r->cell.length] = '\0';
    return STATUS_OK;
}

static bool parse_number(const char *text, double *value)
{
    char *end;
    if (strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    *value = strtod(text, &end);
    return end != text && *end == '\0';
}

csv_reader csv_start(const char *name, const uint8_t *content, size_t size)
{
    const bool has_mark = size >= 3 && memcmp(content, "\xef\xbb\xbf", 3) == 0; /* the byte order mark of UTF-8 */
    return (csv_reader){.name = name,
                        .text = (const char *)content,
                        .size = size,
                        .at = has_mark ? 3 : 0,
                        .cell = {.ends_row = true}};
}

bool csv_is_at_end(const csv_reader *r)
{
    size_t at = r->at;
    while (at < r->size && (is_blank(r->text[at]) || r->text[at] == '\r' || r->text[at] == '\n'))
        at++;
    return at == r->size;
}

status csv_next(csv_reader *r, failure *f)
{
    csv_cell *cell = &r->cell;
    cell->row += cell->ends_row;
    cell->column = cell->ends_row ? 1 : cell->column + 1;
    cell->length = 0;
    cell->text[0] = '\0';
    while (is_blank(peek(r)))
        r->at++;
    const bool is_quoted = peek(r) == '"';
    r->at += is_quoted;
    const status result = is_quoted ? read_quoted(r, f) : read_plain(r, f);
    if (result != STATUS_OK)
        return result;
    cell->is_number = parse_number(cell->text, &cell->value);
    cell->ends_row = is_end_of_line(r);
    r->at += cell->ends_row && peek(r) == '\r' ? 2 : 1;
    r->at = r->at < r->size ? r->at : r->size;
    return STATUS_OK;
}

size_t csv_max_rows(const csv_reader *r, size_t n_cells)
{
    const size_t by_size = (r->size - r->at) / (2 * n_cells) + 1; /* of a character and a separator per cell */
    size_t n_lines = 1;
    for (size_t i = r->at; i < r->size && n_lines < by_size; i++)
        n_lines += r->text[i] == '\n';
    return n_lines;
}
