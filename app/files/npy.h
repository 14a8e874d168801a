/* NumPy's format for one array. */
#ifndef FILES_NPY_H
#define FILES_NPY_H

#include <stddef.h>

#include "files/buffer.h"

/* Adds the bytes of a file with floats [n_rows, n_columns], or [n_rows] where n_columns is 0. */
void npy_print(size_t n_rows, size_t n_columns, const float *values, buffer *b);

#endif
