/* Folders of pictures as data sets: a folder for each class, and in it, or in folders below, its pictures. */
#pragma once

#include "data/dataset.h"
#include "base/buffer.h"

/* The images that pictures become, and the classes that folders may name. */
typedef struct picture_format {
    size_t n_rows, n_columns;
    size_t n_classes;         /* 0 to take the classes that are found */
    const class_names *names; /* [n_classes]; NULL if they are numbers */
} picture_format;

/* How reading went; {0} for data of other kinds. */
typedef struct picture_summary {
    size_t n_read, n_left_out;
    buffer reasons; /* why pictures were left out, each reason in a line, with examples; the caller frees it */
} picture_summary;

/* Whether a folder may be one of pictures: there are folders in it, but no IDX files. */
status is_picture_folder(const char *folder, bool *is, failure *f);

/* Reads the digit in each picture, in the order of the paths, as predict does. The folders name the classes; those
 * without a file are passed over. If all names are whole numbers up to 255, they are the labels; otherwise the sorted
 * names are those of the classes. Files that do not look like a picture are passed over; pictures that cannot be
 * decoded, or in which no digit is found, are left out. Fails if a folder is none of the known classes, if the system
 * cannot read a file, or if no picture is left. *data is for dataset_destroy, and untouched after a failure. The same on
 * any number of threads. */
status picture_folder_load(const char *folder, const picture_format *format, const sm_execution *execution,
                           dataset *data, picture_summary *summary, failure *f);

/* dataset_load for a folder of IDX files or of pictures, which have no splits. */
status image_folder_load(const char *wanted_folder, split which, const picture_format *format,
                         const sm_execution *execution, dataset *data, picture_summary *summary, failure *f);
