/* Scores as tables in text. */
#pragma once

#include <stdio.h>

#include "model/scores.h"

/* Accuracy with its interval, and the mean loss. */
void print_summary(FILE *out, const scores *s);

/* Precision, recall and F1 of each class. */
void print_class_table(FILE *out, const scores *s);

/* The calibration error, and coverage and accuracy for each threshold. */
void print_calibration(FILE *out, const scores *s);

/* The most confused pairs. */
void print_confused_pairs(FILE *out, const scores *s);

/* The confusion matrix, aligned. */
void print_confusion(FILE *out, const scores *s);
