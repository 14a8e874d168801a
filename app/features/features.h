/*
 * From an image to the features that the model reads: a family of fixed maps behind one table. A new one is a file
 * with a feature_map in it, and a line in features.c; nothing else learns of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "softmax.h"
#include "base/status.h"

enum { FEATURES_MAX_PARAMETERS = 4 };

/* A whole number that a map is tuned by. */
typedef struct feature_parameter {
    const char *name; /* NULL ends a list */
    size_t low, high; /* both allowed */
    size_t standard;  /* what it is unless it is given */
    const char *help; /* a line without a full stop */
} feature_parameter;

/* A transform made ready: which map, for images of which size. */
typedef struct feature_transform feature_transform;

typedef struct feature_map {
    const char *name;
    const char *summary;                 /* a line without a full stop, for --help */
    const char *input;                   /* what a model file says that its weights are for */
    const feature_parameter *parameters; /* at most FEATURES_MAX_PARAMETERS */
    sm_type type;                        /* of the features */
    double unit;                         /* with SM_U8, as in sm_source */

    /* How many features an image of this size has. Fails, with a line that starts with the size, where the map
     * cannot serve it. */
    status (*count)(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f);

    /* Makes ready what is the same for all images, t->prepared; t says everything else. NULL where there is
     * nothing. */
    status (*prepare)(feature_transform *t, failure *f);
    void (*release)(void *prepared);

    /* Writes the rows [n, D], of the type above, of n images [n_rows, n_columns] of bytes. The same image always
     * gives the same bits, whatever stands beside it; called from several threads at once. False if memory ran out.
     * NULL for the maps that take pixels or columns as they are. */
    bool (*transform)(const feature_transform *t, size_t n, const uint8_t *const *images, void *rows);

    /* gradients [n, n_rows, n_columns]: of the inner product of image i's features, as real numbers, with
     * vectors[i] [D], the gradient with respect to its pixels from 0 to 1: the transposed Jacobian times that
     * vector. Where the map has a kink, one of its slopes. False if memory ran out. NULL where there are no pixels.
     */
    bool (*pull_back)(const feature_transform *t, size_t n, const uint8_t *const *images,
                      const float *const *vectors, float *gradients);
} feature_map;

extern const feature_map feature_map_pixels, feature_map_deskew, feature_map_scattering, feature_map_patches,
    feature_map_columns;

/* A map and the values of its parameters; {0} is pixels. */
typedef struct feature_choice {
    size_t map; /* index in the table */
    size_t values[FEATURES_MAX_PARAMETERS];
} feature_choice;

/* Whether the map is that of tables, which takes no images. */
bool features_are_columns(const feature_choice *choice);

/* The map of a choice. */
const feature_map *features_map(const feature_choice *choice);

/* Reads NAME or NAME:key=value,key=value. Fails with STATUS_FAILED and a line that does not repeat the text. */
status features_parse(const char *text, feature_choice *choice, failure *f);

/* Prints what features_parse reads, with the values of all parameters. */
enum { FEATURES_TEXT_SIZE = 128 };
void features_print(const feature_choice *choice, char text[FEATURES_TEXT_SIZE]);

/* Prints notes of a command's help into text [size], and behind them all maps and their parameters. */
void features_print_help(char *text, size_t size, const char *notes);

/* What feature_map.count says. */
status features_count(const feature_choice *choice, size_t n_rows, size_t n_columns, size_t *n_features,
                      failure *f);

struct feature_transform {
    feature_choice choice;
    const feature_map *map; /* that of the choice; NULL while it is not open */
    size_t n_rows, n_columns, n_features;
    const char *isa; /* as in sm_execution */
    void *prepared;  /* the map's own */
};

/* Makes a map ready for images of a size; isa must outlive it. On success *t is for features_close. Fails, with a
 * line that starts with the size, where the map cannot serve it. */
status features_open(const feature_choice *choice, size_t n_rows, size_t n_columns, const char *isa,
                     feature_transform *t, failure *f);

/* Frees what it holds; {0} is allowed. */
void features_close(feature_transform *t);
