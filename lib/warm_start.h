/* The initial weights of an objective. Private to the library. */
#pragma once

#include "blocks.h"

/* Sets parameters [K * (D + 1)] to the result of one pass of plain SGD over the samples, from 0. Whatever the number
 * of threads, each half of the samples trains a model of its own, and the two are averaged (Zinkevich et al. 2010,
 * Parallelized stochastic gradient descent). */
sm_status sm_warm_start(const sm_blocks *blocks, double l2, double *parameters);
