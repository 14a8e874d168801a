/* Bounds of what rounding changes in a certificate. */
#include "rounding.h"

#include <float.h>
#include <math.h>

#include "float_means.h"
#include "kernels/elementary.h"
#include "vector.h"

sm_magnitudes sm_magnitudes_find(const sm_objective *o, const double *x)
{
    const sm_coordinates *c = &o->coordinates;
    const double *bias = x + c->n_classes * c->n_features;
    sm_magnitudes m = {0, 0, 0};
    double mean = 0;
    for (size_t k = 0; k < c->n_classes; k++)
        mean += bias[k] / (double)c->n_classes;
    for (size_t k = 0; k < c->n_classes; k++) {
        const double *weights = x + k * c->n_features;
        double centre = 0;
        for (size_t d = 0; d < c->n_features; d++)
            centre += fabs(weights[d] * c->scale[d] * c->centre[d]);
        m.weight = fmax(m.weight, sm_norm(c->n_features, weights));
        m.bias = fmax(m.bias, fabs(bias[k] - mean));
        m.centre = fmax(m.centre, centre);
    }
    return m;
}

double sm_unsure(const sm_objective *o, const sm_means *means)
{
    double unsure = 0;
    for (size_t k = 0; k < o->source.n_classes; k++)
        unsure += means->residuals[k] / 2;
    return unsure;
}

/* Where the logarithm of a probability is off by at most d_n = a ||z_n|| + b: at most d_n^2 / 2, and in double precision
 * at most 2 d_n^2 exp(2 d_n) (1 - alpha_ny). */
static double bound_divergence(const sm_objective *o, const sm_means *means, double a, double b)
{
    const double d = a * o->lengths.longest_z + b, unsure = sm_unsure(o, means);
    const double by_mean = a * a * o->lengths.mean_square_z + b * b;
    return unsure > 0 ? fmin(by_mean, 2 * d * d / sm_exp_double(-2 * d) * unsure) : by_mean;
}

/* Additions to one partial sum of a score, and those of partial sums and of words. */
static double count_score_additions(const sm_objective *o, bool is_float)
{
    const double n_features = (double)o->source.n_features, n_chunks = n_features / SM_LANES + 1;
    if (!is_float)
        return (n_features + 1) / SM_DOUBLE_LANES + 1 + 3;
    return fmin(n_chunks, SM_WORD_CHUNKS) + 4 + n_chunks / SM_WORD_CHUNKS + 1;
}

/* Additions of tiles or blocks to a shard, and of shards, which are in double. */
static double count_outer_additions(const sm_objective *o, double n_tiles)
{
    const double n_shards = (double)o->n_max_shards;
    return n_tiles / n_shards + 1 + fmin(n_shards, n_tiles + 1);
}

/* The samples whose sum is made first, in the precision of the arithmetic. */
static double count_tile(sm_arithmetic arithmetic)
{
    const double counts[] = {SM_BLOCK_SAMPLES, SM_CAREFUL_SAMPLES, SM_DOUBLE_TILE, SM_DOUBLE_TILE};
    return counts[arithmetic];
}

sm_rounding sm_rounding_find(const sm_objective *o, sm_arithmetic arithmetic, const sm_means *means,
                             const sm_magnitudes *m)
{
    const bool is_float = arithmetic <= SM_CAREFULLY, is_exact = arithmetic == SM_EXACTLY;
    const double n_features = (double)o->source.n_features, n_classes = (double)o->source.n_classes;
    const double n_samples = (double)o->source.n_samples, double_unit = DBL_EPSILON / 2;
    const double unit = is_float ? (double)FLT_EPSILON / 2 : double_unit;
    const double score_unit = (count_score_additions(o, is_float) + 8) * unit;
    const double exp_unit = (n_classes + 16) * unit * (is_exact ? n_classes : 1);
    const double centre_unit = is_float ? 0 : (n_features + 4) * unit;
    const double n_tile = count_tile(arithmetic);
    const double outer = count_outer_additions(o, n_samples / n_tile) * double_unit;
    const double a = score_unit * m->weight, b = score_unit * m->bias + exp_unit;
    const double underflow = n_classes * (is_float ? (double)FLT_MIN : DBL_MIN);
    const double probabilities = a * o->lengths.longest_z + b;
    const double sums = is_exact ? 8 * (n_samples + 16) * unit * unit : (n_tile + n_classes + 8) * unit + outer;
    return (sm_rounding){
        .divergence = bound_divergence(o, means, a, b + centre_unit * m->centre) + underflow,
        .probabilities = probabilities,
        .losses = 2 * probabilities + (n_tile + 32) * unit + outer,
        .sums = sums,
        .shares = arithmetic == SM_CAREFULLY ? (SM_BLOCK_SAMPLES + n_classes + 8) * double_unit + outer : sums,
        .labels = arithmetic == SM_IN_FLOAT ? (n_classes + 8) * unit : 0,
    };
}
