/* Problems for which the minimum is looked for: random ones of many kinds, and tables. */
#ifndef MINIMUM_PROBLEM_H
#define MINIMUM_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum problem_kind {
    KIND_SEPARABLE,
    KIND_NEARLY_SEPARABLE, /* but for a few labels */
    KIND_OVERLAPPING,
    KIND_TABLE /* read from a file */
} problem_kind;

typedef struct problem {
    size_t n_samples, n_features, n_classes;
    double l2;
    double *values;  /* [N, D] */
    uint8_t *labels; /* [N]; every class has a sample */
    problem_kind kind;
    bool is_standardised;
    char description[160];
} problem;

/* The problem of a number, 0 or more, the same on every machine; is_large: one of 1,000 to 20,000 parameters instead of
 * up to 1,000. */
problem *problem_random(uint64_t seed, size_t number, bool is_large);

/* A CSV file whose last column is the label; ends the program with a line if it cannot be read. */
problem *problem_read(const char *path, double l2);

/* Columns of mean 0 and deviation 1, as `mnist train` makes them; a constant one becomes 0. */
void problem_standardise(problem *p);

/* Rounds the values to float. */
void problem_round(problem *p);

void problem_free(problem *p);

/* calloc that ends the program if there is no memory. */
void *allocate(size_t n, size_t bytes);

#endif
