#include "model/c_header.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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
    buffer_print(b, "\n");
}

/* The weight that a whole number of 1 means for a class. */
static float step_of(size_t n, const float *weights)
{
    float largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmaxf(largest, fabsf(weights[i]));
    return largest / LARGEST;
}

static void print_opening(const model *m, bool quantized, buffer *b)
{
    const size_t n_weights = m->n_classes * m->n_features;
    const size_t n_bytes =
        n_weights * (quantized ? 1 : sizeof(float)) + m->n_classes * sizeof(float) * (quantized ? 2 : 1);
    buffer_print(
        b,
        "/*\n"
        " * Softmax regression: the class of an image of %zu x %zu pixels, one of %zu.\n"
        " * Written by 'mnist export --format c%s', version %s.\n"
        " *\n"
        " * C99, and C++. It allocates nothing, keeps nothing between calls, and needs nothing of libm but "
        "expf. Its\n"
        " * constants take %zu bytes; include it in one source file, since each that includes it has its "
        "own.\n"
        " */\n"
        "#ifndef DIGIT_H\n"
        "#define DIGIT_H\n\n"
        "#include <math.h>\n"
        "#include <stdint.h>\n\n",
        m->n_columns, m->n_rows, m->n_classes, quantized ? " --quantize int8" : "", MNIST_VERSION, n_bytes);
    buffer_print(b, "enum { DIGIT_ROWS = %zu, DIGIT_COLUMNS = %zu, DIGIT_PIXELS = %zu, DIGIT_CLASSES = %zu };\n\n",
                 m->n_rows, m->n_columns, m->n_features, m->n_classes);
}

static void print_weights(const model *m, bool quantized, buffer *b)
{
    buffer_print(b, "%s",
                 quantized ? "/* The weights of each class, in steps of its own size. */\n"
                             "static const int8_t digit_weights[DIGIT_CLASSES][DIGIT_PIXELS] = {\n"
                           : "/* The weights of each class, for pixels from 0 to 1. */\n"
                             "static const float digit_weights[DIGIT_CLASSES][DIGIT_PIXELS] = {\n");
    for (size_t k = 0; k < m->n_classes; k++) {
        const float *weights = m->weight + k * m->n_features, step = step_of(m->n_features, weights);
        buffer_print(b, "  {\n");
        add_numbers(b, m->n_features, weights, quantized ? &step : NULL);
        buffer_print(b, "  },\n");
    }
    buffer_print(b, "};\n\n");
}

/* Scores are divided by the temperature, and sums over pixels by 255, in place of each pixel. */
static void print_scales(const model *m, bool quantized, buffer *b)
{
    float values[SM_MAX_CLASSES];
    const double unit = 1 / (255 * m->temperature);
    if (quantized) {
        for (size_t k = 0; k < m->n_classes; k++)
            values[k] = (float)((double)step_of(m->n_features, m->weight + k * m->n_features) * unit);
        buffer_print(b, "/* What one step of a class's weights adds to its score, for a pixel of 1. */\n"
                        "static const float digit_scales[DIGIT_CLASSES] = {\n");
        add_numbers(b, m->n_classes, values, NULL);
        buffer_print(b, "};\n\n");
    }
    for (size_t k = 0; k < m->n_classes; k++)
        values[k] = (float)((double)m->bias[k] / m->temperature);
    buffer_print(b, "static const float digit_biases[DIGIT_CLASSES] = {\n");
    add_numbers(b, m->n_classes, values, NULL);
    buffer_print(b, "};\n\n");
}

static void print_score(const model *m, bool quantized, buffer *b)
{
    buffer_print(b, "/* The score of a class. */\n"
                    "static inline float digit_score(const uint8_t *pixels, int k)\n"
                    "{\n");
    if (quantized) {
        /* The largest possible sum. */
        const bool is_small = m->n_features <= INT32_MAX / (255 * LARGEST);
        buffer_print(b,
                     "    %s sum = 0;\n"
                     "    for (int32_t i = 0; i < DIGIT_PIXELS; i++)\n"
                     "        sum += (int32_t)digit_weights[k][i] * pixels[i];\n"
                     "    return digit_biases[k] + digit_scales[k] * (float)sum;\n",
                     is_small ? "int32_t" : "int64_t");
    } else {
        char unit[LITERAL_SIZE];
        print_literal((float)(1 / (255 * m->temperature)), unit);
        buffer_print(b,
                     "    float sum = 0;\n"
                     "    for (int32_t i = 0; i < DIGIT_PIXELS; i++)\n"
                     "        sum += digit_weights[k][i] * (float)pixels[i];\n"
                     "    return digit_biases[k] + sum * %s;\n",
                     unit);
    }
    buffer_print(b, "}\n\n");
}

static void print_predict(const model *m, buffer *b)
{
    buffer_print(
        b,
        "/*\n"
        " * Reads an image: pixels, row by row from the top left, 0 for paper to 255 for ink, as the training "
        "images are.\n"
        " * Writes the probability of each class, which sum to 1, and returns the likeliest class; of equal "
        "ones the lowest.\n"
        " * May be called from several threads at once.\n"
        " */\n"
        "static inline int digit_predict(const uint8_t pixels[%zu], float probabilities[%zu])\n",
        m->n_features, m->n_classes);
    buffer_print(b,
                 "{\n"
                 "    int best = 0;\n"
                 "    float highest, total = 0.0f;\n"
                 "    for (int k = 0; k < DIGIT_CLASSES; k++) {\n"
                 "        probabilities[k] = digit_score(pixels, k);\n"
                 "        if (probabilities[k] > probabilities[best])\n"
                 "            best = k;\n"
                 "    }\n"
                 "    highest = probabilities[best]; /* taken off the scores, so that no exponential overflows */\n"
                 "    for (int k = 0; k < DIGIT_CLASSES; k++) {\n"
                 "        probabilities[k] = expf(probabilities[k] - highest);\n"
                 "        total += probabilities[k];\n"
                 "    }\n"
                 "    for (int k = 0; k < DIGIT_CLASSES; k++)\n"
                 "        probabilities[k] /= total;\n"
                 "    return best;\n"
                 "}\n\n"
                 "#endif\n");
}

void c_header_print(const model *m, bool quantized, buffer *b)
{
    print_opening(m, quantized, b);
    print_weights(m, quantized, b);
    print_scales(m, quantized, b);
    print_score(m, quantized, b);
    print_predict(m, b);
}
