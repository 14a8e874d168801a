/* A model: its weights, and what is needed to use them. */
#pragma once

#include "data/class_names.h"
#include "features/features.h"

/* A fact about a model, e.g. how it was trained: an entry of the file's metadata. */
typedef struct model_note {
    char key[32], value[64];
} model_note;

enum { MODEL_MAX_NOTES = 32 };

/* No model of more weights is trained or read: training keeps some 30 numbers for each. */
enum { MODEL_MAX_WEIGHTS = 1 << 24 };

typedef struct model {
    size_t n_classes, n_rows, n_columns; /* of the images it reads; of a table one row */
    class_names *names;      /* of the classes of a table, or of pictures; NULL if classes are numbers */
    feature_choice features; /* computed from an image */
    size_t n_features;       /* of an image of this size */
    float *weight;           /* [n_classes, n_features] */
    float *bias;             /* [n_classes] */
    double temperature;      /* as in sm_model; 1 if none was fitted */
    size_t n_notes;
    model_note notes[MODEL_MAX_NOTES];
} model;

/* Makes a model of this shape, all weights 0, for model_destroy. Fails if the feature map does not take such images. */
status model_create(size_t n_classes, size_t n_rows, size_t n_columns, const feature_choice *features, model *m,
                    failure *f);
void model_destroy(model *m);

/* Allocates the arrays of a model of which everything else is known. */
status model_allocate(model *m, failure *f);

/* Adds a note. Notes beyond MODEL_MAX_NOTES are dropped; values that are too long are cut. */
void model_add_note(model *m, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The model in the library's form; it refers to the arrays of m. */
sm_model model_view(const model *m);
