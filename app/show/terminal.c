#include "show/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sizes.h"
#include "show/canvas.h"

static bool has_utf8(void)
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
    return is_deep && !(refused && refused[0] != '\0') && isatty(fileno(stream)) && has_utf8();
}

static double value_at(const terminal_picture *p, size_t i)
{
    return (p->pixels ? p->pixels[i] / 255.0 : 1) * (p->weights ? (double)p->weights[i] : 1);
}

double terminal_picture_peak(const terminal_picture *p)
{
    double peak = 0;
    for (size_t i = 0; i < p->n_rows * p->n_columns; i++) {
        const double magnitude = fabs(value_at(p, i));
        peak = magnitude > peak ? magnitude : peak; /* fmax here crashes gcc 12 for AArch64 */
    }
    return peak;
}

/* How many cells show `side` values in a row or column; two rows of cells make a line. */
static size_t count_cells(const terminal_picture *p, size_t side)
{
    const double longer = (double)size_max(p->n_rows, p->n_columns);
    return (size_t)fmax(1, floor((double)side / fmax(1, longer / (double)p->max_columns)));
}

size_t terminal_picture_width(const terminal_picture *p)
{
    return count_cells(p, p->n_columns);
}

size_t terminal_picture_height(const terminal_picture *p)
{
    return (count_cells(p, p->n_rows) + 1) / 2;
}

/* The mean of the values that a cell covers, as a share of the range; 0 below the last row of cells. */
static double cell_at(const terminal_picture *p, size_t row, size_t column)
{
    const size_t n_down = count_cells(p, p->n_rows), n_across = count_cells(p, p->n_columns);
    if (row >= n_down || p->range == 0)
        return 0;
    const size_t top = row * p->n_rows / n_down, left = column * p->n_columns / n_across;
    const size_t bottom = (row + 1) * p->n_rows / n_down, right = (column + 1) * p->n_columns / n_across;
    double sum = 0;
    for (size_t i = top; i < bottom; i++)
        for (size_t j = left; j < right; j++)
            sum += value_at(p, i * p->n_columns + j);
    return sum / (double)((bottom - top) * (right - left)) / p->range;
}

/* The square root makes weak values of either sign visible next to strong ones. */
static rgb colour_of(double value, bool is_signed)
{
    const rgb black = {24, 24, 28}, white = {255, 255, 255}, blue = {90, 170, 255}, red = {255, 90, 80};
    return is_signed ? colour_mix(black, value > 0 ? blue : red, sqrt(fabs(value)))
                     : colour_mix(black, white, fabs(value));
}

static char letter_of(double upper, double lower, bool is_signed)
{
    static const char ramp[] = " .:-=+*#%@";
    if (!is_signed)
        return ramp[(size_t)(fmin(fmax((upper + lower) / 2, 0), 1) * 9 + 0.5)];
    const double value = fabs(upper) > fabs(lower) ? upper : lower;
    if (fabs(value) < 0.1)
        return ' ';
    return value > 0 ? (value > 0.4 ? '#' : '+') : (value < -0.4 ? '=' : '-');
}

void terminal_picture_print_line(FILE *out, bool colours, const terminal_picture *p, size_t line)
{
    const size_t width = terminal_picture_width(p);
    if (line >= terminal_picture_height(p)) {
        fprintf(out, "%*s", (int)width, "");
        return;
    }
    for (size_t column = 0; column < width; column++) {
        const double upper = cell_at(p, 2 * line, column), lower = cell_at(p, 2 * line + 1, column);
        const rgb front = colour_of(upper, p->weights), back = colour_of(lower, p->weights);
        if (colours)
            fprintf(out, "\033[38;2;%d;%d;%dm\033[48;2;%d;%d;%dm\xe2\x96\x80", front.red, front.green, front.blue,
                    back.red, back.green, back.blue);
        else
            fputc(letter_of(upper, lower, p->weights), out);
    }
    if (colours)
        fputs("\033[0m", out);
}
