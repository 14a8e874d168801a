/* The table of many trials. */
#ifndef MINIMUM_SUMMARY_H
#define MINIMUM_SUMMARY_H

#include "trial.h"

/* Prints the table, in Markdown: all trials and each kind in columns. */
void summary_print(size_t n, const trial *trials, double tolerance);

/* Prints a line for each of up to n_lines trials that failed: first those that say something wrong, then those furthest
 * above the minimum. */
void summary_print_failures(size_t n, const trial *trials, double tolerance, size_t n_lines);

#endif
