#include "base/exact_math.h"

#include <math.h>

static const double PI = 0x1.921fb54442d18p+1;
static const double LOG2_E = 0x1.71547652b82fep+0;

/* ln 2 in two parts; the first has so few bits that its product with an exponent is exact. */
static const double LN2_HIGH = 0x1.62e42fee00000p-1, LN2_LOW = 0x1.a39ef35793c76p-33;

double exact_exp(double x)
{
    enum { N_TERMS = 14 }; /* (ln(2) / 2)^14 / 14! is below 5e-18 */
    if (x < -700)
        return 0;
    const double power = floor(x * LOG2_E + 0.5);
    const double r = (x - power * LN2_HIGH) - power * LN2_LOW;
    double sum = 1;
    for (int i = N_TERMS; i > 0; i--)
        sum = 1 + r / i * sum;
    return ldexp(sum, (int)power);
}

double exact_log(double x)
{
    enum { N_TERMS = 12 }; /* 0.172^(2 * 12) is below 1e-18 */
    int power;
    double m = frexp(x, &power), sum = 0;
    if (m < 0.70710678) {
        m *= 2;
        power--;
    }
    /* m = (1 + s) / (1 - s), and its logarithm is 2 (s + s^3 / 3 + s^5 / 5 + ...). */
    const double s = (m - 1) / (m + 1);
    for (int i = N_TERMS; i > 0; i--)
        sum = 1.0 / (2 * i + 1) + s * s * (i < N_TERMS ? sum : 0);
    return power * LN2_HIGH + (2 * s * (1 + s * s * sum) + power * LN2_LOW);
}

/* Cosine and sine up to an eighth of a turn. */
static turn octant_turn(double angle)
{
    enum { N_TERMS = 10 }; /* (pi / 4)^20 / 20! is below 1e-20 */
    const double square = angle * angle;
    double cosine = 1, sine = 1;
    for (int i = N_TERMS; i > 0; i--) {
        cosine = 1 - square / ((2 * i - 1) * (2 * i)) * cosine;
        sine = 1 - square / (2 * i * (2 * i + 1)) * sine;
    }
    return (turn){cosine, angle * sine};
}

turn exact_turn(size_t t, size_t n)
{
    const size_t octant = 8 * t / n, rest = 8 * t % n; /* rest / n of the octant */
    const double share = (double)(octant % 2 ? n - rest : rest) / (double)n;
    const turn a = share < 1 ? octant_turn(PI / 4 * share) : (turn){sqrt(0.5), sqrt(0.5)};
    const turn swapped = {a.sine, a.cosine};
    const turn magnitudes = (octant + 1) / 2 % 2 ? swapped : a;
    const double cosine_sign = octant >= 2 && octant < 6 ? -1 : 1, sine_sign = octant >= 4 ? -1 : 1;
    return (turn){cosine_sign * magnitudes.cosine, sine_sign * magnitudes.sine};
}
