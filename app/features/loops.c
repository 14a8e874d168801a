#include "features/loops.h"

#include <string.h>

#include "softmax.h"

feature_loops find_feature_loops(const char *isa)
{
    const char *name = sm_isa_name(isa); /* NULL if the processor lacks it */
#ifdef HAS_AVX512VNNI
    const patches_loops *const patches_avx2_or_plain = sm_isa_name("avx2") ? &patches_avx2 : &patches_plain;
    if (name && strcmp(name, "avx512") == 0)
        return (feature_loops){"avx512", &scattering_avx512,
                               HAS_AVX512VNNI ? &patches_avx512vnni : patches_avx2_or_plain};
    if (name && strcmp(name, "avx2") == 0)
        return (feature_loops){"avx2", &scattering_avx2, &patches_avx2};
#endif
    (void)name;
    return (feature_loops){"scalar", &scattering_plain, &patches_plain};
}
