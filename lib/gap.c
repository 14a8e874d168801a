/*
 * The duality gap of the objective: an upper bound of F(x) - min F, with an allowance for its own rounding. The analysis
 * is in docs/certificate.md; names here are those used there.
 *
 * Fenchel-Young. For any distribution alpha,  logsumexp(a) + H'(alpha) - <alpha, a> = KL(alpha || softmax(a)),  where H'
 * is the negative entropy. So for any distributions alpha_n, one for each sample, whose mean is that of the labels,
 *
 *   F(x) - min F  <=  mean_n KL(alpha_n || S_n)  +  ||M + l2 W||^2 / (2 l2)     with   M = mean_n (alpha_n - y_n) z_n'
 *
 * which needs no difference of large numbers. (The gap between F and its dual, after Collins et al. 2008, eq. 5.)
 *
 * The choice of alpha. At the minimum the best alpha_n are the probabilities S_n: then KL is 0, and M + l2 W the gradient.
 * But their mean s differs from that of the labels, c, by the gradient of the bias, s - c. Mixing in one distribution q
 * corrects this:
 *
 *   alpha_n = (1 - e) S_n + e q    with    q = s + (c - s) / e,    whose mean is c
 *
 * The smallest e for which no q_k is negative changes the S_n least: max_k (s_k - c_k) / s_k. KL is convex, so that
 *
 *   mean KL(alpha_n || S_n) <= e mean KL(q || S_n),   mean KL(q || S_n) = mean L_n - <q z' - y z', W> - <q - c, b> - H(q)
 *
 * with the means of z and y z', and no sample is visited again.
 *
 * Rounding. The alpha_n are the computed probabilities, divided by their sum. They differ from the S_n of exact
 * arithmetic by factors up to exp(+-d), so that KL(alpha_n || S_n) <= d^2 / 2 (Hoeffding 1963). What was computed as M, and
 * as s, differs from the means of these alpha_n by the rounding of sums alone.
 *
 * A sharper gap. The alpha_n may be those of another point z, nearer to the minimum:
 *
 *   mean KL(S_n(z) || S_n(x)) = L(x) - L(z) - <dL(z), x - z>     and     M = dL/dW at z
 *
 * In double precision, z is x after a step of Newton's method, and then one on b alone, so that s is near c. In float, z is
 * x after a step on b alone, and sums are made more carefully; where the step has the range r, KL is at most r^2 / 8
 * (Hoeffding). This takes passes, so it is done only where it may make the gap as small as the caller asks for. Since
 * F(x) - F(z) <= F(x) - min F, it shows in double precision how much of the gap is true; until most of it is, z takes
 * further steps.
 */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "bias_step.h"
#include "double_means.h"
#include "exact_means.h"
#include "float_means.h"
#include "gap.h"
#include "kernels/elementary.h"
#include "rounding.h"
#include "vector.h"

/* The mixture with the probabilities: a share e of the distribution q, whose negative entropy is <q, log q>. */
typedef struct mixture {
    double e, q[SM_MAX_CLASSES], negative_entropy;
} mixture;

/* The mixture for labels of mean c, frequency [K], and probabilities of mean s = c + bias_gradient [K]. */
static void mix(size_t n_classes, const double *frequency, const double *bias_gradient, mixture *m)
{
    *m = (mixture){0};
    for (size_t k = 0; k < n_classes; k++) {
        const double s = frequency[k] + bias_gradient[k];
        if (bias_gradient[k] > 0)
            m->e = fmax(m->e, s > 0 ? bias_gradient[k] / s : 1);
    }
    m->e = fmin(m->e, 1);
    for (size_t k = 0; m->e > 0 && k < n_classes; k++) {
        m->q[k] = fmax(frequency[k] + bias_gradient[k] - bias_gradient[k] / m->e, 0);
        m->negative_entropy += m->q[k] >= DBL_MIN ? m->q[k] * sm_log_double(m->q[k]) : 0;
    }
}

/* What the bound at x needs: x, the mean loss there, and the alpha_n, which were computed at z, by M + l2 W and s - c in
 * the place of a gradient. */
typedef struct point {
    const double *x, *z, *gradient; /* [n_parameters] */
    const sm_means *means;          /* of the alpha_n */
    double loss;
} point;

/* The share of other distributions that may be needed because rounding leaves s unknown. */
static double unknown_share(const sm_objective *o, const point *p, const sm_rounding *r)
{
    const size_t n_classes = o->source.n_classes;
    const double *frequency = o->class_sums + n_classes * o->source.n_features;
    const double *bias_gradient = p->gradient + n_classes * o->source.n_features;
    double share = 0;
    for (size_t k = 0; o->has_bias && k < n_classes; k++) {
        const double s = frequency[k] + bias_gradient[k];
        const double residuals = p->means->residuals[k] > 0 ? p->means->residuals[k] : frequency[k] + s;
        const double error = r->shares * residuals + r->labels * frequency[k];
        share = fmax(share, error > 0 ? error / fmax(s - error, DBL_MIN) : 0);
    }
    return fmin(share, 1);
}

