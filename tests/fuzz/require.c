#include <stdio.h>
#include <stdlib.h>

#include "target.h"

void require(int holds, const char *promise)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", promise);
    abort();
}
