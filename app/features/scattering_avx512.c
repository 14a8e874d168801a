/* The loops of the scattering transform, compiled for AVX-512. */
#include "features/scattering_lanes.h"

const scattering_lanes scattering_lanes_avx512 = {
    .isa = "avx512",
    .memory_bytes = memory_bytes,
    .transform = transform,
    .vjp = vjp,
};
