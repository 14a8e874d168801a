#include "show/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show/canvas.h"

static bool speaks_utf8(void)
{
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *language = NULL;
    for (size_t i = 0; i < 3 && (!language || language[0] == '\0'); i++)
        language = getenv(names[i]);
    return language && (strstr(language, "UTF-8") || strstr(language, "utf8") || strstr(language, "UTF8"));
}

bool terminal_has_colours(FILE *stream)
{
    const char *depth = getenv("COLORTERM"), *refused = getenv("NO_COLOR");
    const bool is_deep = depth && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0);
    return is_deep && !(refused && refused[0] != '\0') && isatty(fileno(stream)) && speaks_utf8();
}

/* The mean of the values [n_rows, n_columns] that a cell covers; at least one. */
static double mean_of_cell(const terminal_picture *p, size_t row, size_t column, size_t n_rows, size_t n_columns,
                           const double *values)
{
    const size_t top = row * n_rows / p->n_rows, left = column * n_columns / p->n_columns;
    const size_t bottom = (row + 1) * n_rows / p->n_rows, right = (column + 1) * n_columns / p->n_columns;
    double sum = 0;
    for (size_t i = top; i < bottom; i++)
        for (size_t j = left; j < right; j++)
            sum += values[i * n_columns + j];
    return sum / (double)((bottom - top) * (right - left));
}

bool terminal_picture_create(size_t n_rows, size_t n_columns, const double *values, size_t max_columns,
                             terminal_picture *p)
{
    const double longer = (double)(n_rows > n_columns ? n_rows : n_columns);
    const double shrink = fmax(1, longer / (double)max_columns);
    p->n_columns = (size_t)fmax(1, floor((double)n_columns / shrink));
    p->n_rows = (size_t)fmax(1, floor((double)n_rows / shrink));
    p->cells = calloc(p->n_rows * p->n_columns, sizeof *p->cells);
    for (size_t row = 0; p->cells && row < p->n_rows; row++)
        for (size_t column = 0; column < p->n_columns; column++)
            p->cells[row * p->n_columns + column] = mean_of_cell(p, row, column, n_rows, n_columns, values);
    return p->cells;
}

size_t terminal_picture_height(const terminal_picture *p)
{
    return (p->n_rows + 1) / 2;
}

static double cell(const terminal_picture *p, size_t row, size_t column)
{
    return row < p->n_rows ? p->cells[row * p->n_columns + column] : 0;
}

static uint8_t mix(uint8_t paper, uint8_t full, double share)
{
    return (uint8_t)lround(paper + share * (full - paper));
}

/* The square root lets weak values of either sign be seen beside strong ones. */
static rgb colour_of(double value, terminal_values kind)
{
    const rgb paper = {24, 24, 28}, positive = {90, 170, 255}, negative = {255, 90, 80}, ink = {255, 255, 255};
    const double strength = fmin(fabs(value), 1), share = kind == TERMINAL_INK ? strength : sqrt(strength);
    const rgb full = kind == TERMINAL_INK ? ink : value > 0 ? positive : negative;
    return (rgb){mix(paper.red, full.red, share), mix(paper.green, full.green, share),
                 mix(paper.blue, full.blue, share)};
}

static char letter_of(double upper, double lower, terminal_values kind)
{
    static const char ramp[] = " .:-=+*#%@";
    if (kind == TERMINAL_INK)
        return ramp[(size_t)(fmin(fmax((upper + lower) / 2, 0), 1) * 9 + 0.5)];
    const double value = fabs(upper) > fabs(lower) ? upper : lower;
    if (fabs(value) < 0.1)
        return ' ';
    return value > 0 ? (value > 0.4 ? '#' : '+') : (value < -0.4 ? '=' : '-');
}

void terminal_picture_print_row(FILE *out, bool colours, const terminal_picture *p, size_t row,
                                terminal_values kind)
{
    if (row >= terminal_picture_height(p)) {
        fprintf(out, "%*s", (int)p->n_columns, "");
        return;
    }
    for (size_t column = 0; column < p->n_columns; column++) {
        const double upper = cell(p, 2 * row, column), lower = cell(p, 2 * row + 1, column);
        const rgb front = colour_of(upper, kind), back = colour_of(lower, kind);
        if (colours)
            fprintf(out, "\033[38;2;%d;%d;%dm\033[48;2;%d;%d;%dm\xe2\x96\x80", front.red, front.green, front.blue,
                    back.red, back.green, back.blue);
        else
            fputc(letter_of(upper, lower, kind), out);
    }
    if (colours)
        fputs("\033[0m", out);
}
