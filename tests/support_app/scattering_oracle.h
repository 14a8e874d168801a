/* The scattering transform by its definition: wavelets as functions of space, and direct convolution with them. */
#ifndef TESTS_SCATTERING_ORACLE_H
#define TESTS_SCATTERING_ORACLE_H

#include "features/scattering.h"

typedef struct scattering_oracle scattering_oracle;

/* The wavelets in space, in double, on the grid that a transform uses. */
scattering_oracle *scattering_oracle_create(const scattering *s);
void scattering_oracle_free(scattering_oracle *o);

/* coefficients [n_coefficients] of an image of real pixels. */
void scattering_oracle_transform(const scattering_oracle *o, const double *pixels, double *coefficients);

/* |phi^|^2 + (1/2) sum (|psi^(w)|^2 + |psi^(-w)|^2) at each frequency: sums [n_rows, n_columns] of level 0. */
void scattering_oracle_energy(const scattering_oracle *o, double *sums);

#endif
