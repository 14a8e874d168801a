/* How well a model did, as text. */
#ifndef SHOW_SCORE_TABLES_H
#define SHOW_SCORE_TABLES_H

#include <stdio.h>

#include "softmax.h"

/* Everything that eval found out. */
typedef struct scores {
    size_t n_classes;
    size_t *confusion;         /* [n_classes, n_classes], true classes are rows */
    sm_class_metrics *classes; /* [n_classes] */
    sm_counts counts;
    sm_interval interval; /* of the accuracy, 95 % */
    double accuracy, mean_loss;
    sm_confused_pair confused[5]; /* the most confused pairs */
    size_t n_confused;
} scores;

/* One line: accuracy, interval, loss. */
void print_summary(FILE *out, const scores *s);

/* Precision, recall and F1 a class. */
void print_class_table(FILE *out, const scores *s);

/* The most confused pairs. */
void print_confused_pairs(FILE *out, const scores *s);

/* The confusion matrix, aligned. */
void print_confusion(FILE *out, const scores *s);

#endif
