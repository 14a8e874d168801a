#include "files/npy.h"

#include <stdio.h>
#include <string.h>

/*
 * The format: the magic and the version, 2 bytes with the length of the header, the header, a dictionary as Python
 * writes it, filled up with blanks so that the values start at a multiple of 64, and the values.
 * (numpy.lib.format, version 1.0)
 */
static const char MAGIC[] = "\x93NUMPY\x01";
enum { LENGTH_BYTES = 2, PREFIX_BYTES = sizeof MAGIC + LENGTH_BYTES, ALIGNMENT = 64 };

void npy_print(size_t n_rows, size_t n_columns, const float *values, buffer *b)
{
    char columns[32] = "", header[160];
    if (n_columns > 0)
        (void)snprintf(columns, sizeof columns, " %zu", n_columns);
    (void)snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu,%s), }", n_rows,
                   columns);
    const size_t length = strlen(header) + 1; /* a newline ends it */
    const size_t padded = (PREFIX_BYTES + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - PREFIX_BYTES;
    buffer_add(b, MAGIC, sizeof MAGIC); /* its terminator is the lower half of the version */
    buffer_add_number(b, padded, LENGTH_BYTES);
    buffer_print(b, "%s%*s\n", header, (int)(padded - length), "");
    buffer_add_floats(b, n_columns > 0 ? n_rows * n_columns : n_rows, values);
}
