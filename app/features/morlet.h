/*
 * The filters of a scattering transform on a periodic grid, by their Fourier transforms, which are real.
 *
 *   Morlet wavelets  psi_jl(x) = g_jl(x) (exp(i w_j u_l.x) - k), k such that their sum is 0, with
 *                    g_jl(x) = exp(-((u_l.x)^2 + s^2 (v_l.x)^2) / (2 d_j^2)),
 *                    u_l = (cos t_l, sin t_l), v_l across it, t_l = pi l / L,
 *                    w_j = 3 pi / 4 / 2^j, d_j = 0.8 2^j, s = min(1, 4 / L)
 *
 *   low-pass filter  phi(x) = exp(-|x|^2 / (2 d^2)), d = 0.8 2^(J - 1), with a sum of 1
 *
 * (Bruna & Mallat 2013, Invariant scattering convolution networks; the constants are those of Kymatio, Andreux et
 * al. 2020.) All wavelets are multiplied by one factor, the largest for which no frequency w has
 *
 *   |phi^(w)|^2 + (1/2) sum_jl (|psi_jl^(w)|^2 + |psi_jl^(-w)|^2) > 1,
 *
 * so that the transform of real images increases no distance (Mallat 2012, Group invariant scattering, prop. 2.1).
 */
#pragma once

#include <stddef.h>

/* Filters on a grid of [n_rows, n_columns] points at distance 1. */
typedef struct morlet {
    size_t n_rows, n_columns, n_scales, n_angles; /* J, L */
} morlet;

/* values [n_rows >> level, n_columns >> level]: the Fourier transform of psi_jl on the grid of points 2^level
 * apart, at the frequencies 2 pi (row / n_rows, column / n_columns), rows down. It is periodic: all frequencies
 * that the grid cannot tell apart are added. Values below 1e-6 of the wavelet's largest are 0. */
void morlet_wavelet(const morlet *m, size_t level, size_t scale, size_t angle, double *values);

/* The common factor of all wavelets [J, L, n_rows, n_columns], which are as above, of level 0. */
double morlet_factor(const morlet *m, const double *wavelets);

/* weights [n_points >> level]: phi along one side of n_points of the grid, centred between 0 and n_points - 1, at
 * points 2^level apart, with a sum of 1. */
void morlet_phi(const morlet *m, size_t n_points, size_t level, double centre, float *weights);
