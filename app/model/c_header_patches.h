/* The numbers and tables of the map of patches in the template of its C header. */
#pragma once

#include "base/buffer.h"
#include "features/patches.h"

/* Adds the number or the table of this name; nothing for another name. */
void c_header_patches_name(const patches *p, const char *name, buffer *b);
