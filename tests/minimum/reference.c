#include "reference.h"

#include <stdlib.h>

#include "newton.h"

/* The gap, relative to the value, that is aimed at. */
static const double ENOUGH = 1e-17;

/* Scores that change by less than this let the full step of Newton be taken. */
static const double SMALL_CHANGE = 0.1;

enum { MAX_DIRECT = 50, MAX_ITERATIONS = 200, MAX_EASED = 20, MAX_STALLS = 3 };

/* Up to this many unknowns each method is fast enough: the dense one at once, or where conjugate gradients failed. */
enum { MAX_PRECISE = 1500, MAX_DENSE = 2500, MAX_DENSE_AT_LAST = 5000 };

/* Where the search is. */
typedef struct search {
    const centred *c;
    point *at;
    newton_method method;
    size_t n_unknowns; /* (K - 1) (D + 1) */
    double *direction; /* [K, D + 1] */
    double *change;    /* [K, n_padded], of the scores along it */
    reference found;
} search;

/* Sample n's part of the slope along the direction at a step: sum_k (S_k - y_k) change_k, as a sum over the other
 * classes, so that nothing cancels for a sure sample. */
static double find_slope_of(const search *s, double step, size_t n)
{
    const size_t n_classes = s->c->p->n_classes, stride = s->c->n_padded, label = s->c->p->labels[n];
    const double *a = s->at->scores.hi + n, *change = s->change + n;
    double highest = -HUGE_VAL, sum = 0, slope = 0;
    for (size_t k = 0; k < n_classes; k++)
        highest = fmax(highest, a[k * stride] + step * change[k * stride]);
    for (size_t k = 0; k < n_classes; k++) {
        const double power = exp(a[k * stride] + step * change[k * stride] - highest);
        sum += power;
        slope += power * (change[k * stride] - change[label * stride]);
    }
    return slope / sum;
}

/* dF/dstep along the direction. */
static double find_slope(const search *s, double step)
{
    const centred *c = s->c;
    double sum = 0;
    for (size_t n = 0; n < c->p->n_samples; n++)
        sum += find_slope_of(s, step, n);
    sum /= (double)c->p->n_samples;
    for (size_t i = 0; i < c->p->n_classes * c->n_columns; i++)
        sum += c->penalty[i % c->n_columns] * (s->at->x.hi[i] + step * s->direction[i]) * s->direction[i];
    return sum;
}

/* A step at which the slope is a third of the first one or less in magnitude, by doubling and bisection. */
static double find_step(const search *s)
{
    enum { MAX_TRIALS = 40 };
    const double enough = fabs(find_slope(s, 0)) / 3;
    double low = 0, high = HUGE_VAL, step = 1;
    for (int trial = 0; trial < MAX_TRIALS; trial++) {
        const double slope = find_slope(s, step);
        if (fabs(slope) <= enough)
            break;
        if (slope < 0)
            low = step;
        else
            high = step;
        step = high < HUGE_VAL ? (low + high) / 2 : 2 * step;
    }
    return step;
}

/* Evaluates where the search is; the gap that is left. */
static double look(search *s)
{
    point_evaluate(s->c, s->at);
    if (dd_subtract(s->at->value, s->found.value).hi < 0)
        s->found.value = s->at->value;
    if (dd_subtract(s->at->bound, s->found.bound).hi > 0)
        s->found.bound = s->at->bound;
    return dd_subtract(s->found.value, s->found.bound).hi;
}

/* Turns from double to double-double; false if that is not possible. */
static bool be_precise(search *s)
{
    if (s->method != NEWTON_DENSE || s->n_unknowns > MAX_PRECISE)
        return false;
    s->method = NEWTON_PRECISE;
    return true;
}

/* Takes a step, in double-double if double is not enough; false if that is not either. *is_full: it was a small one of
 * Newton's own length. */
