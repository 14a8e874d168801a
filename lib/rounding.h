/*
 * Bounds of what rounding changes in a certificate. Private to the library; docs/certificate.md derives each of them.
 *
 * A bound holds for the computed probabilities, each divided by the sum of those of its sample, as the distributions
 * alpha_n of gap.c: they differ from the probabilities S_n of exact arithmetic, and the sums that were computed with them
 * from the sums of exact arithmetic.
 */
#pragma once

#include "objective.h"

/* The arithmetic in which the alpha_n were computed, and the sums over samples: that of sm_float_means, sm_careful_means,
 * sm_double_means and sm_exact_means. */
typedef enum sm_arithmetic { SM_IN_FLOAT, SM_CAREFULLY, SM_IN_DOUBLE, SM_EXACTLY } sm_arithmetic;

/* Of all classes, the largest norm of V, the largest a, less the mean of these, and the largest sum_d |W_kd centre_d|. */
typedef struct sm_magnitudes {
    double weight, bias, centre;
} sm_magnitudes;

sm_magnitudes sm_magnitudes_find(const sm_objective *objective, const double *x);

typedef struct sm_rounding {
    double divergence;    /* of mean KL(alpha_n || S_n) */
    double probabilities; /* of |log(alpha_nk / S_nk)|, in double precision */
    double losses;        /* of losses and their mean, relatively, in double precision */
    double sums;          /* of M: it is off by at most this times the sum of magnitudes, */
    double shares;        /* as is s by this; */
    double labels; /* and by this times the sums of y_n z_n', and y_n: S_y - 1 is rounded where S_y is near 1 */
} sm_rounding;

/* For parameters of these magnitudes, where the means are those of the alpha_n. */
sm_rounding sm_rounding_find(const sm_objective *objective, sm_arithmetic arithmetic, const sm_means *means,
                             const sm_magnitudes *magnitudes);

/* The mean of 1 - alpha_ny; 0 if it is not known, in float. */
double sm_unsure(const sm_objective *objective, const sm_means *means);
