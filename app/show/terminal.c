#include "show/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

terminal_depth terminal_colours(FILE *stream)
{
    const char *announced = getenv("COLORTERM"), *type = getenv("TERM"), *refused = getenv("NO_COLOR");
    if ((refused && refused[0] != '\0') || !isatty(fileno(stream)) || !has_utf8())
        return DEPTH_NONE;
    if (announced && (strcmp(announced, "truecolor") == 0 || strcmp(announced, "24bit") == 0))
        return DEPTH_24_BIT;
    return type && strstr(type, "256color") ? DEPTH_256 : DEPTH_NONE;
}

size_t terminal_columns(FILE *stream)
{
    enum { USUAL = 80, MOST = 10000 };
    const char *wanted = getenv("COLUMNS");
    const unsigned long columns = wanted ? strtoul(wanted, NULL, 10) : 0;
    struct winsize window;
    if (columns > 0 && columns <= MOST)
        return columns;
    return ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : USUAL;
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

/* The same in 256 colours, of which the nearest ones would often be greys that have lost the sign. */
static int number_of(double value, bool is_signed)
{
    static const uint8_t blues[] = {234, 17, 18, 25, 32, 75}, reds[] = {234, 52, 88, 124, 167, 203};
    enum { DARK_GREY = 234, N_GREYS = 22, N_SHADES = sizeof blues };
    const double share = fmin(fabs(value), 1);
    if (!is_signed)
        return DARK_GREY + (int)(share * (N_GREYS - 1) + 0.5);
    return (value > 0 ? blues : reds)[(size_t)(sqrt(share) * (N_SHADES - 1) + 0.5)];
}

/* Prints the upper half of a cell, and with its background the lower. */
static void print_cell(FILE *out, terminal_depth colours, double upper, double lower, bool is_signed)
{
    const rgb front = colour_of(upper, is_signed), back = colour_of(lower, is_signed);
    if (colours == DEPTH_24_BIT)
        fprintf(out, "\033[38;2;%d;%d;%dm\033[48;2;%d;%d;%dm\xe2\x96\x80", front.red, front.green, front.blue,
                back.red, back.green, back.blue);
    else
        fprintf(out, "\033[38;5;%dm\033[48;5;%dm\xe2\x96\x80", number_of(upper, is_signed),
                number_of(lower, is_signed));
}

void terminal_picture_print_line(FILE *out, terminal_depth colours, const terminal_picture *p, size_t line)
{
    const size_t width = terminal_picture_width(p);
    if (line >= terminal_picture_height(p)) {
        fprintf(out, "%*s", (int)width, "");
        return;
    }
    for (size_t column = 0; column < width; column++) {
        const double upper = cell_at(p, 2 * line, column), lower = cell_at(p, 2 * line + 1, column);
        if (colours)
            print_cell(out, colours, upper, lower, p->weights);
        else
            fputc(letter_of(upper, lower, p->weights), out);
    }
    if (colours)
        fputs("\033[0m", out);
}
