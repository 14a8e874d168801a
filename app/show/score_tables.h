/* How well a model did, as text. */
#pragma once

#include <stdio.h>

#include "data/class_names.h"
#include "softmax.h"

/* Bins of the calibration, and confidences below which an answer might be rejected. */
enum { N_CALIBRATION_BINS = 10, N_REJECTIONS = 6 };

/* What is answered, and how well, if less sure answers are rejected. */
typedef struct rejection {
    double least; /* probability that an answer must have */
    sm_counts answered;
} rejection;

/* Everything that eval found out. */
typedef struct scores {
    size_t n_classes;
    const class_names *names;  /* what they are called, of the model; NULL for numbers, and images */
    size_t *confusion;         /* [n_classes, n_classes], true classes are rows */
    sm_class_metrics *classes; /* [n_classes] */
    sm_counts counts;
    sm_interval interval; /* of the accuracy, 95 % */
    double accuracy, mean_loss;
    sm_confused_pair confused[5]; /* the most confused pairs */
    size_t n_confused;
    double temperature;
    double calibration_error,
        uncalibrated_error; /* expected calibration error, the latter for a temperature of 1 */
    sm_calibration_bin bins[N_CALIBRATION_BINS];
    rejection rejections[N_REJECTIONS];
} scores;

/* One line: accuracy, interval, loss. */
void print_summary(FILE *out, const scores *s);

/* Precision, recall and F1 a class. */
void print_class_table(FILE *out, const scores *s);

/* The calibration error, and what rejecting unsure answers gains. */
void print_calibration(FILE *out, const scores *s);

/* The most confused pairs. */
void print_confused_pairs(FILE *out, const scores *s);

/* The confusion matrix, aligned. */
void print_confusion(FILE *out, const scores *s);
