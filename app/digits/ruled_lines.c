#include "digits/ruled_lines.h"

#include <stddef.h>

/* A ruled line has ink, be it faint, along this share of the picture and into both of its margins, and is thinner
 * than that one. */
static const float LINE_INK = 0.1f;
static const double LINE_LENGTH = 0.7, MARGIN = 0.05, LINE_THICKNESS = 0.03;

/* A map with its rows and columns exchanged where `turned`, so that one function serves both directions. */
static float *at(const grey_image *ink, bool turned, size_t i, size_t j)
{
    return turned ? &ink->values[j * ink->width + i] : &ink->values[i * ink->width + j];
}

/* How much of the columns first .. end - 1 of row i has ink, 0 to 1. */
static double inked_share(const grey_image *ink, bool turned, size_t i, size_t first, size_t end)
{
    size_t n_inked = 0;
    for (size_t j = first; j < end; j++)
        n_inked += *at(ink, turned, i, j) > LINE_INK;
    return (double)n_inked / (double)(end - first);
}

static bool is_line_row(const grey_image *ink, bool turned, size_t i, size_t n_columns)
{
    const size_t margin = (size_t)(MARGIN * (double)n_columns) + 1;
    return inked_share(ink, turned, i, 0, n_columns) > LINE_LENGTH &&
           inked_share(ink, turned, i, 0, margin) > 0.5 &&
           inked_share(ink, turned, i, n_columns - margin, n_columns) > 0.5;
}

/* Takes rows first .. end - 1 out, but for where a stroke crosses them. */
static void remove_rows(const grey_image *ink, bool turned, size_t first, size_t end, size_t n_rows,
                        size_t n_columns)
{
    for (size_t j = 0; j < n_columns; j++) {
        const bool above = first > 0 && *at(ink, turned, first - 1, j) > INK_SOLID;
        const float *under = end < n_rows ? at(ink, turned, end, j) : NULL;
        const bool below = under && *under > INK_SOLID;
        for (size_t i = first; !(above && below) && i < end; i++)
            *at(ink, turned, i, j) = 0;
    }
}

/* Removes the lines of ruled paper that run along the rows. Their edges, fainter than the line, go with them. */
static void remove_lines(const grey_image *ink, bool turned)
{
    const size_t n_rows = turned ? ink->width : ink->height, n_columns = turned ? ink->height : ink->width;
    const size_t thickest = (size_t)(LINE_THICKNESS * (double)n_rows) + 1;
    for (size_t i = 0; i < n_rows; i++) {
        size_t end = i;
        while (end < n_rows && is_line_row(ink, turned, end, n_columns))
            end++;
        if (end > i && end - i <= thickest)
            remove_rows(ink, turned, i > 0 ? i - 1 : 0, end < n_rows ? end + 1 : end, n_rows, n_columns);
        i = end;
    }
}

void remove_ruled_lines(const grey_image *ink)
{
    remove_lines(ink, false);
    remove_lines(ink, true);
}
