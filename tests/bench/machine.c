#include "machine.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum { N_SUMS = 12, N_ROUNDS = 2000000, N_REPEATS = 5 };

double bench_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Each of these does N_ROUNDS * N_SUMS multiply-adds of whole vectors, twelve independent sums at a time so that none
 * waits for another, and returns the lanes of one sum. */

#ifdef __x86_64__
__attribute__((target("avx512f"))) static size_t run_avx512(volatile float *sink)
{
    __m512 sums[N_SUMS];
    const __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
    for (size_t j = 0; j < N_SUMS; j++)
        sums[j] = _mm512_set1_ps((float)j);
    for (size_t i = 0; i < N_ROUNDS; i++)
        for (size_t j = 0; j < N_SUMS; j++)
            sums[j] = _mm512_fmadd_ps(sums[j], factor, term);
    float lanes[16];
    for (size_t j = 0; j < N_SUMS; j++) {
        _mm512_storeu_ps(lanes, sums[j]);
        *sink = lanes[j];
    }
    return 16;
}

__attribute__((target("avx2,fma"))) static size_t run_avx2(volatile float *sink)
{
    __m256 sums[N_SUMS];
    const __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
    for (size_t j = 0; j < N_SUMS; j++)
        sums[j] = _mm256_set1_ps((float)j);
    for (size_t i = 0; i < N_ROUNDS; i++)
        for (size_t j = 0; j < N_SUMS; j++)
            sums[j] = _mm256_fmadd_ps(sums[j], factor, term);
    float lanes[8];
    for (size_t j = 0; j < N_SUMS; j++) {
        _mm256_storeu_ps(lanes, sums[j]);
        *sink = lanes[j % 8];
    }
    return 8;
}
#endif

static size_t run_scalar(volatile float *sink)
{
    float sums[N_SUMS];
    for (size_t j = 0; j < N_SUMS; j++)
        sums[j] = (float)j;
    for (size_t i = 0; i < N_ROUNDS; i++)
        for (size_t j = 0; j < N_SUMS; j++)
            sums[j] = sums[j] * 0.999f + 0.001f;
    for (size_t j = 0; j < N_SUMS; j++)
        *sink = sums[j];
    return 1;
}

static size_t run_once(const char *isa, volatile float *sink)
{
#ifdef __x86_64__
    if (strcmp(isa, "avx512") == 0)
        return run_avx512(sink);
    if (strcmp(isa, "avx2") == 0)
        return run_avx2(sink);
#endif
    (void)isa; /* other processors */
    return run_scalar(sink);
}

double bench_multiply_adds(const char *isa, size_t n_threads)
{
    double best = HUGE_VAL;
    size_t n_lanes = 1;
    for (size_t repeat = 0; repeat < N_REPEATS; repeat++) {
        const double start = bench_seconds();
#pragma omp parallel for num_threads((int)n_threads) lastprivate(n_lanes)
        for (size_t t = 0; t < n_threads; t++) {
            volatile float sink;
            n_lanes = run_once(isa, &sink);
        }
        best = fmin(best, bench_seconds() - start);
    }
    return (double)N_ROUNDS * N_SUMS * (double)n_lanes * (double)n_threads / best;
}

double bench_bandwidth(size_t n_threads)
{
    const size_t size = (size_t)256 << 20, part = size / n_threads / 64 * 64;
    uint64_t *memory = malloc(size);
    if (!memory)
        return 0;
    memset(memory, 1, size);
    double best = HUGE_VAL;
    volatile uint64_t sink = 0;
    for (size_t repeat = 0; repeat < N_REPEATS; repeat++) {
        const double start = bench_seconds();
#pragma omp parallel for num_threads((int)n_threads)
        for (size_t t = 0; t < n_threads; t++) {
            const uint64_t *words = memory + t * part / sizeof *words;
            uint64_t sums[8] = {0};
            for (size_t i = 0; i < part / sizeof *words; i += 8)
                for (size_t j = 0; j < 8; j++)
                    sums[j] += words[i + j];
            (void)sink;
            sink = sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
        }
        best = fmin(best, bench_seconds() - start);
    }
    free(memory);
    return (double)(part * n_threads) / best;
}
