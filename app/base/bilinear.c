#include "base/bilinear.h"

#include <math.h>

bilinear bilinear_at(size_t n_rows, size_t n_columns, double row, double column)
{
    const double top = floor(row), left = floor(column);
    bilinear b = {.down = row - top, .right = column - left};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            const double y = top + (double)i, x = left + (double)j;
            b.is_inside[i][j] = y >= 0 && x >= 0 && y < (double)n_rows && x < (double)n_columns;
            b.pixels[i][j] = b.is_inside[i][j] ? (size_t)y * n_columns + (size_t)x : 0;
        }
    }
    return b;
}

double bilinear_weight(const bilinear *b, size_t i, size_t j)
{
    return (i ? b->down : 1 - b->down) * (j ? b->right : 1 - b->right);
}

double bilinear_pixel(const bilinear *b, const uint8_t *image, size_t i, size_t j)
{
    return b->is_inside[i][j] ? image[b->pixels[i][j]] : 0;
}

double bilinear_value(const bilinear *b, const uint8_t *image)
{
    double sum = 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++)
            sum += bilinear_weight(b, i, j) * bilinear_pixel(b, image, i, j);
    return sum;
}
