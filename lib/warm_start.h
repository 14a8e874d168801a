/* The initial weights of an objective. Private to the library. */
#pragma once

#include "blocks.h"

/* Sets parameters [K * (D + 1)] to the result of one pass of plain SGD over the samples, from 0. Whatever the number
 * of threads, each half of the samples trains a model of its own, and the two are averaged (Zinkevich et al. 2010,
 * Parallelized stochastic gradient descent).
 *
 * mean [D], unless NULL, is subtracted from the features: SGD goes down the gradient for W and c of the same scores
 * W (x - mean) + c. Where all features are positive, most of each sample is the mean, in whose direction the objective is
 * so steep that it alone would limit the learning rate. */
sm_status sm_warm_start(const sm_blocks *blocks, double l2, const double *mean, double *parameters);
