/* The lines of ruled and squared paper. */
#ifndef DATA_RULED_LINES_H
#define DATA_RULED_LINES_H

#include "data/ink.h"

/* Clears, in a map of ink, the thin lines that run from margin to margin along its rows and columns; where a stroke
 * crosses one, it stays whole. */
void remove_ruled_lines(const grey_image *ink);

#endif
