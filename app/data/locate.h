/* Where data lies. */
#pragma once

#include "data/dataset.h"

/* The folder of the data: `wanted` (of --data) unless NULL, else $MNIST_DATA, else the first of
 * datasets/mnist from where one stands, beside the program, and the installed share folder that is there.
 * The caller frees *folder. The failure names every path tried. */
status locate_folder(const char *wanted, char **folder, failure *f);

/* Whether `wanted` (of --data) names a file, and so a table; false for NULL, a folder and a name that does not exist. */
bool names_table(const char *wanted);

/* The path of an images or labels file in a folder: train or training, t10k or test, a dash or a dot before
 * idx, .gz or plain. The caller frees *path. */
status locate_file(const char *folder, dataset_part part, bool labels, char **path, failure *f);

/* The same; where no such file is there, that is no failure, and *path is NULL. */
status locate_file_if_any(const char *folder, dataset_part part, bool labels, char **path, failure *f);
