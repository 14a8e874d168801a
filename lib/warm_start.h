/* A good place to start a minimiser from. Private to the library. */
#ifndef SM_WARM_START_H
#define SM_WARM_START_H

#include "blocks.h"

/* Sets parameters [K * (D + 1)] to what a pass of plain SGD over the samples gives. The samples are cut into
 * two halves, whatever the number of threads; each half is passed over by itself, and the two models are
 * averaged (Zinkevich et al. 2010, Parallelized stochastic gradient descent). */
sm_status sm_warm_start(const sm_blocks *blocks, double l2, double *parameters);

#endif
