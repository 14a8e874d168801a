#include "model/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/read.h"

static const size_t MAX_HISTORY_BYTES = (size_t)1 << 28;

/* The header after "iteration" or "epoch". */
static const char COLUMNS[] =
    ",objective,gradient_norm,gap,training_accuracy,validation_accuracy,validation_loss,seconds";

enum { N_CELLS = 8, CELL_SIZE = 40 };
_Static_assert(sizeof(history_row) == N_CELLS * sizeof(double), "a row is its cells, in the order of the columns");

void history_add(buffer *b, bool by_epoch, const history_row *row)
{
    double cells[N_CELLS];
    memcpy(cells, row, sizeof cells);
    if (b->size == 0)
        buffer_print(b, "%s%s\n", by_epoch ? "epoch" : "iteration", COLUMNS);
    buffer_print(b, "%.0f", row->number);
    for (size_t i = 1; i < N_CELLS; i++)
        if (isfinite(cells[i]))
            buffer_print(b, ",%.9g", cells[i]);
        else
            buffer_print(b, ",");
    buffer_print(b, "\n");
}

/* The length of the line at the start of text [size], without its end. */
static size_t line_length(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    return end ? (size_t)(end - text) : size;
}

static bool is_header(const char *line, size_t length, const char *unit)
{
    const size_t of_unit = strlen(unit);
    return length == of_unit + strlen(COLUMNS) && memcmp(line, unit, of_unit) == 0 &&
           memcmp(line + of_unit, COLUMNS, strlen(COLUMNS)) == 0;
}

/* Parses a line of N_CELLS cells, each of them empty, as NAN, or a finite number; the first is a number. */
static bool parse_row(const char *line, size_t length, history_row *row)
{
    char copy[N_CELLS * CELL_SIZE] = "", *at = copy, *end;
    double cells[N_CELLS];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, line, length);
    for (size_t i = 0; i < N_CELLS; i++) {
        const bool is_empty = *at == ',' || at == copy + length;
        if (!is_empty && !strchr("-.0123456789", *at))
            return false;
        cells[i] = is_empty ? (double)NAN : strtod(at, &end);
        end = is_empty ? at : end;
        if (isinf(cells[i]) || end - at >= CELL_SIZE || *end != (i < N_CELLS - 1 ? ',' : '\0'))
            return false;
        at = end + 1;
    }
    memcpy(row, cells, sizeof cells);
    return at == copy + length + 1 && isfinite(row->number);
}

static status parse_rows(const char *name, const char *text, size_t size, history *h, failure *f)
{
    for (size_t at = 0; at < size; h->n_rows++) {
        const size_t length = line_length(text + at, size - at);
        if (!parse_row(text + at, length, &h->rows[h->n_rows]))
            return fail(f, "%s: its line %zu is not %d cells with a number or nothing in each", name, h->n_rows + 2,
                        N_CELLS);
        at += length + 1;
    }
    return STATUS_OK;
}

status history_parse(const char *name, const uint8_t *content, size_t size, history *h, failure *f)
{
    const char *text = (const char *)content;
    const size_t length = size > 0 ? line_length(text, size) : 0;
    const bool by_epoch = is_header(text, length, "epoch");
    if (!by_epoch && !is_header(text, length, "iteration"))
        return fail(f, "%s: is not the history of a training: expected the line 'iteration%s'", name, COLUMNS);
    const size_t start = length < size ? length + 1 : size;
    history parsed = {.by_epoch = by_epoch};
    /* A row has at least N_CELLS characters and the end of its line. */
    parsed.rows = calloc((size - start) / (N_CELLS + 1) + 1, sizeof *parsed.rows);
    if (!parsed.rows)
        return fail_memory(f);
    const status result = parse_rows(name, text + start, size - start, &parsed, f);
    if (result == STATUS_OK)
        *h = parsed;
    else
        free(parsed.rows);
    return result;
}

status history_read(const char *path, history *h, failure *f)
{
    bytes content = {0};
    status result = read_file(path, MAX_HISTORY_BYTES, &content, f);
    if (result == STATUS_OK)
        result = history_parse(path, content.data, content.size, h, f);
    free(content.data);
    return result;
}
