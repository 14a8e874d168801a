#include "features/loops.h"

#include <string.h>

#include "softmax.h"

feature_loops find_feature_loops(const char *isa)
{
    const feature_loops plain = {"scalar", &scattering_plain, &patches_plain};
    const char *name = sm_isa_name(isa);
#ifdef HAS_AVX512VNNI
    /* Best first. sm_isa_name tells whether the processor has an instruction set. */
    const struct {
        bool has_rest; /* what the loops need besides their isa */
        feature_loops loops;
    } candidates[] = {
        {HAS_AVX512VNNI, {"avx512", &scattering_avx512, &patches_avx512vnni}},
        {sm_isa_name("avx2"), {"avx512", &scattering_avx512, &patches_avx2}},
        {true, {"avx2", &scattering_avx2, &patches_avx2}},
    };
    bool is_allowed = false;
    for (size_t i = 0; name && i < sizeof candidates / sizeof *candidates; i++) {
        const feature_loops *loops = &candidates[i].loops;
        is_allowed = is_allowed || strcmp(name, loops->isa) == 0;
        if (is_allowed && candidates[i].has_rest && sm_isa_name(loops->isa))
            return *loops;
    }
#endif
    (void)name;
    return plain;
}
