#include "newton.h"

#include <stdlib.h>

#include "factor.h"

/* Pivots below are noise in the scaled Hessian. */
static const double LEAST_PIVOT = 1e-13, LEAST_PRECISE_PIVOT = 1e-27;

/* Added to the scaled Hessian in double, where smaller curvatures are noise. */
static const double RIDGE = 1e-11;

/* weights [n_padded] = dS_i/da_j / N for every sample. */
static void fill_weights(const centred *c, const point *at, size_t i, size_t j, dd_array weights)
{
    const dd n_samples = dd_of((double)c->p->n_samples);
    for (size_t n = 0; n < c->p->n_samples; n++) {
        const dd S = dd_get(at->probabilities, i * c->n_padded + n);
        const dd other = i == j ? dd_get(at->complements, i * c->n_padded + n)
                                : dd_negative(dd_get(at->probabilities, j * c->n_padded + n));
        dd_set(weights, n, dd_divide(dd_multiply(S, other), n_samples));
    }
}

/* sums [n_columns] of y [n_padded] times columns 0 .. n_columns - 1. */
static void sum_columns(const centred *c, const double *y, size_t n_columns, double *sums)
{
    const size_t stride = c->n_padded;
    size_t d = 0;
    for (; d + 4 <= n_columns; d += 4) {
        const double *z = c->columns.hi + d * stride;
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
        for (size_t n = 0; n < stride; n++) {
            s0 += y[n] * z[n];
            s1 += y[n] * z[stride + n];
            s2 += y[n] * z[2 * stride + n];
            s3 += y[n] * z[3 * stride + n];
        }
        sums[d] = s0;
        sums[d + 1] = s1;
        sums[d + 2] = s2;
        sums[d + 3] = s3;
    }
    for (; d < n_columns; d++) {
        const double *z = c->columns.hi + d * stride;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t n = 0; n < stride; n++)
            sum += y[n] * z[n];
        sums[d] = sum;
    }
}

/* A symmetric matrix [n, n] on its way to a factor; lo is NULL in double. */
typedef struct hessian {
    size_t n;
    dd_array matrix;
    double *scale; /* [n], powers of two that bring its diagonal to 1 .. 4 from both sides */
} hessian;

static void store(hessian *h, size_t row, size_t column, dd value)
{
    h->matrix.hi[row * h->n + column] = value.hi;
    if (h->matrix.lo)
        h->matrix.lo[row * h->n + column] = value.lo;
}

/* Adds to an element. */
static void add(hessian *h, size_t row, size_t column, double value)
{
    const size_t i = row * h->n + column;
    const dd sum = dd_add((dd){h->matrix.hi[i], h->matrix.lo ? h->matrix.lo[i] : 0}, dd_of(value));
    store(h, row, column, sum);
}

/* The block from (row, column) on: mean J_ij z z', for the element of the Jacobian in weights [n_padded]. */
static void fill_block(const centred *c, hessian *h, dd_array weights, size_t row, size_t column)
{
    const dd_array y = dd_allocate(c->n_padded), sums = dd_allocate(c->n_columns);
    for (size_t d = 0; d < c->n_columns; d++) {
        const dd_array z = dd_from(c->columns, d * c->n_padded);
        for (size_t n = 0; n < c->n_padded; n++)
            dd_set(y, n, dd_multiply(dd_get(weights, n), dd_get(z, n)));
        if (!h->matrix.lo)
            sum_columns(c, y.hi, d + 1, sums.hi);
        for (size_t e = 0; h->matrix.lo && e <= d; e++)
            dd_set(sums, e, dd_dot(c->n_padded, y, dd_from(c->columns, e * c->n_padded)));
        for (size_t e = 0; e <= d; e++) {
            store(h, row + d, column + e, dd_get(sums, e));
            store(h, row + e, column + d, dd_get(sums, e));
        }
    }
    dd_free(sums);
    dd_free(y);
}

static hessian hessian_create(size_t n, bool is_precise)
{
    return (hessian){n,
                     {allocate(n * n, sizeof(double)), is_precise ? allocate(n * n, sizeof(double)) : NULL},
                     allocate(n, sizeof(double))};
}

static void hessian_free(hessian *h)
{
    free(h->scale);
    dd_free(h->matrix);
}

