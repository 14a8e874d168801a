/* Colour maps: a number made a colour. */
#pragma once

#include "show/canvas.h"

/* -1 red, 0 white, 1 blue, and evenly between; what lies outside is cut. */
rgb colour_diverging(double value);

/* 0 white to 1 dark blue; what lies outside is cut. */
rgb colour_sequential(double value);

/* Black or white, whichever is legible on this colour. */
rgb colour_legible_on(rgb background);
