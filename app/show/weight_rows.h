/* The weights of a model in a terminal. */
#pragma once

#include <stdio.h>

#include "model/model.h"

/* Prints the weights of all classes side by side in 80 columns, positive ones in blue and negative ones in red; the
 * classes share one scale unless each has its own. */
void print_weights(FILE *out, bool colours, const model *m, bool each);