/* ||M + l2 W||^2 / (2 l2), in which M has been mixed. */
static double squared_norm(const sm_objective *o, const mixture *m, const point *p)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    double sum = 0;
    for (size_t d = 0; d < n_features; d++) {
        const double penalty = sm_objective_penalty(o, d);
        double mean_z = 0, column = 0;
        for (size_t k = 0; k < n_classes; k++)
            mean_z += o->class_sums[k * n_features + d];
        for (size_t k = 0; k < n_classes; k++) {
            const size_t i = k * n_features + d;
            const double mixed = m->e * (m->q[k] * mean_z - o->class_sums[i] - p->gradient[i] + penalty * p->x[i]);
            column += (p->gradient[i] + mixed) * (p->gradient[i] + mixed);
        }
        sum += column / (2 * penalty);
    }
    return sum;
}

/* mean KL(q || S_n), with an allowance for the rounding of this sum and of what is summed. */
static double mean_divergence(const sm_objective *o, const mixture *m, const point *p)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    const double *frequency = o->class_sums + n_classes * n_features, *bias = p->x + n_classes * n_features;
    double sum = p->loss + m->negative_entropy, magnitude = p->loss - m->negative_entropy;
    for (size_t d = 0; d < n_features; d++) {
        double mean_z = 0;
        for (size_t k = 0; k < n_classes; k++)
            mean_z += o->class_sums[k * n_features + d];
        for (size_t k = 0; k < n_classes; k++) {
            const double class_sum = o->class_sums[k * n_features + d], v = p->x[k * n_features + d];
            sum -= (m->q[k] * mean_z - class_sum) * v;
            magnitude += (fabs(m->q[k] * mean_z) + fabs(class_sum)) * fabs(v);
        }
    }
    for (size_t k = 0; k < n_classes; k++) {
        sum -= (m->q[k] - frequency[k]) * bias[k];
        magnitude += (m->q[k] + frequency[k]) * fabs(bias[k]);
    }
    const double n_additions = (double)(n_classes * (n_features + 1) + o->source.n_samples + 16);
    return fmax(sum, 0) + n_additions * DBL_EPSILON * magnitude;
}

static sm_magnitudes larger(sm_magnitudes a, sm_magnitudes b)
{
    return (sm_magnitudes){fmax(a.weight, b.weight), fmax(a.bias, b.bias), fmax(a.centre, b.centre)};
}

/* The bound at x, and the part of it that is due to rounding. */
static sm_bound bound_at(const sm_objective *o, sm_arithmetic arithmetic, const point *p)
{
    const size_t n_weights = o->source.n_classes * o->source.n_features;
    const sm_magnitudes large = larger(sm_magnitudes_find(o, p->x), sm_magnitudes_find(o, p->z));
    const sm_rounding r = sm_rounding_find(o, arithmetic, p->means, &large);
    mixture m = {0};
    if (o->has_bias)
        mix(o->source.n_classes, o->class_sums + n_weights, p->gradient + n_weights, &m);
    const double by_rounding = unknown_share(o, p, &r);
    const double most = sm_log_double((double)o->source.n_classes) +
                        2 * (large.weight * sqrt(o->lengths.mean_square_z) + large.bias);

    const double norm = sqrt(squared_norm(o, &m, p)), divergence = m.e > 0 ? m.e * mean_divergence(o, &m, p) : 0;
    const double sums = r.sums * (sqrt(p->means->squares) + 2 * m.e) + r.labels + 3 * by_rounding;
    const double penalty_norm = sqrt(o->l2 / 2 * sm_coordinates_squared_norm(&o->coordinates, p->x));
    const double error =
        sums * sqrt(o->lengths.mean_square / (2 * o->l2)) + 4 * DBL_EPSILON * (norm + penalty_norm);
    const double allowance = (2 * norm + error) * error + r.divergence + by_rounding * most +
                             r.losses * m.e * p->loss + 1e-14 * divergence;
    /* After a step on the bias that was not found in float, almost nothing would be left to mix. */
    const double by_float = !o->is_double && arithmetic != SM_IN_FLOAT ? divergence : 0;
    return (sm_bound){norm * norm + divergence + allowance, allowance + by_float};
}

/* The difference between the largest and the smallest of n values. */
static double find_range(size_t n, const double *values)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    return high - low;
}

/* A point z = x - step whose alpha_n bound F at x. */
typedef struct aim {
    double *step, *z, *gradient; /* [n_parameters] */
    double decrease;             /* F(x) - F(z), in double precision */
} aim;