/* Scales and factors it. */
static bool hessian_factor(hessian *h)
{
    const size_t n = h->n;
    for (size_t i = 0; i < n; i++) {
        const double diagonal = h->matrix.hi[i * n + i];
        h->scale[i] = diagonal > 0 ? ldexp(1, -(int)floor(ilogb(diagonal) / 2.0)) : 1;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            const size_t at = i * n + j;
            h->matrix.hi[at] *= h->scale[i] * h->scale[j];
            if (h->matrix.lo)
                h->matrix.lo[at] *= h->scale[i] * h->scale[j];
        }
    if (h->matrix.lo)
        return dd_factor(n, LEAST_PRECISE_PIVOT, h->matrix);
    for (size_t i = 0; i < n; i++)
        h->matrix.hi[i * n + i] += RIDGE;
    return factor(n, LEAST_PIVOT, h->matrix.hi);
}

static void hessian_solve(const hessian *h, double *vector)
{
    for (size_t i = 0; i < h->n; i++)
        vector[i] *= h->scale[i];
    factor_solve(h->n, h->matrix.hi, vector);
    for (size_t i = 0; i < h->n; i++)
        vector[i] *= h->scale[i];
}

/* ---- All parameters at once ------------------------------------------------------------------ */

/* The class with the highest mean probability. */
static size_t find_common_class(const centred *c, const point *at)
{
    const size_t last = c->n_columns - 1;
    size_t best = 0;
    double highest = -1;
    for (size_t k = 0; k < c->p->n_classes; k++) {
        const size_t i = k * c->n_columns + last;
        const double mean = c->class_means.hi[i] + at->gradient.hi[i];
        if (mean > highest) {
            highest = mean;
            best = k;
        }
    }
    return best;
}

/* The Hessian by the differences U_k = V_k - V_r from the parameters of a class r, without those of r itself. At sums
 * of V of 0 over the classes the penalty of U is (penalty_d / 2) (||U_d||^2 - (sum_k U_kd)^2 / K). The r of most
 * probability leaves what is small to be computed without cancellation. */
static void fill_hessian(const centred *c, const point *at, size_t r, hessian *h)
{
    const size_t n_classes = c->p->n_classes, n_columns = c->n_columns;
    const dd_array weights = dd_allocate(c->n_padded);
    for (size_t i = 0; i < n_classes; i++)
        for (size_t j = i; j < n_classes; j++) {
            if (i == r || j == r)
                continue;
            const size_t row = (i - (i > r)) * n_columns, column = (j - (j > r)) * n_columns;
            fill_weights(c, at, i, j, weights);
            fill_block(c, h, weights, row, column);
            for (size_t d = 0; d < n_columns; d++)
                add(h, row + d, column + d, c->penalty[d] * ((i == j) - 1 / (double)n_classes));
        }
    dd_free(weights);
}

static bool find_dense(const centred *c, const point *at, bool is_precise, double *direction)
{
    const size_t n_classes = c->p->n_classes, n_columns = c->n_columns, r = find_common_class(c, at);
    hessian h = hessian_create((n_classes - 1) * n_columns, is_precise);
    fill_hessian(c, at, r, &h);
    const bool is_factored = hessian_factor(&h);
    if (is_factored) {
        double *differences = allocate(h.n, sizeof *differences);
        for (size_t i = 0; i < h.n; i++)
            differences[i] = -point_gradient(c, at, i + (i / n_columns >= r ? n_columns : 0)).hi;
        hessian_solve(&h, differences);
        for (size_t d = 0; d < n_columns; d++) {
            double mean = 0;
            for (size_t i = d; i < h.n; i += n_columns)
                mean += differences[i] / (double)n_classes;
            for (size_t k = 0; k < n_classes; k++)
                direction[k * n_columns + d] = (k == r ? 0 : differences[(k - (k > r)) * n_columns + d]) - mean;
        }
        free(differences);
    }
    hessian_free(&h);
    return is_factored;
}

/* ---- Conjugate gradients --------------------------------------------------------------------- */

void newton_score_changes(const centred *c, const double *direction, double *change)
{
    for (size_t k = 0; k < c->p->n_classes; k++) {
        double *row = change + k * c->n_padded;
        for (size_t n = 0; n < c->n_padded; n++)
            row[n] = 0;
        for (size_t d = 0; d < c->n_columns; d++) {
            const double *z = c->columns.hi + d * c->n_padded, length = direction[k * c->n_columns + d];
            for (size_t n = 0; n < c->n_padded; n++)
                row[n] += length * z[n];
        }
    }
}

