/* Which kernels this machine can run. */
#include "kernels.h"

#include <stdbool.h>
#include <string.h>

#include "softmax.h"

#ifdef SM_HAS_AVX2
#include <cpuid.h>

/* Not every compiler's __builtin_cpu_supports knows F16C. */
static bool has_f16c(void)
{
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}
#endif

const sm_kernels *sm_kernels_find(const char *name)
{
    /* Best first. SM_HAS_..., which the build derives from a file's flags, asks the processor for each feature that
     * the file was compiled for. */
    const struct {
        const sm_kernels *kernels;
        bool is_supported;
    } candidates[] = {
#ifdef SM_HAS_AVX512
        {&sm_kernels_avx512, SM_HAS_AVX512},
#endif
#ifdef SM_HAS_AVX2
        {&sm_kernels_avx2, SM_HAS_AVX2},
#endif
#ifdef SM_HAS_NEON
        {&sm_kernels_neon, SM_HAS_NEON},
#endif
        {&sm_kernels_scalar, true},
    };
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if ((!name || strcmp(name, candidates[i].kernels->name) == 0) && candidates[i].is_supported)
            return candidates[i].kernels;
    return NULL;
}

const char *sm_isa_name(const char *isa)
{
    const sm_kernels *kernels = sm_kernels_find(isa);
    return kernels ? kernels->name : NULL;
}
