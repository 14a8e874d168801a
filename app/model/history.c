#include "model/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/read.h"

static const size_t MAX_HISTORY_BYTES = (size_t)1 << 28;

static const char HEADER[] =
    ",objective,gradient_norm,gap,training_accuracy,validation_accuracy,validation_loss,seconds";

enum column {
    NUMBER,
    OBJECTIVE,
    TRAINING_ACCURACY = 4,
    VALIDATION_ACCURACY,
    VALIDATION_LOSS,
    N_CELLS = 8,
    CELL_SIZE = 40
};

/* The length of the line at the start of text [size], without its end. */
static size_t line_length(const char *text, size_t size)
{
    const char *end = memchr(text, '\n', size);
    return end ? (size_t)(end - text) : size;
}

static bool is_header(const char *line, size_t length, const char *unit)
{
    const size_t of_unit = strlen(unit);
    return length == of_unit + strlen(HEADER) && memcmp(line, unit, of_unit) == 0 &&
           memcmp(line + of_unit, HEADER, strlen(HEADER)) == 0;
}

/* A cell that is empty, NAN then, or a finite number. */
static bool parse_cell(const char *text, size_t length, double *value)
{
    char cell[CELL_SIZE];
    char *end;
    if (length >= sizeof cell || (length > 0 && !strchr("-.0123456789", text[0])))
        return false;
    memcpy(cell, text, length);
    cell[length] = '\0';
    *value = length > 0 ? strtod(cell, &end) : (double)NAN;
    return length == 0 || (end == cell + length && isfinite(*value));
}

/* Parses a line of N_CELLS cells; false for any other. */
static bool parse_cells(const char *line, size_t length, double cells[N_CELLS])
{
    size_t at = 0;
    for (size_t i = 0; i < N_CELLS; i++) {
        const char *comma = at < length ? memchr(line + at, ',', length - at) : NULL;
        const size_t end = comma ? (size_t)(comma - line) : length;
        const bool is_last = i == N_CELLS - 1;
        if (is_last != !comma || !parse_cell(line + at, end - at, &cells[i]))
            return false;
        at = end + !is_last;
    }
    return isfinite(cells[NUMBER]);
}

static status parse_rows(const char *name, const char *text, size_t size, history *h, failure *f)
{
    for (size_t at = 0; at < size;) {
        const size_t length = line_length(text + at, size - at);
        double c[N_CELLS];
        if (!parse_cells(text + at, length, c))
            return fail(f, "%s: its line %zu is not %d cells with a number or nothing in each", name, h->n_rows + 2,
                        N_CELLS);
        h->rows[h->n_rows++] = (history_row){c[NUMBER], c[OBJECTIVE], c[TRAINING_ACCURACY], c[VALIDATION_ACCURACY],
                                             c[VALIDATION_LOSS]};
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
        return fail(f, "%s: is no history of a training: expected the line 'iteration%s'", name, HEADER);
    const size_t start = length < size ? length + 1 : size;
    history parsed = {.by_epoch = by_epoch};
    /* A row that is accepted has N_CELLS characters and the end of its line. */
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
    bytes content;
    status result = read_file(path, MAX_HISTORY_BYTES, &content, f);
    if (result != STATUS_OK)
        return result;
    result = history_parse(path, content.data, content.size, h, f);
    free(content.data);
    return result;
}
