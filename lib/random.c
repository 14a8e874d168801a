/* Random numbers by SplitMix64. */
#include "softmax.h"

uint64_t sm_random_next(sm_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t sm_random_below(sm_random *random, uint64_t bound)
{
    /* 2^64 mod bound: rejecting this many leaves a multiple of bound, so that each remainder is as likely. */
    const uint64_t surplus = (0 - bound) % bound;
    uint64_t draw;
    do {
        draw = sm_random_next(random);
    } while (draw < surplus);
    return draw % bound;
}

void sm_shuffle(sm_random *random, size_t n, size_t *indices)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)sm_random_below(random, i);
        const size_t index = indices[i - 1];
        indices[i - 1] = indices[j];
        indices[j] = index;
    }
}
