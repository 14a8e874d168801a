#include "digits/ruled_lines.h"

#include "digits/foreground.h"

/* A ruled line has foreground, however faint, along this share of the picture and into both of its margins, and is
 * at most this share of it thick. */
static const float LINE_FOREGROUND = 0.1f;
static const double LINE_LENGTH = 0.7, MARGIN = 0.05, LINE_THICKNESS = 0.03;

/* A map, or its transpose: lines are always along rows. */
typedef struct view {
    float *values;
    size_t n_rows, n_columns, row_stride, column_stride;
} view;

static float *at(const view *v, size_t row, size_t column)
{
    return &v->values[row * v->row_stride + column * v->column_stride];
}

/* The share of columns first .. end - 1 of a row that have foreground. */
static double share_of_row(const view *v, size_t row, size_t first, size_t end)
{
    size_t n = 0;
    for (size_t column = first; column < end; column++)
        n += *at(v, row, column) > LINE_FOREGROUND;
    return (double)n / (double)(end - first);
}

static bool is_line(const view *v, size_t row)
{
    const size_t n = v->n_columns, margin = (size_t)(MARGIN * (double)n) + 1;
    return share_of_row(v, row, 0, n) > LINE_LENGTH && share_of_row(v, row, 0, margin) > 0.5 &&
           share_of_row(v, row, n - margin, n) > 0.5;
}

/* Clears rows first .. end - 1 except where a stroke crosses them. */
static void clear_rows(const view *v, size_t first, size_t end)
{
    for (size_t column = 0; column < v->n_columns; column++) {
        const bool is_crossed =
            first > 0 && *at(v, first - 1, column) > SOLID && end<v->n_rows && * at(v, end, column)> SOLID;
        for (size_t row = first; !is_crossed && row < end; row++)
            *at(v, row, column) = 0;
    }
}

static void remove_lines(const view *v)
{
    const size_t max_thickness = (size_t)(LINE_THICKNESS * (double)v->n_rows) + 1;
    for (size_t first = 0, end = 0; first < v->n_rows; first = end + 1) {
        for (end = first; end < v->n_rows && is_line(v, end);)
            end++;
        if (end > first && end - first <= max_thickness) /* the row on either side is its faint edge */
            clear_rows(v, first > 0 ? first - 1 : 0, end < v->n_rows ? end + 1 : end);
    }
}

void remove_ruled_lines(const grey_image *foreground)
{
    const size_t width = foreground->width, height = foreground->height;
    remove_lines(&(view){foreground->values, height, width, width, 1});
    remove_lines(&(view){foreground->values, width, height, 1, width});
}
