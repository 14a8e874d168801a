/* The weights of a model in a terminal. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "model/model.h"

/* Prints the weights of all classes side by side in 80 columns, blue for those that speak for a class and red for
 * those that speak against it; all on one scale, or `each` on its own. False if memory ran out. */
bool print_weights(FILE *out, bool colours, const model *m, bool each);
