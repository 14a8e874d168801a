/* Vectors of floats as wide as the registers of the instruction set that a file is compiled for. Included by the
 * files of inner loops alone. */
#pragma once

#if defined(__AVX512F__)
enum { N_LANES = 16 };
#elif defined(__AVX2__)
enum { N_LANES = 8 };
#else
enum { N_LANES = 4 };
#endif

typedef float lane_vector __attribute__((vector_size(N_LANES * sizeof(float)), may_alias));
