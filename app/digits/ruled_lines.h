/* The lines of ruled and squared paper. */
#pragma once

#include "digits/ink.h"

/* Clears, in a map of ink, the thin lines that run from margin to margin along its rows and columns; where a stroke
 * crosses one, it stays whole. */
void remove_ruled_lines(const grey_image *ink);