/* product = Hessian times vector, both [K, D + 1]; scores [K, n_padded] is scratch. */
static void multiply(const centred *c, const point *at, const double *vector, double *scores, double *product)
{
    const size_t n_classes = c->p->n_classes, stride = c->n_padded;
    const double *S = at->probabilities.hi;
    newton_score_changes(c, vector, scores);
    for (size_t n = 0; n < stride; n++) {
        double mean = 0;
        for (size_t k = 0; k < n_classes; k++)
            mean += S[k * stride + n] * scores[k * stride + n];
        for (size_t k = 0; k < n_classes; k++)
            scores[k * stride + n] = S[k * stride + n] * (scores[k * stride + n] - mean) / (double)c->p->n_samples;
    }
    for (size_t k = 0; k < n_classes; k++) {
        sum_columns(c, scores + k * stride, c->n_columns, product + k * c->n_columns);
        for (size_t d = 0; d < c->n_columns; d++)
            product[k * c->n_columns + d] += c->penalty[d] * vector[k * c->n_columns + d];
    }
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Each class's own block of the Hessian [K], factored, with as much added to its diagonal as that takes. */
static hessian *create_blocks(const centred *c, const point *at)
{
    const size_t n_classes = c->p->n_classes;
    hessian *blocks = allocate(n_classes, sizeof *blocks);
    const dd_array weights = dd_allocate(c->n_padded);
    for (size_t k = 0; k < n_classes; k++) {
        bool is_factored = false;
        fill_weights(c, at, k, k, weights);
        for (double ridge = 0; !is_factored; ridge = ridge > 0 ? 100 * ridge : 1e-12) {
            hessian_free(&blocks[k]);
            blocks[k] = hessian_create(c->n_columns, false);
            fill_block(c, &blocks[k], weights, 0, 0);
            for (size_t d = 0; d < c->n_columns; d++) {
                const double diagonal = blocks[k].matrix.hi[d * (c->n_columns + 1)];
                add(&blocks[k], d, d, c->penalty[d] + ridge * (diagonal > 0 ? diagonal : 1));
            }
            is_factored = hessian_factor(&blocks[k]);
        }
    }
    dd_free(weights);
    return blocks;
}

static void precondition(const centred *c, const hessian *blocks, const double *vector, double *product)
{
    const size_t n_columns = c->n_columns;
    for (size_t k = 0; k < c->p->n_classes; k++) {
        for (size_t d = 0; d < n_columns; d++)
            product[k * n_columns + d] = vector[k * n_columns + d];
        hessian_solve(&blocks[k], product + k * n_columns);
    }
}

/* Preconditioned conjugate gradients (Nocedal & Wright 2006, algorithm 5.3), until the residual is 1e-3 of the first. */
static void find_by_cg(const centred *c, const point *at, double *x)
{
    enum { MAX_STEPS = 500 };
    const size_t n_classes = c->p->n_classes, n = n_classes * c->n_columns;
    hessian *blocks = create_blocks(c, at);
    double *memory = allocate(4 * n + n_classes * c->n_padded, sizeof *memory);
    double *r = memory, *y = r + n, *p = y + n, *product = p + n, *scores = product + n;
    for (size_t i = 0; i < n; i++) {
        x[i] = 0;
        r[i] = -point_gradient(c, at, i).hi;
    }
    precondition(c, blocks, r, y);
    for (size_t i = 0; i < n; i++)
        p[i] = y[i];
    double square = dot(n, r, y);
    const double enough = 1e-6 * square;
    for (int step = 0; step < MAX_STEPS && square > enough; step++) {
        multiply(c, at, p, scores, product);
        const double length = square / dot(n, p, product), before = square;
        for (size_t i = 0; i < n; i++) {
            x[i] += length * p[i];
            r[i] -= length * product[i];
        }
        precondition(c, blocks, r, y);
        square = dot(n, r, y);
        for (size_t i = 0; i < n; i++)
            p[i] = y[i] + square / before * p[i];
    }
    free(memory);
    for (size_t k = 0; k < n_classes; k++)
        hessian_free(&blocks[k]);
    free(blocks);
}

bool newton_direction(const centred *c, const point *at, newton_method method, double *direction)
{
    if (method != NEWTON_CG)
        return find_dense(c, at, method == NEWTON_PRECISE, direction);
    find_by_cg(c, at, direction);
    return true;
}
