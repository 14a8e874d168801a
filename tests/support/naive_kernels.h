/* The kernels in plain loops. Those of every instruction set must agree with them bit for bit. */
#ifndef TESTS_NAIVE_KERNELS_H
#define TESTS_NAIVE_KERNELS_H

#include "kernels/kernels.h"

extern const sm_kernels naive_kernels;

#endif
