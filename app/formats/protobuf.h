/*
 * The wire format of Protocol Buffers, as far as writing messages needs it: a message is a sequence of fields, each with
 * a key that holds its number and how its value is encoded. (https://protobuf.dev/programming-guides/encoding/)
 */
#pragma once

#include "base/buffer.h"

/* Adds a field: a whole number, a float, or text. */
void protobuf_number(buffer *b, unsigned field, uint64_t value);
void protobuf_float(buffer *b, unsigned field, float value);
void protobuf_text(buffer *b, unsigned field, const char *text);

/* Adds a field that is a message, and frees the message. If the message failed, b fails. */
void protobuf_message(buffer *b, unsigned field, buffer *message);
