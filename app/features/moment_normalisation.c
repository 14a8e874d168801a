#include "features/moment_normalisation.h"

#include <math.h>

#include "base/bilinear.h"

/* Sums of a row of pixels p: p, p x and p x^2. */
typedef struct row_sums {
    uint64_t p, px, pxx;
} row_sums;

/* By sums of sums: p [x] + ... + p [n - 1], summed over all x from 1 on, is the sum of p x, and these sums' sums are that of
 * p x (x + 1) / 2. */
static row_sums sum_row(size_t n, const uint8_t *pixels)
{
    uint64_t ink = 0, once = 0, twice = 0;
    for (size_t x = n; x-- > 1;) {
        ink += pixels[x];
        once += ink;
        twice += once;
    }
    return (row_sums){ink + pixels[0], once, 2 * twice - once};
}

moments find_moments(const uint8_t *image, size_t n_rows, size_t n_columns)
{
    row_sums all = {0};
    uint64_t py = 0, pxy = 0, pyy = 0;
    for (size_t y = 0; y < n_rows; y++) {
        const row_sums row = sum_row(n_columns, image + y * n_columns);
        all = (row_sums){all.p + row.p, all.px + row.px, all.pxx + row.pxx};
        py += row.p * y;
        pyy += row.p * y * y;
        pxy += row.px * y;
    }
    moments m = {.mass = (double)all.p};
    if (all.p == 0)
        return m;
    m.x = (double)all.px / m.mass;
    m.y = (double)py / m.mass;
    m.xx = (double)all.pxx - m.x * (double)all.px;
    m.xy = (double)pxy - m.x * (double)py;
    m.yy = (double)pyy - m.y * (double)py;
    return m;
}

double slant_of(const moments *m)
{
    return m->yy > 0 ? m->xy / m->yy : 0;
}

/* Image pixels per output pixel in one direction, and its slope with respect to the variance that it comes from. */
typedef struct factor {
    double value, slope;
} factor;

static factor find_factor(double scale, double variance, double common_deviation)
{
    const double ratio = variance / (common_deviation * common_deviation);
    const double root = ratio > 0 ? sqrt(sqrt(ratio)) : 0;
    if (root < 1 / MOMENTS_MAX_ROOT || root > MOMENTS_MAX_ROOT)
        return (factor){scale * (root < 1 ? 1 / MOMENTS_MAX_ROOT : MOMENTS_MAX_ROOT), 0};
    return (factor){scale * root, scale * root / (4 * variance)};
}

/* The affine map of an image. */
typedef struct affine {
    moments of_image; /* but the centre of a blank image is its middle */
    double middle_x, middle_y, slant;
    factor across, down;
} affine;

static affine find_affine(double scale, const uint8_t *image, size_t n_rows, size_t n_columns)
{
    const double pixel = (double)(n_rows > n_columns ? n_rows : n_columns) / MOMENTS_COMMON_SIDE;
    affine a = {.of_image = find_moments(image, n_rows, n_columns),
                .middle_x = ((double)n_columns - 1) / 2,
                .middle_y = ((double)n_rows - 1) / 2,
                .across = {scale, 0},
                .down = {scale, 0}};
    moments *m = &a.of_image;
    if (m->mass > 0) {
        a.slant = slant_of(m);
        a.across = find_factor(scale, (m->xx - a.slant * m->xy) / m->mass, MOMENTS_COMMON_ACROSS * pixel);
        a.down = find_factor(scale, m->yy / m->mass, MOMENTS_COMMON_DOWN * pixel);
    } else {
        m->x = a.middle_x;
        m->y = a.middle_y;
    }
    return a;
}

/* Where pixel (x, y) of the result comes from. */
typedef struct place {
    double row, column;
} place;

static place find_source(const affine *a, size_t x, size_t y)
{
    const double from_centre = a->down.value * ((double)y - a->middle_y);
    return (place){a->of_image.y + from_centre,
                   a->of_image.x + a->across.value * ((double)x - a->middle_x) + a->slant * from_centre};
}

static uint8_t interpolate(const uint8_t *image, size_t n_rows, size_t n_columns, double row, double column)
{
    const bilinear b = bilinear_at(n_rows, n_columns, row, column);
    return (uint8_t)(bilinear_value(&b, image) + 0.5);
}

/* Row y of the result. Where the four pixels around a place are inside, integers replace doubles: places have 32 bits after
 * the point, and weights 20. */
