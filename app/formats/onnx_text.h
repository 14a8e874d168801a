/* The nodes of an ONNX graph as text. */
#pragma once

#include "base/buffer.h"

/*
 * Adds the nodes of a text, which is ours, not a user's: lines of the form
 *
 *     name = Operator<attribute=value, ...>(argument, ...)
 *
 * or of '#' and a comment. An argument is a name, another operator with its arguments, a float, or a list of whole numbers in
 * brackets, of 64 bits. The value of an attribute is a float, which has a point or an exponent, a whole number, or such a list.
 * Names have up to 31 characters; "_1" and so on are those of inner results.
 */
void onnx_add_text(buffer *graph, const char *text);
