/*
 * exp, log, sine and cosine in double, the same bits from every machine, compiler and library: they take additions,
 * multiplications and divisions alone. For tables that are computed once, not for inner loops.
 */
#pragma once

#include <stddef.h>

/* exp(x) for x <= 0, with a relative error of at most 4e-16; 0 below -700. */
double exact_exp(double x);

/* log(x) for x from 1e-300 to 1, with an absolute error of at most 4e-16 times 1 - log(x). */
double exact_log(double x);

typedef struct turn {
    double cosine, sine;
} turn;

/* Cosine and sine of t / n of a full turn, t below n, with an absolute error of at most 3e-16. */
turn exact_turn(size_t t, size_t n);
