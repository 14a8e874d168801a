#include "problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

enum { LINE_BYTES = 1 << 16, NAME_BYTES = 64 };

void *allocate(size_t n, size_t bytes)
{
    void *memory = calloc(n + 1, bytes);
    if (!memory) {
        (void)fprintf(stderr, "minimum: not enough memory\n");
        exit(1);
    }
    return memory;
}

/* A file on its way to a problem. */
typedef struct table {
    const char *path;
    FILE *file;
    size_t n_lines; /* read */
    char line[LINE_BYTES], names[SM_MAX_CLASSES][NAME_BYTES];
} table;

static _Noreturn void fail_line(const table *t, const char *what)
{
    (void)fprintf(stderr, "minimum: %s: line %zu: %s\n", t->path, t->n_lines, what);
    exit(1);
}

/* The next line without its end; false at the end of the file. */
static bool read_line(table *t)
{
    if (!fgets(t->line, sizeof t->line, t->file))
        return false;
    t->n_lines++;
    t->line[strcspn(t->line, "\r\n")] = 0;
    return *t->line;
}

static uint8_t find_class(table *t, problem *p, const char *name)
{
    size_t k = 0;
    while (k < p->n_classes && strcmp(t->names[k], name) != 0)
        k++;
    if (k == SM_MAX_CLASSES || strlen(name) >= NAME_BYTES)
        fail_line(t, "has the label of a 257th class, or a long one");
    if (k == p->n_classes)
        (void)strcpy(t->names[p->n_classes++], name);
    return (uint8_t)k;
}

/* Appends the row of a line. */
static void take_row(table *t, problem *p)
{
    const size_t n = p->n_samples++;
    p->values = realloc(p->values, p->n_samples * p->n_features * sizeof *p->values);
    p->labels = realloc(p->labels, p->n_samples);
    if (!p->values || !p->labels)
        fail_line(t, "not enough memory");
    char *cell = t->line;
    for (size_t d = 0; d < p->n_features; d++) {
        char *end;
        p->values[n * p->n_features + d] = strtod(cell, &end);
        if (end == cell || *end != ',')
            fail_line(t, "expected numbers between commas, and a label");
        cell = end + 1;
    }
    p->labels[n] = find_class(t, p, cell);
}

problem *problem_read(const char *path, double l2)
{
    table *t = allocate(1, sizeof *t);
    problem *p = allocate(1, sizeof *p);
    t->path = path;
    t->file = fopen(path, "r");
    if (!t->file || !read_line(t))
        fail_line(t, "cannot be read");
    for (const char *c = t->line; *c; c++)
        p->n_features += *c == ',';
    p->l2 = l2;
    p->kind = KIND_TABLE;
    (void)snprintf(p->description, sizeof p->description, "%s", path);
    while (read_line(t))
        take_row(t, p);
    if (p->n_samples < 2 || p->n_features == 0 || p->n_classes < 2)
        fail_line(t, "expected a header, features, and labels of two classes");
    (void)fclose(t->file);
    free(t);
    return p;
}

/* The formula of app/data/standardisation.c: differences from the first value are averaged. */
static void standardise_column(problem *p, size_t d)
{
    double *values = p->values + d, mean = 0, variance = 0;
    const double first = *values, n = (double)p->n_samples;
    for (size_t i = 0; i < p->n_samples; i++)
        mean += (values[i * p->n_features] - first) / n;
    for (size_t i = 0; i < p->n_samples; i++) {
        const double difference = values[i * p->n_features] - first - mean;
        variance += difference * difference / n;
    }
    const double deviation = sqrt(variance), unit = deviation > 1e-30 ? deviation : 1;
    for (size_t i = 0; i < p->n_samples; i++)
        values[i * p->n_features] = (values[i * p->n_features] - (first + mean)) / unit;
}

void problem_standardise(problem *p)
{
    p->is_standardised = true;
    for (size_t d = 0; d < p->n_features; d++)
        standardise_column(p, d);
}

void problem_round(problem *p)
{
    for (size_t i = 0; i < p->n_samples * p->n_features; i++)
        p->values[i] = (double)(float)p->values[i];
}

void problem_free(problem *p)
{
    if (!p)
        return;
    free(p->labels);
    free(p->values);
    free(p);
}
