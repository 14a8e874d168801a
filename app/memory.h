/* How much memory there is. */
#ifndef APP_MEMORY_H
#define APP_MEMORY_H

#include <stddef.h>

/* Half of the machine's memory, or of what its container is allowed, in bytes. */
size_t half_of_memory(void);

#endif
