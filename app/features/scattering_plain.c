/* The loops of the scattering transform, compiled for whatever the compiler takes for granted. */
#include "features/scattering_lanes.h"

const scattering_lanes scattering_lanes_plain = {
    .isa = "plain",
    .memory_bytes = memory_bytes,
    .transform = transform,
    .vjp = vjp,
};
