/* Whether probabilities tell how often they are right: temperature, calibration error, coverage. */
#include <stdlib.h>
#include <string.h>

#include "softmax.h"
#include "vector.h"

/* The range of the inverse temperature, 1/MAX_FACTOR to MAX_FACTOR, and its relative precision. */
static const double MAX_FACTOR = 64, PRECISION = 1e-6;

/* f(factor x), seen as a function of the factor. */
typedef struct ray {
    const sm_problem *problem;
    const double *x;
    double *point, *gradient; /* [n_parameters] */
} ray;

/* Its derivative, <grad f(factor x), x>, which rises with the factor: f is convex. */
static sm_status evaluate_slope(const ray *r, double factor, double *slope)
{
    const size_t n = r->problem->n_parameters;
    double value;
    for (size_t i = 0; i < n; i++)
        r->point[i] = factor * r->x[i];
    const sm_status status =
        r->problem->evaluate(r->problem->context, &(sm_terms){NULL, 0}, r->point, &value, r->gradient);
    if (status == SM_OK)
        *slope = sm_dot(n, r->gradient, r->x);
    return status;
}

/* A factor and the slope there. */
typedef struct end {
    double factor, slope;
} end;

/* Two factors between which the slope changes its sign, one twice the other; both at the end of the range if it does
 * not. */
static sm_status bracket(const ray *r, end *low, end *high)
{
    sm_status status = evaluate_slope(r, 1, &low->slope);
    low->factor = 1;
    *high = *low;
    const bool is_rising = low->slope < 0;
    end *moving = is_rising ? high : low, *following = is_rising ? low : high;
    while (status == SM_OK && (moving->slope < 0) == is_rising && moving->slope != 0) {
        *following = *moving;
        const double next = is_rising ? 2 * moving->factor : moving->factor / 2;
        if (next > MAX_FACTOR || next < 1 / MAX_FACTOR)
            return SM_OK;
        moving->factor = next;
        status = evaluate_slope(r, next, &moving->slope);
    }
    return status;
}

/* The zero of the slope by false position, halving the slope of an end that is kept (the Illinois algorithm; Dowell &
 * Jarratt 1971, A modified regula falsi method). */
static sm_status find_zero(const ray *r, end low, end high, double *factor)
{
    sm_status status = SM_OK;
    *factor = low.slope == 0 ? low.factor : high.factor;
    while (status == SM_OK && low.slope < 0 && high.slope > 0 &&
           high.factor - low.factor > PRECISION * low.factor) {
        end next;
        next.factor = low.factor - low.slope * (high.factor - low.factor) / (high.slope - low.slope);
        const double moved = fabs(next.factor - *factor);
        status = evaluate_slope(r, next.factor, &next.slope);
        *factor = next.factor;
        if (next.slope == 0 || moved <= PRECISION * next.factor)
            break;
        end *kept = next.slope < 0 ? &high : &low, *replaced = next.slope < 0 ? &low : &high;
        kept->slope /= 2;
        *replaced = next;
    }
    return status;
}

sm_status sm_fit_temperature(const sm_problem *problem, const double *x, double *temperature)
{
    const size_t n = problem->n_parameters;
    ray r = {problem, x, calloc(n, sizeof *r.point), calloc(n, sizeof *r.gradient)};
    sm_status status = r.point && r.gradient ? SM_OK : SM_ERROR_MEMORY;
    end low = {1, 0}, high = {1, 0};
    double factor = 1;
    if (status == SM_OK)
        status = bracket(&r, &low, &high);
    if (status == SM_OK)
        status = find_zero(&r, low, high, &factor);
    if (status == SM_OK)
        *temperature = 1 / factor;
    free(r.gradient);
    free(r.point);
    return status;
}

double sm_calibration(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                      size_t n_bins, sm_calibration_bin *bins)
{
    double error = 0;
    memset(bins, 0, n_bins * sizeof *bins);
    for (size_t n = 0; n < n_samples; n++) {
        const float *row = probabilities + n * n_classes;
        const size_t prediction = sm_argmax(n_classes, row);
        const double confidence = (double)row[prediction];
        const size_t at = (size_t)(confidence * (double)n_bins);
        sm_calibration_bin *bin = &bins[at < n_bins ? at : n_bins - 1];
        bin->n_samples++;
        bin->n_correct += prediction == labels[n];
        bin->confidence += confidence; /* a sum until below */
    }
    for (size_t i = 0; i < n_bins; i++) {
        if (bins[i].n_samples == 0)
            continue;
        error += fabs((double)bins[i].n_correct - bins[i].confidence);
        bins[i].confidence /= (double)bins[i].n_samples;
    }
    return n_samples ? error / (double)n_samples : 0;
}

sm_counts sm_coverage_counts(size_t n_samples, size_t n_classes, const float *probabilities, const uint8_t *labels,
                             double threshold)
{
    sm_counts counts = {0, 0};
    for (size_t n = 0; n < n_samples; n++) {
        const float *row = probabilities + n * n_classes;
        const size_t prediction = sm_argmax(n_classes, row);
        const bool is_covered = (double)row[prediction] >= threshold;
        counts.n_samples += is_covered;
        counts.n_correct += is_covered && prediction == labels[n];
    }
    return counts;
}
