#include "features/pose.h"

#include <math.h>
#include <stdbool.h>

static const double COMMON_SIDE = 28, COMMON_DOWN = 5.2, COMMON_ACROSS = 4, MOST = 1.4;

/* The moments of an image's ink. */
typedef struct moments {
    double mass, row, column, down, across, both; /* variances, and covariance */
} moments;

static moments find_moments(const uint8_t *image, size_t n_rows, size_t n_columns)
{
    moments m = {0};
    for (size_t y = 0; y < n_rows; y++) {
        for (size_t x = 0; x < n_columns; x++) {
            const double ink = image[y * n_columns + x];
            m.mass += ink;
            m.row += ink * (double)y;
            m.column += ink * (double)x;
        }
    }
    if (!(m.mass > 0))
        return m;
    m.row /= m.mass;
    m.column /= m.mass;
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_columns; j++) {
            const double y = (double)i - m.row, x = (double)j - m.column;
            const double share = image[i * n_columns + j] / m.mass;
            m.down += share * y * y;
            m.across += share * x * x;
            m.both += share * x * y;
        }
    }
    return m;
}

/* A factor, and whether it moves with the variance it comes from. */
typedef struct factor {
    double value, variance;
    bool is_free;
} factor;

static factor find_factor(double scale, double variance, double common)
{
    const double ratio = variance / (common * common);
    const double root = ratio > 0 ? sqrt(sqrt(ratio)) : 0;
    if (root < 1 / MOST || root > MOST)
        return (factor){scale * (root < 1 ? 1 / MOST : MOST), variance, false};
    return (factor){scale * root, variance, true};
}

/* The affine map. */
typedef struct pose {
    bool follows_ink; /* or is the same for all images */
    moments ink;
    double row, column; /* (y0, x0) */
    double middle_row, middle_column, slant;
    factor down, across;
} pose;

static pose find_pose(const pose_view *view, const uint8_t *image, size_t n_rows, size_t n_columns)
{
    const double pixel = (double)(n_rows > n_columns ? n_rows : n_columns) / COMMON_SIDE;
    const double middle_row = ((double)n_rows - 1) / 2, middle_column = ((double)n_columns - 1) / 2;
    const moments ink = view->is_upright ? find_moments(image, n_rows, n_columns) : (moments){0};
    pose p = {.follows_ink = ink.mass > 0,
              .ink = ink,
              .row = middle_row,
              .column = middle_column,
              .middle_row = middle_row,
              .middle_column = middle_column,
              .down = {.value = view->scale},
              .across = {.value = view->scale}};
    if (!p.follows_ink)
        return p;
    p.row = ink.row;
    p.column = ink.column;
    p.slant = ink.down > 0 ? ink.both / ink.down : 0;
    p.down = find_factor(view->scale, ink.down, COMMON_DOWN * pixel);
    p.across = find_factor(view->scale, ink.across - p.slant * ink.both, COMMON_ACROSS * pixel);
    return p;
}

/* Where pixel (y, x) of the result comes from. */
static void find_place(const pose *p, size_t y, size_t x, double *row, double *column)
{
    const double from_middle = p->down.value * ((double)y - p->middle_row);
    *row = p->row + from_middle;
    *column = p->column + p->across.value * ((double)x - p->middle_column) + p->slant * from_middle;
}

/* The four pixels around a place, and how much of each is there. */
typedef struct neighbours {
    bool is_inside[2][2];
    size_t at[2][2];
    double low, right; /* how far from the first of them, 0 to 1 */
} neighbours;

static neighbours find_neighbours(size_t n_rows, size_t n_columns, double row, double column)
{
    const double top = floor(row), left = floor(column);
    neighbours n = {.low = row - top, .right = column - left};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            const double y = top + (double)i, x = left + (double)j;
            n.is_inside[i][j] = y >= 0 && x >= 0 && y < (double)n_rows && x < (double)n_columns;
            n.at[i][j] = n.is_inside[i][j] ? (size_t)y * n_columns + (size_t)x : 0;
        }
    }
    return n;
}

