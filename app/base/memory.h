/* How much memory there is. */
#pragma once

#include <stddef.h>

/* Half of the machine's memory, or of what its container is allowed, in bytes. */
size_t half_of_memory(void);
