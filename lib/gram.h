/* Products of many long vectors with each other. Private to the library. */
#pragma once

#include "kernels/kernels.h"
#include "softmax.h"

/* products [n, n] += X X', its upper triangle, for X [n, n_columns], which is given by its columns [n_columns, n]; n is a
 * multiple of SM_LANES. Some values below the diagonal change, too. Fails with SM_ERROR_MEMORY. */
sm_status sm_gram(const sm_kernels *kernels, size_t n_threads, size_t n_columns, size_t n, const float *columns,
                  float *products);
