/*
 * The coordinates in which minimisers see the parameters. Private to the library.
 *
 * A column of features x_d is centred, and scaled by a power of 2, to z_d = (x_d - centre_d) scale_d, before anything is
 * rounded. The scores W x + b are then V z + a with
 *
 *   W_kd = V_kd scale_d      b_k = a_k - sum_d W_kd centre_d
 *
 * and (V, a) are what minimisers see. Their problem is the same, bit for bit, whatever power of 2 the features are
 * multiplied by, and well conditioned for columns of any mean and size. The penalty on W is one on V, whose strength
 * differs from column to column: l2 scale_d^2.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct sm_coordinates {
    size_t n_features, n_classes;
    double *centre, *scale; /* [D] */
} sm_coordinates;

/* Those in which W is V and b is a. False if memory ran out; *coordinates is for sm_coordinates_destroy in any case. */
bool sm_coordinates_create(size_t n_features, size_t n_classes, sm_coordinates *coordinates);

/* Frees what it holds; {0} is allowed. */
void sm_coordinates_destroy(sm_coordinates *coordinates);

/* The power of 2 that brings a magnitude to 1 .. 2; 1 for 0. */
double sm_scale_of(double magnitude);

/* ||W||^2 for V [K, D]. */
double sm_coordinates_squared_norm(const sm_coordinates *coordinates, const double *v);
