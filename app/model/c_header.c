#include "model/c_header.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/c_header/files.h"

enum { MAX_COLUMNS = 110, LARGEST = 127, LITERAL_SIZE = 40 };

/* A literal that gives exactly this float. */
static void print_literal(float value, char literal[LITERAL_SIZE])
{
    char number[LITERAL_SIZE - 4];
    (void)snprintf(number, sizeof number, "%.9g", (double)value);
    (void)snprintf(literal, LITERAL_SIZE, "%s%sf", number, strpbrk(number, ".e") ? "" : ".0");
}

/* Adds numbers in lines that fit on a screen: floats, or the nearest multiples of *step. */
static void add_numbers(buffer *b, size_t n, const float *values, const float *step)
{
    size_t line_start = b->size;
    buffer_print(b, "   ");
    for (size_t i = 0; i < n; i++) {
        char text[LITERAL_SIZE];
        if (step)
            (void)snprintf(text, sizeof text, "%ld", *step > 0 ? lround((double)values[i] / (double)*step) : 0L);
        else
            print_literal(values[i], text);
        if (b->size - line_start + strlen(text) + 2 > MAX_COLUMNS) {
            buffer_print(b, "\n   ");
            line_start = b->size - 3;
        }
        buffer_print(b, " %s,", text);
    }
}

/* The weight that a whole number of 1 means for a class. */
static float step_of(size_t n, const float *weights)
{
    float largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmaxf(largest, fabsf(weights[i]));
    return largest / LARGEST;
}

/* The rows of all weights, as floats or in steps. */
static void print_weights(const model *m, bool quantized, buffer *b)
{
    for (size_t k = 0; k < m->n_classes; k++) {
        const float *weights = m->weight + k * m->n_features, step = step_of(m->n_features, weights);
        buffer_print(b, "%s  {\n", k > 0 ? "\n" : "");
        add_numbers(b, m->n_features, weights, quantized ? &step : NULL);
        buffer_print(b, "\n  },");
    }
}

/* Scores are divided by the temperature, and sums over pixels by 255, in place of each pixel. */
static double unit_of(const model *m)
{
    return 1 / (255 * m->temperature);
}

/* A number for each class: its bias, or the score that a step of its weights adds for a pixel of 1. */
static void print_of_classes(const model *m, bool scales, buffer *b)
{
    float values[SM_MAX_CLASSES];
    for (size_t k = 0; k < m->n_classes; k++)
        values[k] = scales ? (float)((double)step_of(m->n_features, m->weight + k * m->n_features) * unit_of(m))
                           : (float)((double)m->bias[k] / m->temperature);
    add_numbers(b, m->n_classes, values, NULL);
}

/* The values of the names in a template. */
typedef struct header_export {
    const model *m;
    bool quantized;
} header_export;

static void print_named(const void *context, const char *name, buffer *b)
{
    const header_export *e = context;
    const model *m = e->m;
    const size_t weight_bytes = e->quantized ? 1 : sizeof(float), numbers_per_class = e->quantized ? 2 : 1;
    const size_t n_bytes = m->n_classes * (m->n_features * weight_bytes + numbers_per_class * sizeof(float));
    const bool sum_is_small = m->n_features <= INT32_MAX / (255 * LARGEST);
    const struct {
        const char *name;
        size_t value;
    } sizes[] = {{"rows", m->n_rows},
                 {"columns", m->n_columns},
                 {"pixels", m->n_features},
                 {"classes", m->n_classes},
                 {"bytes", n_bytes}};
    char unit[LITERAL_SIZE];
    print_literal((float)unit_of(m), unit);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(name, sizes[i].name) == 0)
            buffer_print(b, "%zu", sizes[i].value);
    if (strcmp(name, "options") == 0)
        buffer_print(b, "%s", e->quantized ? " --quantize int8" : "");
    else if (strcmp(name, "version") == 0)
        buffer_print(b, "%s", MNIST_VERSION);
    else if (strcmp(name, "sum_type") == 0)
        buffer_print(b, "%s", sum_is_small ? "int32_t" : "int64_t");
    else if (strcmp(name, "unit") == 0)
        buffer_print(b, "%s", unit);
    else if (strcmp(name, "weights") == 0)
        print_weights(m, e->quantized, b);
    else if (strcmp(name, "scales") == 0)
        print_of_classes(m, true, b);
    else if (strcmp(name, "biases") == 0)
        print_of_classes(m, false, b);
}

void c_header_print(const model *m, bool quantized, buffer *b)
{
    buffer_fill_in(b, quantized ? c_header_int8 : c_header_float, print_named, &(header_export){m, quantized});
}
