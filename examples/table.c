#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 4096 };

/* Copies the next cell of a line to cell [TABLE_NAME_SIZE], truncating a long one; false at the end of the line. */
static bool next_cell(const char **line, char *cell)
{
    if (!*line)
        return false;
    const size_t length = strcspn(*line, ",");
    (void)snprintf(cell, TABLE_NAME_SIZE, "%.*s", (int)length, *line);
    *line = (*line)[length] == ',' ? *line + length + 1 : NULL;
    return true;
}

static bool read_line(FILE *file, char *line)
{
    if (!fgets(line, MAX_LINE, file))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

/* Reads the column names in the first line; the last one names the classes. */
static bool read_columns(FILE *file, table *t)
{
    char line[MAX_LINE];
    const char *rest = line;
    if (!read_line(file, line))
        return false;
    while (t->n_columns < TABLE_MAX_COLUMNS && next_cell(&rest, t->columns[t->n_columns]))
        t->n_columns++;
    return !rest && t->n_columns-- > 1;
}

/* Doubles the capacity whenever the number of rows reaches a power of 2. */
static bool make_room(table *t)
{
    if (t->n_rows & (t->n_rows - 1))
        return true;
    const size_t n = t->n_rows ? 2 * t->n_rows : 1;
    double *values = realloc(t->values, n * t->n_columns * sizeof *values);
    if (values)
        t->values = values;
    uint8_t *labels = realloc(t->labels, n);
    if (labels)
        t->labels = labels;
    return values && labels;
}

static bool find_class(table *t, const char *name, uint8_t *label)
{
    size_t k = 0;
    while (k < t->n_classes && strcmp(t->classes[k], name) != 0)
        k++;
    if (k == TABLE_MAX_CLASSES)
        return false;
    if (k == t->n_classes)
        memcpy(t->classes[t->n_classes++], name, TABLE_NAME_SIZE);
    *label = (uint8_t)k;
    return true;
}

static bool read_number(const char **line, double *value)
{
    char cell[TABLE_NAME_SIZE], *end;
    if (!next_cell(line, cell))
        return false;
    *value = strtod(cell, &end);
    return end != cell && *end == '\0' && isfinite(*value);
}

static bool read_row(const char *line, table *t)
{
    if (!make_room(t))
        return false;
    for (size_t j = 0; j < t->n_columns; j++)
        if (!read_number(&line, &t->values[t->n_rows * t->n_columns + j]))
            return false;
    char name[TABLE_NAME_SIZE] = "";
    const bool ok = next_cell(&line, name) && !line && find_class(t, name, &t->labels[t->n_rows]);
    t->n_rows += ok;
    return ok;
}

bool table_read(const char *path, table *t)
{
    *t = (table){0};
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return false;
    }
    char line[MAX_LINE];
    bool ok = read_columns(file, t);
    while (ok && read_line(file, line))
        ok = read_row(line, t);
    (void)fclose(file);
    if (ok && t->n_rows > 0)
        return true;
    fprintf(stderr, "%s: row %zu: expected as many numbers as there are columns, and one of at most %d classes\n",
            path, t->n_rows + 1, TABLE_MAX_CLASSES);
    table_free(t);
    return false;
}

void table_standardise(table *t)
{
    const double n = (double)t->n_rows;
    for (size_t j = 0; j < t->n_columns; j++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < t->n_rows; i++)
            sum += t->values[i * t->n_columns + j];
        for (size_t i = 0; i < t->n_rows; i++)
            squares += pow(t->values[i * t->n_columns + j] - sum / n, 2);
        const double deviation = squares > 0 ? sqrt(squares / n) : 1;
        for (size_t i = 0; i < t->n_rows; i++) {
            double *value = &t->values[i * t->n_columns + j];
            *value = (*value - sum / n) / deviation;
        }
    }
}

void table_keep_two(table *t, size_t class_0, size_t class_1)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        if (t->labels[i] != class_0 && t->labels[i] != class_1)
            continue;
        memmove(t->values + n * t->n_columns, t->values + i * t->n_columns, t->n_columns * sizeof *t->values);
        t->labels[n++] = t->labels[i] == class_1;
    }
    t->n_rows = n;
    t->n_classes = 2;
    memmove(t->classes[0], t->classes[class_0], TABLE_NAME_SIZE);
    memmove(t->classes[1], t->classes[class_1], TABLE_NAME_SIZE);
}

void table_free(table *t)
{
    free(t->values);
    free(t->labels);
    *t = (table){0};
}
