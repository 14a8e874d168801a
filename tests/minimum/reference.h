/* The minimum of a problem, by Newton's method in double-double: independent of the library. */
#ifndef MINIMUM_REFERENCE_H
#define MINIMUM_REFERENCE_H

#include "centred.h"

typedef struct reference {
    dd value; /* F where it ended, at least the minimum */
    dd bound; /* at most the minimum */
    size_t n_iterations;
    bool is_precise; /* double-double was needed for the Hessian */
} reference;

reference reference_find(const centred *c);

#endif
