#include "features/loops.h"

#include <string.h>

#include "softmax.h"

feature_loops find_feature_loops(const char *isa)
{
    const char *name = sm_isa_name(isa); /* NULL if the processor lacks it */
#ifdef __x86_64__
    if (name && strcmp(name, "avx512") == 0)
        return (feature_loops){"avx512", &scattering_avx512, &patches_avx512};
    if (name && strcmp(name, "avx2") == 0)
        return (feature_loops){"avx2", &scattering_avx2, &patches_avx2};
#endif
    (void)name;
    return (feature_loops){"scalar", &scattering_plain, &patches_plain};
}
