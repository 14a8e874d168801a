/* Images, or the rows of a table, with their labels. */
#pragma once

#include <stdbool.h>

#include "data/table.h"
#include "base/read.h"
#include "softmax.h"
#include "base/status.h"

typedef struct dataset {
    size_t n_samples, n_rows, n_columns;
    size_t n_classes;      /* the highest label + 1 */
    uint8_t *pixels;       /* [n_samples, n_rows, n_columns], 0 black to 255 white */
    float *values;         /* [n_samples, n_columns] of a table, which has one row and no pixels; else NULL */
    uint8_t *labels;       /* [n_samples] */
    class_names *names;    /* what the classes of a table are called; else NULL */
    bytes images, classes; /* the files that the two lie in */
    char *images_path, *labels_path; /* for messages */
} dataset;

typedef enum dataset_part { DATASET_TRAIN, DATASET_TEST } dataset_part;

/* Reads the training or the test files of a folder; see locate.h for their names. The caller gives the
 * dataset to dataset_destroy. */
status dataset_load(const char *folder, dataset_part part, dataset *data, failure *f);

/* The same for the folder that locate_folder finds. */
status load_data(const char *wanted_folder, dataset_part part, dataset *data, failure *f);

/* Reads a table as data, of known classes or of those that are found. */
status dataset_load_table(const char *path, const table_format *format, dataset *data, failure *f);

/* What a column of a table was standardized by: (value - mean) / unit. */
typedef struct column_scale {
    double mean, unit;
    bool is_constant; /* it never changes; its unit is 1 */
} column_scale;

/* Gives each column of a table the mean 0 and the mean square 1 over the first n samples; one that never changes
 * there keeps its unit. Fails where one of the other samples lies beyond all bounds. *scales [n_columns] is the
 * caller's to free. */
status dataset_standardize(dataset *data, size_t n, column_scale **scales, failure *f);

/* Sets *n_samples to how many a part of a folder has, by the header of its labels; 0 where there is no such file. */
status dataset_count(const char *folder, dataset_part part, size_t *n_samples, failure *f);

/* Frees what it holds; {0} is allowed. */
void dataset_destroy(dataset *data);

/* Puts other images and labels, from malloc, in the place of those it holds; it owns them from then on. */
void dataset_replace(dataset *data, size_t n_samples, uint8_t *pixels, uint8_t *labels);

/* Moves n_held_out samples to the end of the data, chosen by the seed so that each class gives its share
 * (the largest remainders make up the exact number); both parts keep the order of the file. n_held_out is
 * below n_samples. */
status dataset_hold_out(dataset *data, size_t n_held_out, uint64_t seed, failure *f);

/* Fails unless the images or columns are as many and as large, and every label is below the number of classes, as a
 * model knows. */
status dataset_check(const dataset *data, size_t n_rows, size_t n_columns, size_t n_classes, failure *f);

/* Renumbers the classes that have a sample 0, 1, .. and says in labels [SM_MAX_CLASSES] what each was called;
 * n_classes becomes their number. */
void dataset_drop_empty_classes(dataset *data, uint8_t *labels);

/* A number that differs, most likely, for other images, labels or order of them; the same on every machine. */
uint64_t dataset_digest(const dataset *data);

/* Samples first .. first + n - 1 as the library wants them, with n_classes classes and pixels from 0 to 1.
 * *matrix must live as long as the source. */
sm_source dataset_source(const dataset *data, size_t first, size_t n, size_t n_classes, sm_matrix *matrix);
