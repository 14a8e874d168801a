/* The loops of the scattering transform, compiled for AVX2. */
#include "features/scattering_lanes.h"

const scattering_lanes scattering_lanes_avx2 = {
    .isa = "avx2",
    .memory_bytes = memory_bytes,
    .transform = transform,
    .vjp = vjp,
};
