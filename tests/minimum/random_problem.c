#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "softmax.h"

/* What a random problem is made of. */
typedef struct recipe {
    sm_random random;
    double centres;        /* the spread of the classes' centres, in deviations of the samples around them */
    bool is_discrete;      /* few different values in a column */
    bool is_heavy_tailed;  /* third powers */
    bool is_correlated;    /* each column has a share of the one before */
    bool has_lone_classes; /* some classes have one sample */
    bool has_repeats;      /* and constant columns */
} recipe;

/* Uniform in 0 to below 1. */
static double uniform(sm_random *r)
{
    return (double)(sm_random_next(r) >> 11) * 0x1p-53;
}

static bool happens(sm_random *r, double probability)
{
    return uniform(r) < probability;
}

/* Nearly normal, and the same on every machine, since only exact sums of multiples of 2^-53 are formed. */
static double normal(sm_random *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += floor(uniform(r) * 0x1p40) * 0x1p-40;
    return sum;
}

/* 10^u for |u| < 16, from products, which every machine rounds alike, unlike pow(). */
static double power_of_ten(double u)
{
    static const double ROOTS[] = {3.1622776601683795, 1.7782794100389228, 1.333521432163324,  1.1547819846894582,
                                   1.0746078283213176, 1.036632928437698,  1.0181517217181819, 1.0090350448414475};
    double whole = floor(u), rest = u - whole, power = 1;
    for (size_t i = 0; i < sizeof ROOTS / sizeof *ROOTS; i++) {
        rest *= 2;
        power *= rest >= 1 ? ROOTS[i] : 1;
        rest -= rest >= 1;
    }
    const double x = rest * 0x1p-8 * 2.302585092994046; /* what is left: exp(x) for x < 0.009 */
    power *= 1 + x * (1 + x / 2);
    for (; whole > 0; whole--)
        power *= 10;
    for (; whole < 0; whole++)
        power /= 10;
    return power;
}

/* Log-uniform from 10^low to 10^high. */
static double log_uniform(sm_random *r, double low, double high)
{
    return power_of_ten(low + (high - low) * uniform(r));
}

/* A log-uniform integer from 10^low up to below 10^high. */
static size_t log_uniform_size(sm_random *r, double low, double high)
{
    return (size_t)log_uniform(r, low, high);
}

/* Decimal logarithms; those of exclusive ends are rounded down. */
static const double LOG_2 = 0.30103, LOG_31 = 1.49136, LOG_4 = 0.60206, LOG_101 = 2.0043, LOG_501 = 2.69983,
                    LOG_5001 = 3.69905;

static void draw_sizes(problem *p, sm_random *r, bool is_large)
{
    const size_t lowest = is_large ? 1001 : 1, highest = is_large ? 20000 : 1000;
    size_t n_parameters;
    do {
        p->n_samples =
            p->is_standardised ? log_uniform_size(r, LOG_4, LOG_101) : log_uniform_size(r, LOG_2, LOG_5001);
        p->n_features = log_uniform_size(r, 0, p->is_standardised ? 1 : is_large ? 3 : LOG_501);
        p->n_classes = log_uniform_size(r, LOG_2, LOG_31);
        n_parameters = p->n_classes * (p->n_features + 1);
    } while (p->n_samples < p->n_classes || n_parameters < lowest || n_parameters > highest);
}

/* Every class gets a sample, and the rest a class each: at random, evenly or mostly the first ones. */
static void draw_labels(problem *p, recipe *c)
{
    const bool is_uneven = happens(&c->random, 0.3);
    const size_t n_lone = c->has_lone_classes ? sm_random_below(&c->random, p->n_classes) : 0;
    for (size_t n = 0; n < p->n_samples; n++) {
        const double u = uniform(&c->random);
        const size_t k = (size_t)((is_uneven ? u * u * u : u) * (double)(p->n_classes - n_lone));
        p->labels[n] = (uint8_t)(n < p->n_classes ? n : k);
    }
}

/* Draws a row around a centre [D]. */
static void draw_row(recipe *c, size_t n_features, const double *centre, double *row)
{
    double value = 0;
    for (size_t d = 0; d < n_features; d++) {
        const double own = centre[d] + normal(&c->random);
        value = c->is_correlated ? 0.1 * own + 0.9 * value : own;
        const double shaped = c->is_heavy_tailed ? value * value * value : value;
        row[d] = c->is_discrete ? floor(2 * shaped) : shaped;
    }
}

/* The class with the nearest centre, in the columns as drawn: classes of the nearest centre are separable. */
static uint8_t find_nearest(const problem *p, const double *centres, const double *row)
{
    size_t nearest = 0;
    double least = HUGE_VAL;
    for (size_t k = 0; k < p->n_classes; k++) {
        double distance = 0;
        for (size_t d = 0; d < p->n_features; d++) {
            const double difference = row[d] - centres[k * p->n_features + d];
            distance += difference * difference;
        }
        if (distance < least) {
            least = distance;
            nearest = k;
        }
    }
    return (uint8_t)nearest;
}

/* Numbers the classes that have samples. */
static void drop_empty_classes(problem *p)
{
    size_t count[SM_MAX_CLASSES] = {0}, number[SM_MAX_CLASSES] = {0}, n = 0;
    for (size_t i = 0; i < p->n_samples; i++)
        count[p->labels[i]]++;
    for (size_t k = 0; k < p->n_classes; k++) {
        number[k] = n;
        n += count[k] > 0;
    }
    for (size_t i = 0; i < p->n_samples; i++)
        p->labels[i] = (uint8_t)number[p->labels[i]];
    p->n_classes = n;
}

