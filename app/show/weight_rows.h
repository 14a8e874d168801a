/* The weights of a model in a terminal. */
#ifndef SHOW_WEIGHT_ROWS_H
#define SHOW_WEIGHT_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#include "files/model.h"

/* Prints the weights of all classes side by side in 80 columns, blue for those that speak for a class and red for
 * those that speak against it; all on one scale, or `each` on its own. False if memory ran out. */
bool print_weights(FILE *out, bool colours, const model *m, bool each);

#endif
