/*
 * From an image to the features that the model reads: a family of fixed maps in one table. A new map is a file that
 * defines a feature_map, and a line in features.c; the rest of the program needs no change.
 */
#pragma once

#include "base/pool.h"
#include "base/status.h"
#include "softmax.h"

enum { FEATURES_MAX_PARAMETERS = 4 };

/* A whole number that a map is tuned by. */
typedef struct feature_parameter {
    const char *name; /* NULL ends a list */
    size_t low, high; /* both allowed */
    size_t default_value;
    const char *help; /* a line without a full stop */
} feature_parameter;

/* A map prepared for images of one size. */
typedef struct feature_transform feature_transform;

typedef struct feature_map {
    const char *name;
    const char *summary; /* a line without a full stop, for --help */
    const char *input;   /* the input of a model of these features, for model files and export */
    feature_parameter parameters[FEATURES_MAX_PARAMETERS + 1];
    sm_type type; /* of the features */
    double unit;  /* with SM_U8, as in sm_source */

    /* The number of features of an image of this size. Fails, with a line that starts with the size, where the map
     * does not take it. NULL: one feature per pixel. */
    status (*count)(const size_t *values, size_t n_rows, size_t n_columns, size_t *n_features, failure *f);

    /* Makes the tables that all images share, in memory from t->memory, which fails if there is too little. NULL if
     * there are none. */
    void *(*prepare)(feature_transform *t);

    /* Writes the rows [n, D], of the type above, of n images [n_rows, n_columns] of bytes. The same image always
     * gives the same bits, whatever the other images. Called from several threads at once. False if memory ran
     * out. NULL: the rows are the images. */
    bool (*transform)(const feature_transform *t, size_t n, const uint8_t *const *images, void *rows);

    /* The vector-Jacobian product: gradients [n, n_rows, n_columns], with respect to the pixels of image i from 0
     * to 1, of the inner product of its features, as real numbers, and vectors[i] [D]. Where the map has a kink,
     * one of its slopes. False if memory ran out. NULL: the features are the pixels, or there are none. */
    bool (*vjp)(const feature_transform *t, size_t n, const uint8_t *const *images, const float *const *vectors,
                float *gradients);
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

const feature_map *features_map(const feature_choice *choice);

/* Reads NAME or NAME:key=value,key=value. Fails with STATUS_FAILED and a line that does not repeat the text. */
status features_parse(const char *text, feature_choice *choice, failure *f);

/* Sets parameters of a choice from key=value,key=value; the others stay as they are. Fails as features_parse does. */
status features_set(const char *parameters, feature_choice *choice, failure *f);

/* Writes the text of a choice, as features_parse reads it, with the values of all parameters. */
enum { FEATURES_TEXT_SIZE = 128 };
void features_print(const feature_choice *choice, char text[FEATURES_TEXT_SIZE]);

/* Writes the notes of a command's help into text [size], followed by all maps and their parameters. */
void features_print_help(char *text, size_t size, const char *notes);

/* As feature_map.count. */
status features_count(const feature_choice *choice, size_t n_rows, size_t n_columns, size_t *n_features,
                      failure *f);

struct feature_transform {
    feature_choice choice;
    const feature_map *map; /* that of the choice; NULL if it is not open */
    size_t n_rows, n_columns, n_features;
    const char *isa; /* as in sm_execution */
    void *prepared;  /* the map's own */
    pool memory;     /* of the tables */
};

/* Prepares a map for images of a size; isa must outlive it. *t is for features_close. Fails, with a line that
 * starts with the size, where the map does not take it. */
status features_open(const feature_choice *choice, size_t n_rows, size_t n_columns, const char *isa,
                     feature_transform *t, failure *f);
void features_close(feature_transform *t);
