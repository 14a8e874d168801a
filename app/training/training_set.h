/* The samples of a training, ready for the objective: split, standardised, augmented and mapped to features. */
#pragma once

#include "training/settings.h"
#include "data/standardisation.h"
#include "digits/picture_folder.h"
#include "model/feature_store.h"
#include "model/model.h"

typedef struct training_set {
    dataset data; /* the training split, its copies, then the validation split; without the classes that have */
                  /* no sample, whose biases would decrease without limit */
    size_t n_training;  /* with the copies */
    size_t n_originals; /* without them */
    size_t n_validation;
    size_t n_labels;                /* classes, including those without a sample */
    uint8_t labels[SM_MAX_CLASSES]; /* the label of each class of the data */
    uint8_t *folds;                 /* [n_originals], see dataset_make_folds; NULL without --folds */
    column_scale *scales;           /* [n_columns] of a table; NULL for images */
    uint64_t digest;                /* of the data as it was read, if there may be checkpoints; else 0 */
    picture_summary read, added;    /* of a --data of pictures, and of --add */
    model initial;                  /* the model of --from, {0} without it */
    feature_store store;            /* of all the data */
    double feature_seconds;         /* spent on it */
} training_set;

/* Loads and prepares the samples. *set is for training_set_destroy, after a failure as well, and must stay where it
 * is: the store points to the data. */
status training_set_load(const settings *s, training_set *set, failure *f);
void training_set_destroy(training_set *set);

/* Sets parameters, for standardised columns and the classes that have a sample, to the weights of a model of the shape
 * that the set has. */
void get_model_weights(const training_set *set, const model *m, double *parameters);

/* The reverse. The weights of a model are floats, to which they are rounded. */
void set_model_weights(const training_set *set, const double *parameters, model *m);
