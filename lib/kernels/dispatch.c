/* Which kernels this machine can run. */
#include "kernels.h"

#include <stdbool.h>
#include <string.h>

#ifdef SM_HAVE_X86
#include <cpuid.h>
#endif

static bool always(void)
{
    return true;
}

#ifdef SM_HAVE_X86
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

/* Not every compiler's __builtin_cpu_supports knows the instructions for halves. */
static bool has_f16c(void)
{
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
}
#endif

/* Best first. */
static const struct {
    const sm_kernels *kernels;
    bool (*is_supported)(void);
} candidates[] = {
#ifdef SM_HAVE_X86
    {&sm_kernels_avx512, has_avx512},
    {&sm_kernels_avx2, has_avx2},
#endif
#ifdef SM_HAVE_NEON
    {&sm_kernels_neon, always},
#endif
    {&sm_kernels_scalar, always},
};

const sm_kernels *sm_kernels_find(const char *name)
{
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if ((!name || strcmp(name, candidates[i].kernels->name) == 0) && candidates[i].is_supported())
            return candidates[i].kernels;
    return NULL;
}