static double value_at(const neighbours *n, const uint8_t *image, size_t i, size_t j)
{
    return n->is_inside[i][j] ? image[n->at[i][j]] : 0;
}

static double weight_of(const neighbours *n, size_t i, size_t j)
{
    return (i ? n->low : 1 - n->low) * (j ? n->right : 1 - n->right);
}

void pose_see(const pose_view *view, const uint8_t *image, size_t n_rows, size_t n_columns, uint8_t *seen)
{
    const pose p = find_pose(view, image, n_rows, n_columns);
    for (size_t y = 0; y < n_rows; y++) {
        for (size_t x = 0; x < n_columns; x++) {
            double row, column, sum = 0;
            find_place(&p, y, x, &row, &column);
            const neighbours n = find_neighbours(n_rows, n_columns, row, column);
            for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < 2; j++)
                    sum += weight_of(&n, i, j) * value_at(&n, image, i, j);
            seen[y * n_columns + x] = (uint8_t)(sum + 0.5);
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */

/* Slopes with respect to the numbers of a pose. */
typedef struct pose_slopes {
    double row, column, down, across, slant;
} pose_slopes;

/* Adds what a pixel of the result means for the pixels around its place, and for the place. */
static void add_pixel(const pose *p, const uint8_t *image, size_t n_rows, size_t n_columns, size_t y, size_t x,
                      double slope, float *gradient, pose_slopes *s)
{
    double row, column;
    find_place(p, y, x, &row, &column);
    const neighbours n = find_neighbours(n_rows, n_columns, row, column);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++)
            if (n.is_inside[i][j])
                gradient[n.at[i][j]] += (float)(slope * weight_of(&n, i, j));
    const double left = value_at(&n, image, 1, 0) - value_at(&n, image, 0, 0);
    const double right = value_at(&n, image, 1, 1) - value_at(&n, image, 0, 1);
    const double top = value_at(&n, image, 0, 1) - value_at(&n, image, 0, 0);
    const double bottom = value_at(&n, image, 1, 1) - value_at(&n, image, 1, 0);
    const double of_row = slope * ((1 - n.right) * left + n.right * right) / 255;
    const double of_column = slope * ((1 - n.low) * top + n.low * bottom) / 255;
    const double v = (double)y - p->middle_row, u = (double)x - p->middle_column;
    s->row += of_row;
    s->column += of_column;
    s->down += (of_row + of_column * p->slant) * v;
    s->across += of_column * u;
    s->slant += of_column * p->down.value * v;
}

/* The slope of a factor with respect to its variance. */
static double slope_of(const factor *f)
{
    return f->is_free ? f->value / (4 * f->variance) : 0;
}

/* Adds what the pose means for the pixels that its moments are of. */
static void add_moments(const pose *p, size_t n_rows, size_t n_columns, const pose_slopes *s, float *gradient)
{
    const moments *ink = &p->ink;
    const double of_across = s->across * slope_of(&p->across), inverse = ink->down > 0 ? 1 / ink->down : 0;
    const double of_both = s->slant * inverse - 2 * p->slant * of_across;
    const double of_down =
        s->down * slope_of(&p->down) - p->slant * s->slant * inverse + p->slant * p->slant * of_across;
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_columns; j++) {
            const double y = (double)i - ink->row, x = (double)j - ink->column;
            const double slope = s->row * y + s->column * x + of_down * (y * y - ink->down) +
                                 of_across * (x * x - ink->across) + of_both * (x * y - ink->both);
            gradient[i * n_columns + j] += (float)(slope * 255 / ink->mass);
        }
    }
}

void pose_pull_back(const pose_view *view, const uint8_t *image, size_t n_rows, size_t n_columns,
                    const float *vector, float *gradient)
{
    const pose p = find_pose(view, image, n_rows, n_columns);
    pose_slopes slopes = {0};
    for (size_t y = 0; y < n_rows; y++)
        for (size_t x = 0; x < n_columns; x++)
            add_pixel(&p, image, n_rows, n_columns, y, x, (double)vector[y * n_columns + x], gradient, &slopes);
    if (p.follows_ink)
        add_moments(&p, n_rows, n_columns, &slopes, gradient);
}
