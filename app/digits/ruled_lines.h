/* The lines of ruled and squared paper. */
#pragma once

#include "base/grey_image.h"

/* Clears in a map of foreground the thin lines that run from margin to margin along its rows and columns; a stroke
 * that crosses one stays whole. */
void remove_ruled_lines(const grey_image *foreground);
