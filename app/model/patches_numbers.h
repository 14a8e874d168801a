/* The numbers of the map of patches in templates of exported code. */
#pragma once

#include "base/buffer.h"
#include "features/patches.h"

/* Adds the number of this name: a whole number, or a float as a literal of C. False if there is none. */
bool patches_number_print(const patches *p, const char *name, buffer *b);