static void normalise_row(const affine *a, const uint8_t *image, size_t n_rows, size_t n_columns, size_t y,
                          uint8_t *result)
{
    enum { PLACE_BITS = 32, WEIGHT_BITS = 20 };
    static const int64_t ONE = 1 << WEIGHT_BITS;
    const place start = find_source(a, 0, y);
    const bool is_inside = start.row >= 0 && start.row < (double)n_rows - 1;
    const size_t top = is_inside ? (size_t)start.row : 0;
    const int64_t down = is_inside ? (int64_t)((start.row - (double)top) * (double)ONE) : 0;
    const int64_t step = (int64_t)(a->across.value * 0x1p32);
    int64_t at = (int64_t)(start.column * 0x1p32);
    for (size_t x = 0; x < n_columns; x++, at += step) {
        if (!is_inside || at < 0 || at >= (int64_t)(n_columns - 1) << PLACE_BITS) {
            result[x] =
                interpolate(image, n_rows, n_columns, start.row, start.column + a->across.value * (double)x);
            continue;
        }
        const uint8_t *upper = image + top * n_columns + (at >> PLACE_BITS), *lower = upper + n_columns;
        const int64_t right = at >> (PLACE_BITS - WEIGHT_BITS) & (ONE - 1);
        const int64_t before = upper[0] * (ONE - down) + lower[0] * down;
        const int64_t after = upper[1] * (ONE - down) + lower[1] * down;
        const int64_t value = before * (ONE - right) + after * right;
        result[x] = (uint8_t)((value + ONE * ONE / 2) >> 2 * WEIGHT_BITS);
    }
}

void normalise_moments(double scale, const uint8_t *image, size_t n_rows, size_t n_columns, uint8_t *result)
{
    const affine a = find_affine(scale, image, n_rows, n_columns);
    for (size_t y = 0; y < n_rows; y++)
        normalise_row(&a, image, n_rows, n_columns, y, result + y * n_columns);
}

/* ---------------------------------------------------------------------------------------------- */
/* The vector-Jacobian product                                                                     */

/* Slopes with respect to the numbers of an affine map. */
typedef struct affine_slopes {
    double x, y, across, down, slant;
} affine_slopes;

/* Adds the slopes with respect to the pixels around the source of pixel (x, y), and with respect to the map. */
static void add_pixel(const affine *a, const uint8_t *image, size_t n_rows, size_t n_columns, size_t x, size_t y,
                      double slope, float *gradient, affine_slopes *s)
{
    const place source = find_source(a, x, y);
    const bilinear b = bilinear_at(n_rows, n_columns, source.row, source.column);
    double p[2][2];
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            p[i][j] = bilinear_pixel(&b, image, i, j);
            if (b.is_inside[i][j])
                gradient[b.pixels[i][j]] += (float)(slope * bilinear_weight(&b, i, j));
        }
    }
    const double of_y = slope * ((1 - b.right) * (p[1][0] - p[0][0]) + b.right * (p[1][1] - p[0][1])) / 255;
    const double of_x = slope * ((1 - b.down) * (p[0][1] - p[0][0]) + b.down * (p[1][1] - p[1][0])) / 255;
    const double from_middle_x = (double)x - a->middle_x, from_middle_y = (double)y - a->middle_y;
    s->x += of_x;
    s->y += of_y;
    s->across += of_x * from_middle_x;
    s->down += (of_y + of_x * a->slant) * from_middle_y;
    s->slant += of_x * a->down.value * from_middle_y;
}

/* Adds the slopes with respect to all pixels through the moments of the image. */
static void add_moments(const affine *a, size_t n_rows, size_t n_columns, const affine_slopes *s, float *gradient)
{
    const moments *m = &a->of_image;
    const double sxx = m->xx / m->mass, sxy = m->xy / m->mass, syy = m->yy / m->mass;
    const double of_sxx = s->across * a->across.slope, inverse = syy > 0 ? 1 / syy : 0;
    const double of_sxy = s->slant * inverse - 2 * a->slant * of_sxx;
    const double of_syy = s->down * a->down.slope - a->slant * s->slant * inverse + a->slant * a->slant * of_sxx;
    for (size_t row = 0; row < n_rows; row++) {
        for (size_t column = 0; column < n_columns; column++) {
            const double x = (double)column - m->x, y = (double)row - m->y;
            const double slope =
                s->y * y + s->x * x + of_syy * (y * y - syy) + of_sxx * (x * x - sxx) + of_sxy * (x * y - sxy);
            gradient[row * n_columns + column] += (float)(slope * 255 / m->mass);
        }
    }
}

void normalise_moments_vjp(double scale, const uint8_t *image, size_t n_rows, size_t n_columns, const float *vector,
                           float *gradient)
{
    const affine a = find_affine(scale, image, n_rows, n_columns);
    affine_slopes slopes = {0};
    for (size_t y = 0; y < n_rows; y++)
        for (size_t x = 0; x < n_columns; x++)
            add_pixel(&a, image, n_rows, n_columns, x, y, (double)vector[y * n_columns + x], gradient, &slopes);
    if (a.of_image.mass > 0)
        add_moments(&a, n_rows, n_columns, &slopes, gradient);
}
