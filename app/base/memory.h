/* How much memory there is. */
#pragma once

#include <stddef.h>

/* Half of the machine's memory in bytes, or of the memory that its container may use. */
size_t half_of_memory(void);
