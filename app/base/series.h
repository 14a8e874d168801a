/*
 * exp, sine and cosine in double by their Taylor series: additions and multiplications alone, so that every
 * machine, compiler and library gives the same bits. For tables that are made once, not for inner loops.
 */
#pragma once

#include <stddef.h>

/* exp(x) for x <= 0, to a relative 4e-16; 0 below -700. */
double series_exp(double x);

/* Cosine and sine of a fraction t / n of a full turn, t below n, to an absolute 3e-16. */
typedef struct turn {
    double cosine, sine;
} turn;

turn series_turn(size_t t, size_t n);
