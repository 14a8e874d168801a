/* A table of numbers from a CSV file, with a class at the end of each row. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_MAX_COLUMNS = 64, TABLE_NAME_SIZE = 32, TABLE_MAX_CLASSES = 256 };

typedef struct table {
    size_t n_rows, n_columns, n_classes;
    double *values;  /* [n_rows, n_columns] */
    uint8_t *labels; /* [n_rows], each below n_classes */
    char columns[TABLE_MAX_COLUMNS][TABLE_NAME_SIZE];
    char classes[TABLE_MAX_CLASSES][TABLE_NAME_SIZE]; /* in order of first appearance in the file */
} table;

/* Reads a file whose first line names the columns, and whose other lines have numbers and a class, separated by commas.
 * The caller calls table_free. On failure returns false, leaves *t empty, and prints a line to standard error that says
 * what is wrong. */
bool table_read(const char *path, table *t);

/* Shifts and scales each column to mean 0 and deviation 1, so that one penalty suits all weights. */
void table_standardise(table *t);

/* Keeps only the rows of two classes, which become classes 0 and 1. */
void table_keep_two(table *t, size_t class_0, size_t class_1);

void table_free(table *t);

#endif