static void set_z(const sm_objective *o, const point *p, const aim *a)
{
    memcpy(a->z, p->x, o->n_parameters * sizeof *a->z);
    sm_add_scaled(o->n_parameters, -1, a->step, a->z);
}

/* mean KL(alpha_n || S_n(x)) less mean KL(alpha_n || S_n(z)), for the alpha_n of z, whose means are given; slope is
 * <dL(z), step>. In double precision it is the difference of the losses, otherwise that of a step on the bias. */
static double bound_move(const sm_objective *o, sm_arithmetic arithmetic, const point *p, const sm_means *means,
                         const double *step, double slope)
{
    const sm_magnitudes at_x = sm_magnitudes_find(o, p->x), moved = sm_magnitudes_find(o, step);
    const sm_rounding r = sm_rounding_find(o, arithmetic, means, &at_x);
    const double range_to_x = 2 * (moved.weight * o->lengths.longest_z + moved.bias);
    const double range = find_range(o->source.n_classes, step + o->n_parameters - o->source.n_classes);
    const double by_rounding = 4 * (r.sums + 2 * r.probabilities) * sm_unsure(o, means) * range_to_x;
    if (!o->is_double) {
        /* The mean variance of the step at x: it solves the equations with the mean Jacobian. */
        const double variance = sm_dot(o->n_parameters, p->gradient, step) + 1e-5 * range * range;
        return fmin(range * range / 8, variance / 2 / sm_exp_double(-range)) + by_rounding;
    }
    return fmax(p->loss - means->loss - slope, 0) + r.losses * (p->loss + means->loss) + by_rounding;
}

static sm_status find_means(sm_objective *o, sm_arithmetic arithmetic, const double *z, sm_means *means,
                            double *gradient)
{
    if (arithmetic == SM_CAREFULLY)
        return sm_careful_means(o, z, means, gradient);
    const sm_status status = sm_objective_prepare_doubles(o);
    if (status != SM_OK)
        return status;
    return arithmetic == SM_EXACTLY ? sm_exact_means(o, z, means, gradient)
                                    : sm_double_means(o, &(sm_terms){NULL, 0}, z, means, gradient);
}

/* F(x) - F(z), from the loss at z. */
static double find_decrease(const sm_objective *o, const point *p, const aim *a, double loss)
{
    const size_t n_features = o->source.n_features;
    double penalty = 0;
    for (size_t i = 0; i < o->source.n_classes * n_features; i++)
        penalty += sm_objective_penalty(o, i % n_features) * a->step[i] * (p->x[i] + a->z[i]) / 2;
    return p->loss - loss + penalty;
}

/* The bound at x by the alpha_n of z. */
static sm_status bound_by(sm_objective *o, sm_arithmetic arithmetic, const point *p, aim *a, sm_bound *bound)
{
    sm_means means;
    const point by = {.x = p->x, .z = a->z, .gradient = a->gradient, .means = &means, .loss = p->loss};
    const sm_status status = find_means(o, arithmetic, a->z, &means, a->gradient);
    if (status != SM_OK)
        return status;
    const double slope = sm_dot(o->n_parameters, a->gradient, a->step);
    sm_objective_add_penalty(o, p->x, a->gradient);
    const sm_bound found = bound_at(o, arithmetic, &by);
    const double gap = found.gap + bound_move(o, arithmetic, p, &means, a->step, slope);
    if (gap < bound->gap)
        *bound = (sm_bound){gap, found.rounding};
    a->decrease = find_decrease(o, p, a, means.loss);
    return SM_OK;
}

/* Moves z by a step on the bias alone. */
static sm_status correct_bias(sm_objective *o, const point *p, aim *a)
{
    const size_t n_weights = o->n_parameters - o->source.n_classes;
    double step[SM_MAX_CLASSES];
    sm_means means;
    sm_status status = SM_OK;
    set_z(o, p, a);
    if (!o->has_bias)
        return SM_OK;
    /* Without Newton's matrix, z is x. */
    const double *gradient = o->newton.factors ? a->gradient : p->gradient;
    if (o->newton.factors)
        status = sm_double_means(o, &(sm_terms){NULL, 0}, a->z, &means, a->gradient);
    if (status == SM_OK)
        status = sm_bias_step(o, a->z, gradient + n_weights, step);
    for (size_t k = 0; status == SM_OK && k < o->source.n_classes; k++)
        a->step[n_weights + k] += step[k];
    set_z(o, p, a);
    return status;
}

/* Moves z by a step of Newton's method from where bound_by has left its gradient, but for the penalty, which is that of x. */
static void step_again(sm_objective *o, aim *a)
{
    const size_t n_features = o->source.n_features;
    for (size_t i = 0; i < o->source.n_classes * n_features; i++)
        a->gradient[i] -= sm_objective_penalty(o, i % n_features) * a->step[i];
    sm_newton_solve(&o->newton, a->gradient, a->gradient);
    sm_add_scaled(o->n_parameters, 1, a->gradient, a->step);
}