/* Some columns become copies of others, or constant. */
static void repeat_columns(problem *p, sm_random *r)
{
    const double share = uniform(r) / 2;
    for (size_t d = 0; d < p->n_features; d++) {
        const bool is_copy = happens(r, share), is_constant = happens(r, share / 2);
        const size_t from = sm_random_below(r, p->n_features);
        const double constant = normal(r);
        for (size_t n = 0; n < p->n_samples; n++) {
            double *row = p->values + n * p->n_features;
            row[d] = is_constant ? constant : is_copy ? row[from] : row[d];
        }
    }
}

/* Labels of the nearest centres, but for a few. */
static void separate(problem *p, recipe *c, const double *centres)
{
    for (size_t n = 0; n < p->n_samples; n++)
        p->labels[n] = find_nearest(p, centres, p->values + n * p->n_features);
    const bool is_exact = p->kind == KIND_SEPARABLE;
    const size_t n_flips = is_exact ? 0 : 1 + sm_random_below(&c->random, 1 + p->n_samples / 50);
    for (size_t i = 0; i < n_flips; i++) {
        const size_t n = sm_random_below(&c->random, p->n_samples);
        p->labels[n] = (uint8_t)sm_random_below(&c->random, p->n_classes);
    }
}

static void draw_values(problem *p, recipe *c)
{
    const size_t n_features = p->n_features;
    double *centres = allocate(p->n_classes * n_features, sizeof *centres);
    for (size_t i = 0; i < p->n_classes * n_features; i++)
        centres[i] = c->centres * normal(&c->random);
    for (size_t n = 0; n < p->n_samples; n++)
        draw_row(c, n_features, centres + p->labels[n] * n_features, p->values + n * n_features);
    if (c->has_repeats)
        repeat_columns(p, &c->random);
    if (p->kind != KIND_OVERLAPPING)
        separate(p, c, centres);
    free(centres);
    /* Two classes are the least. */
    size_t n_first = 0;
    for (size_t n = 0; n < p->n_samples; n++)
        n_first += p->labels[n] == p->labels[0];
    if (n_first == p->n_samples)
        p->labels[0] = p->labels[0] == 0;
    drop_empty_classes(p);
}

/* Columns are multiplied by 1e-6 to 1e6, together or each for itself, and shifted by up to 1e6 times their spread. */
static void scale_columns(problem *p, sm_random *r)
{
    const bool is_scaled = happens(r, 0.7), each_is_scaled = is_scaled && happens(r, 0.5),
               is_shifted = happens(r, 0.4);
    const double common = is_scaled ? log_uniform(r, -6, 6) : 1, shift = is_shifted ? log_uniform(r, -1, 6) : 0;
    for (size_t d = 0; d < p->n_features; d++) {
        const double own_shift = shift * (2 * uniform(r) - 1), own_scale = log_uniform(r, -6, 6);
        const double scale = each_is_scaled ? own_scale : common;
        for (size_t n = 0; n < p->n_samples; n++) {
            double *value = &p->values[n * p->n_features + d];
            *value = (*value + own_shift) * scale;
        }
    }
    char scale[32] = "each scaled";
    if (!each_is_scaled)
        (void)snprintf(scale, sizeof scale, "scale %.1g", common);
    const size_t used = strlen(p->description);
    (void)snprintf(p->description + used, sizeof p->description - used, ", %s, shift %.1g", scale, shift);
}

static recipe draw_recipe(sm_random *r)
{
    recipe c = {0};
    c.centres = log_uniform(r, -1, 1);
    c.is_discrete = happens(r, 0.2);
    c.is_heavy_tailed = happens(r, 0.1);
    c.is_correlated = happens(r, 0.2);
    c.has_lone_classes = happens(r, 0.2);
    c.has_repeats = happens(r, 0.25);
    return c;
}

/* The generator of a problem's number. */
static sm_random start_random(uint64_t seed, size_t number)
{
    sm_random r = {seed};
    r.state = sm_random_next(&r) ^ number;
    r.state = sm_random_next(&r);
    return r;
}

problem *problem_random(uint64_t seed, size_t number, bool is_large)
{
    static const char *const KINDS[] = {"separable", "nearly separable", "overlapping"};
    problem *p = allocate(1, sizeof *p);
    sm_random r = start_random(seed, number);
    p->kind = (problem_kind)sm_random_below(&r, 3);
    p->is_standardised = !is_large && happens(&r, 0.25);
    p->l2 = log_uniform(&r, -9, 0);
    draw_sizes(p, &r, is_large);
    p->values = allocate(p->n_samples * p->n_features, sizeof *p->values);
    p->labels = allocate(p->n_samples, sizeof *p->labels);
    recipe c = draw_recipe(&r);
    c.random = r;
    draw_labels(p, &c);
    draw_values(p, &c);
    (void)snprintf(p->description, sizeof p->description, "%s%s%s%s%s%s%s", KINDS[p->kind],
                   p->is_standardised ? ", standardised" : "", c.is_discrete ? ", discrete" : "",
                   c.is_heavy_tailed ? ", heavy tails" : "", c.is_correlated ? ", correlated" : "",
                   c.has_lone_classes ? ", lone classes" : "", c.has_repeats ? ", repeats" : "");
    if (p->is_standardised)
        problem_standardise(p);
    else
        scale_columns(p, &c.random);
    return p;
}
