/* Where data lies. */
#pragma once

#include "base/status.h"

/* A split of a data set, which has files of its own. */
typedef enum split { SPLIT_TRAIN, SPLIT_TEST } split;

/* Finds the folder of the data: `wanted` (of --data) if not NULL, else $MNIST_DATA, else the first that exists of
 * datasets/mnist in the working directory, datasets/mnist next to the program, and the installed share folder. The
 * caller frees *folder. The failure names every path tried. */
status locate_folder(const char *wanted, char **folder, failure *f);

/* Fails if `wanted` (of a --data that takes a table as well) is neither NULL nor the path of anything. */
status check_exists(const char *wanted, failure *f);

/* Finds the file of a split's labels, or else its images: train or training, t10k or test, a dash or a dot before
 * idx, .gz or plain. The caller frees *path. If there is no such file, *path is NULL; that is a failure, which
 * names every file tried, if the file is required. */
status locate_file(const char *folder, split which, bool labels, bool is_required, char **path, failure *f);

/* Whether a folder has a file that locate_file would find, of any split. */
status has_idx_files(const char *folder, bool *has, failure *f);
