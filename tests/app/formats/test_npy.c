/* Writing NumPy's format, checked with its description. test_table.c reads such files. */
#include <stdlib.h>

#include "formats/npy.h"
/* In this order: check.h defines a macro named `fail`. */
#include "support/suite.h"

START_TEST(arrays_match_the_description)
{
    const float values[] = {1, -2, 0.5F, 0};
    buffer b = {0};
    npy_print(2, 2, values, &b);
    ck_assert_uint_eq(b.size, 128 + 16);
    ck_assert_mem_eq(b.data, "\x93NUMPY\x01\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), } ",
                     69);
    ck_assert_int_eq(b.data[127], '\n');
    ck_assert_mem_eq(b.data + 128, "\0\0\x80\x3f\0\0\0\xc0\0\0\0\x3f\0\0\0\0", 16);
    free(b.data);
    b = (buffer){0};
    npy_print(4, 0, values, &b);
    ck_assert_uint_eq(b.size, 128 + 16);
    ck_assert_mem_eq(b.data + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", 57);
    free(b.data);
}
END_TEST

int main(void)
{
    return SUITE_RUN("npy", arrays_match_the_description);
}
