#include "features/loops.h"

#include <string.h>

#include "softmax.h"

feature_loops find_feature_loops(const char *isa)
{
    const feature_loops plain = {"scalar", &scattering_plain, &patches_plain};
    const char *name = sm_isa_name(isa);
#ifdef CPU_RUNS_AVX2
    /* Best first. app/meson.build makes the checks and the compiler's flags from one list. */
    const struct {
        bool is_supported;
        feature_loops loops;
    } candidates[] = {
        {CPU_RUNS_AVX512VNNI, {"avx512", &scattering_avx512, &patches_avx512vnni}},
        {CPU_RUNS_AVX512 && CPU_RUNS_AVX2, {"avx512", &scattering_avx512, &patches_avx2}},
        {CPU_RUNS_AVX2, {"avx2", &scattering_avx2, &patches_avx2}},
    };
    bool is_allowed = false;
    for (size_t i = 0; name && i < sizeof candidates / sizeof *candidates; i++) {
        is_allowed = is_allowed || strcmp(name, candidates[i].loops.isa) == 0;
        if (is_allowed && candidates[i].is_supported)
            return candidates[i].loops;
    }
#endif
    (void)name;
    return plain;
}