/* The bound, unless it is small enough already, in an arithmetic that rounds less, if that is all that is left of it. */
static sm_status round_less(sm_objective *o, sm_arithmetic arithmetic, const point *p, double enough, aim *a,
                            sm_bound *bound)
{
    if (bound->gap <= enough || bound->gap - bound->rounding > enough)
        return SM_OK;
    return bound_by(o, arithmetic, p, a, bound);
}

static sm_status sharpen_in_float(sm_objective *o, const point *p, double enough, aim *a, sm_bound *bound)
{
    sm_status status = bound_by(o, SM_CAREFULLY, p, a, bound);
    if (status == SM_OK)
        status = round_less(o, SM_IN_DOUBLE, p, enough, a, bound);
    return status;
}

static sm_status sharpen_in_double(sm_objective *o, const point *p, double enough, aim *a, sm_bound *bound)
{
    enum { MAX_MORE_STEPS = 4 };
    sm_status status = bound_by(o, SM_IN_DOUBLE, p, a, bound);
    /* Bytes are products with a unit that is rounded, so that no sum is exact. */
    if (status == SM_OK && o->source.type != SM_U8)
        status = round_less(o, SM_EXACTLY, p, enough, a, bound);
    double before = HUGE_VAL;
    for (size_t i = 0; status == SM_OK && o->newton.factors && bound->gap <= enough && i < MAX_MORE_STEPS; i++) {
        if (bound->gap <= 4 * a->decrease + 2 * bound->rounding || bound->gap > before / 2)
            break;
        before = bound->gap;
        step_again(o, a);
        status = correct_bias(o, p, a);
        if (status == SM_OK)
            status = bound_by(o, SM_IN_DOUBLE, p, a, bound);
    }
    return status;
}

/* About the bound after a step on the bias. That takes the sum of the residuals to 0; where all samples have much in
 * common, it takes their mean from the gradient of the weights. This came out up to a fifth below the bound that followed. */
static double expect_bound(const sm_objective *o, const point *p)
{
    const size_t n_features = o->source.n_features, n_classes = o->source.n_classes;
    const double *bias_gradient = p->gradient + n_classes * n_features;
    const mixture none = {0};
    if (!o->has_bias || !sm_objective_is_dense(o))
        return squared_norm(o, &none, p);
    double sum = 0;
    for (size_t d = 0; d < n_features; d++) {
        double mean_z = 0, column = 0;
        for (size_t k = 0; k < n_classes; k++)
            mean_z += o->class_sums[k * n_features + d];
        for (size_t k = 0; k < n_classes; k++) {
            const double left = p->gradient[k * n_features + d] - bias_gradient[k] * mean_z;
            column += left * left;
        }
        sum += column / (2 * sm_objective_penalty(o, d));
    }
    return 1.25 * sum;
}

/* Whether a pass is worth while: the gap may get below `enough`, or at least much smaller than it is. */
static bool is_promising(const sm_objective *o, const point *p, const sm_bound *bound, double enough,
                         const double *step)
{
    if (!o->is_double)
        return bound->gap > enough && fmin(expect_bound(o, p), bound->gap - bound->rounding) <= enough;
    const double expected = sm_dot(o->n_parameters, p->gradient, step) / 2;
    return expected <= enough && (bound->gap > enough || bound->gap > 8 * expected);
}

/* Sharpens a bound, where that is promising. */
static sm_status sharpen(sm_objective *o, const point *p, double enough, sm_bound *bound)
{
    const size_t n = o->n_parameters;
    double *memory = calloc(n, 3 * sizeof *memory);
    if (!memory)
        return SM_ERROR_MEMORY;
    aim a = {memory, memory + n, memory + 2 * n, 0};
    if (o->is_double && o->newton.factors)
        sm_newton_solve(&o->newton, p->gradient, a.step);
    sm_status status = SM_OK;
    if (is_promising(o, p, bound, enough, a.step)) {
        status = correct_bias(o, p, &a);
        if (status == SM_OK)
            status = (o->is_double ? sharpen_in_double : sharpen_in_float)(o, p, enough, &a, bound);
    }
    free(memory);
    return status == SM_ERROR_NOT_FINITE ? SM_OK : status;
}

sm_status sm_objective_gap(void *context, const double *x, const double *gradient, double enough, sm_bound *bound)
{
    sm_objective *o = context;
    const point p = {.x = x, .z = x, .gradient = gradient, .means = &o->means, .loss = o->means.loss};
    *bound = bound_at(o, o->is_double ? SM_IN_DOUBLE : SM_IN_FLOAT, &p);
    return sharpen(o, &p, enough, bound);
}
