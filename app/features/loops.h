/* The choice of the maps' inner loops for this processor. */
#pragma once

#include "features/patches.h"
#include "features/scattering.h"

typedef struct feature_loops {
    const char *isa; /* as in sm_execution */
    const scattering_loops *scattering;
    const patches_loops *patches;
} feature_loops;

/* The fastest that this processor runs with no other instruction sets than isa and those below it; NULL for any.
 * Loops in plain C where there are none for isa. */
feature_loops find_feature_loops(const char *isa);
