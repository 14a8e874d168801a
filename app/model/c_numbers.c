#include "model/c_numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_COLUMNS = 110, LITERAL_SIZE = 40 };

static void write_float(float value, char literal[LITERAL_SIZE])
{
    char number[LITERAL_SIZE - 4];
    (void)snprintf(number, sizeof number, "%.9g", (double)value);
    (void)snprintf(literal, LITERAL_SIZE, "%s%sf", number, strpbrk(number, ".e") ? "" : ".0");
}

void c_float_print(float value, buffer *b)
{
    char literal[LITERAL_SIZE];
    write_float(value, literal);
    buffer_print(b, "%s", literal);
}

/* Floats, or multiples of *step. */
static void print_list(size_t n, const float *values, const float *step, buffer *b)
{
    size_t line_start = b->size;
    buffer_print(b, "   ");
    for (size_t i = 0; i < n; i++) {
        char text[LITERAL_SIZE];
        if (step)
            (void)snprintf(text, sizeof text, "%ld", *step > 0 ? lround((double)values[i] / (double)*step) : 0L);
        else
            write_float(values[i], text);
        if (b->size - line_start + strlen(text) + 2 > MAX_COLUMNS) {
            buffer_print(b, "\n   ");
            line_start = b->size - 3;
        }
        buffer_print(b, " %s,", text);
    }
}

void c_floats_print(size_t n, const float *values, buffer *b)
{
    print_list(n, values, NULL, b);
}

void c_steps_print(size_t n, const float *values, float step, buffer *b)
{
    print_list(n, values, &step, b);
}