static bool move(search *s, bool *is_full)
{
    const size_t n_parameters = s->c->p->n_classes * s->c->n_columns,
                 n_scores = s->c->p->n_classes * s->c->n_padded;
    bool is_found = newton_direction(s->c, s->at, s->method, s->direction);
    if (!is_found && be_precise(s))
        is_found = newton_direction(s->c, s->at, s->method, s->direction);
    if (!is_found)
        return false;
    newton_score_changes(s->c, s->direction, s->change);
    double largest = 0;
    for (size_t i = 0; i < n_scores; i++)
        largest = fmax(largest, fabs(s->change[i]));
    *is_full = largest < SMALL_CHANGE;
    const double step = *is_full ? 1 : find_step(s);
    for (size_t i = 0; i < n_parameters; i++)
        dd_set(s->at->x, i, dd_add(dd_get(s->at->x, i), dd_product(step, s->direction[i])));
    s->found.n_iterations++;
    return true;
}

/* Searches for n_iterations at most; false if the minimum was not reached. Full steps that bring little say that the
 * Hessian is not accurate enough. */
static bool descend(search *s, size_t n_iterations)
{
    int n_stalls = 0;
    bool is_full = false;
    double before = HUGE_VAL, gap;
    for (size_t i = 0; (gap = look(s)) > ENOUGH * s->found.value.hi; i++) {
        n_stalls = is_full && gap > before / 4 ? n_stalls + 1 : 0;
        before = gap;
        if (n_stalls == MAX_STALLS && be_precise(s))
            n_stalls = 0;
        if (i == n_iterations || n_stalls == MAX_STALLS || !move(s, &is_full))
            return false;
    }
    return true;
}

/* x = the point of equal scores, but for the frequencies of the classes. */
static void start(search *s)
{
    const size_t n_columns = s->c->n_columns, last = n_columns - 1;
    for (size_t k = 0; k < s->c->p->n_classes; k++) {
        for (size_t d = 0; d < last; d++)
            dd_set(s->at->x, k * n_columns + d, dd_of(0));
        dd_set(s->at->x, k * n_columns + last, dd_of(log(s->c->class_means.hi[k * n_columns + last])));
    }
}

/* From the start, takes x near the minimum of one penalty after the other, from a large one to 30 times the own. */
static void follow_path(search *s)
{
    const centred *c = s->c;
    const newton_method method = s->method;
    centred eased = *c;
    double least = HUGE_VAL;
    for (size_t d = 0; d + 1 < c->n_columns; d++)
        least = fmin(least, c->penalty[d]);
    eased.penalty = allocate(c->n_columns, sizeof *eased.penalty);
    s->c = &eased;
    start(s);
    for (double factor = 0.01 / least; factor >= 30; factor /= 30) {
        bool is_full = false;
        for (size_t d = 0; d < c->n_columns; d++)
            eased.penalty[d] = factor * c->penalty[d];
        s->method = method;
        for (int i = 0; !is_full && i < MAX_EASED; i++) {
            point_evaluate(&eased, s->at);
            if (!move(s, &is_full))
                break;
        }
    }
    s->method = method;
    s->c = c;
    free(eased.penalty);
}

static reference find(const centred *c)
{
    const size_t n_classes = c->p->n_classes, n_columns = c->n_columns, n_parameters = n_classes * n_columns;
    search s = {.c = c, .at = point_create(c)};
    s.n_unknowns = n_parameters - n_columns;
    s.method = s.n_unknowns > MAX_DENSE ? NEWTON_CG : NEWTON_DENSE;
    s.direction = allocate(n_parameters, sizeof *s.direction);
    s.change = allocate(n_classes * c->n_padded, sizeof *s.change);
    s.found.value = dd_of(0x1p1000);
    s.found.bound = dd_of(0);
    start(&s);
    if (!descend(&s, MAX_DIRECT)) {
        s.method = s.n_unknowns > MAX_DENSE_AT_LAST ? NEWTON_CG : NEWTON_DENSE;
        follow_path(&s);
        if (!descend(&s, MAX_ITERATIONS) && be_precise(&s))
            (void)descend(&s, MAX_ITERATIONS);
    }
    s.found.is_precise = s.method == NEWTON_PRECISE;
    free(s.change);
    free(s.direction);
    point_free(s.at);
    return s.found;
}

reference reference_find(const centred *c)
{
    if (c->p->n_samples > c->p->n_features)
        return find(c);
    centred *reduced = centred_reduce(c);
    const reference found = find(reduced);
    centred_free(reduced);
    return found;
}
