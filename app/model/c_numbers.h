/* Numbers as C text: floats as literals that give exactly these floats, and lists in lines that fit on a screen. */
#pragma once

#include "base/buffer.h"

void c_float_print(float value, buffer *b);

/* Adds n numbers, each followed by a comma. */
void c_floats_print(size_t n, const float *values, buffer *b);

/* The same with the nearest multiples of a step, as whole numbers; of a step of 0, zeros. */
void c_steps_print(size_t n, const float *values, float step, buffer *b);
