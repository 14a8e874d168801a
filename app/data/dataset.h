/* Images, or the rows of a table, with their labels. */
#pragma once

#include "data/class_names.h"
#include "data/locate.h"

typedef struct dataset {
    size_t n_samples, n_rows, n_columns;
    size_t n_classes;   /* every label is below it */
    uint8_t *pixels;    /* [n_samples, n_rows, n_columns], 0 black to 255 white */
    double *values;     /* [n_samples, n_columns] of a table, which has one row and no pixels; else NULL */
    uint8_t *labels;    /* [n_samples] */
    class_names *names; /* of the classes of a table, or of pictures; NULL if classes are numbers */
    uint8_t *files[2];  /* the memory that pixels and labels lie in; owned */
    char *images_path, *labels_path; /* for messages */
} dataset;

/* Finds the folder of the data (see locate_folder) and loads a split. *data is for dataset_destroy, and untouched after a
 * failure. */
status dataset_load(const char *wanted_folder, split which, dataset *data, failure *f);
void dataset_destroy(dataset *data);

/* Reads the number of samples of a split from the header of its labels; 0 if there is no such file. */
status dataset_count(const char *folder, split which, size_t *n_samples, failure *f);

/* Replaces the images and labels by others, from malloc, which it then owns. */
void dataset_replace(dataset *data, size_t n_samples, uint8_t *pixels, uint8_t *labels);

/* Adds the samples of another, with images of the same size and the same classes, after those of data. */
status dataset_append(dataset *data, const dataset *more, failure *f);

/* The classes that have a sample. */
size_t dataset_count_classes(const dataset *data);

/* Moves n_held_out samples to the end, chosen by the seed so that each class is represented in proportion: shares are
 * rounded down, and the largest remainders make up the exact number. One sample of each class stays, so n_held_out may
 * be up to n_samples - dataset_count_classes(data). Both parts keep the order of the file. */
status dataset_hold_out(dataset *data, size_t n_held_out, uint64_t seed, failure *f);

/* Sets folds [n_samples] to the fold of each sample, below n_folds, chosen by the seed. The folds differ in size by 1 at
 * most, and so do their shares of a class. The only sample of a class is in none: its fold is n_folds. n_folds is 2 to
 * 255. *n_in_folds is the number of samples that are in one. */
status dataset_make_folds(const dataset *data, size_t n_folds, uint64_t seed, uint8_t *folds, size_t *n_in_folds,
                          failure *f);

/* Fails unless the images or columns have the size that a model reads and every label is one of its n_classes. */
status dataset_check(const dataset *data, size_t n_rows, size_t n_columns, size_t n_classes, failure *f);

/* Drops the classes without samples and renumbers the others from 0, in order; labels [SM_MAX_CLASSES] are their
 * original numbers. */
void dataset_drop_empty_classes(dataset *data, uint8_t *labels);

/* A 64-bit hash of the images or values, the labels and their order; the same on every machine. */
uint64_t dataset_digest(const dataset *data);

/* Samples first .. first + n - 1 as a source for the library, with n_classes classes and pixels from 0 to 1.
 * *matrix must outlive the source. */
sm_source dataset_source(const dataset *data, size_t first, size_t n, size_t n_classes, sm_matrix *matrix);
