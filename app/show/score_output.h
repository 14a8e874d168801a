/* Scores as tables in text, and as JSON. */
#pragma once

#include <stdio.h>

#include "base/buffer.h"
#include "model/scores.h"

/* Print accuracy with its interval, and the mean loss; precision, recall and F1 of each class; the calibration error,
 * and coverage and accuracy for each threshold; the most confused pairs; the confusion matrix, aligned. */
void print_summary(FILE *out, const scores *s);
void print_class_table(FILE *out, const scores *s);
void print_calibration(FILE *out, const scores *s);
void print_confused_pairs(FILE *out, const scores *s);
void print_confusion(FILE *out, const scores *s);

/* Adds the text of metrics.json; `train` if the scores are those of the training set. */
void print_scores_json(buffer *b, const scores *s, bool train);
