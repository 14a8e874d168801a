/* How well a model did, as text. */
#pragma once

#include <stdio.h>

#include "model/scores.h"

/* One line: accuracy, interval, loss. */
void print_summary(FILE *out, const scores *s);

/* Precision, recall and F1 a class. */
void print_class_table(FILE *out, const scores *s);

/* The calibration error, and for each threshold of rejection the coverage and the accuracy of what is answered. */
void print_calibration(FILE *out, const scores *s);

/* The most confused pairs. */
void print_confused_pairs(FILE *out, const scores *s);

/* The confusion matrix, aligned. */
void print_confusion(FILE *out, const scores *s);
