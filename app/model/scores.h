/* How well a model does on data: the numbers that eval prints and report draws. */
#pragma once

#include "data/dataset.h"
#include "model/model.h"

enum { N_CALIBRATION_BINS = 10, N_COVERAGES = 6 };

/* The samples whose predictions are at least as probable as a threshold. */
typedef struct coverage {
    double threshold;
    sm_counts covered;
} coverage;

typedef struct scores {
    size_t n_classes;
    const class_names *names;  /* those of the model; NULL where classes are numbers */
    bool is_table;             /* the samples are rows of a table, not images */
    float *probabilities;      /* [n_samples, n_classes], at the model's temperature */
    size_t *confusion;         /* [n_classes, n_classes], true classes are rows */
    sm_class_metrics *classes; /* [n_classes] */
    sm_counts counts;
    sm_interval interval; /* of the accuracy, 95 % */
    double accuracy, mean_loss;
    sm_confused_pair confused[5]; /* the most confused pairs */
    size_t n_confused;
    double temperature;                           /* of the model */
    double calibration_error, uncalibrated_error; /* expected calibration error; the latter at a temperature of 1 */
    sm_calibration_bin bins[N_CALIBRATION_BINS];
    coverage coverages[N_COVERAGES]; /* thresholds ascending from 0 */
} scores;

/* Scores a model on labelled data. Fails if the data is not of the model's shape. *s, {0} before, is for
 * scores_destroy, also after a failure; it refers to the names of the model, which must outlive it. */
status score_model(const dataset *data, const model *m, const sm_execution *execution, scores *s, failure *f);
void scores_destroy(scores *s);
